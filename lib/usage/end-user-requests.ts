import { type RequestRow, requestRow } from "@/lib/usage/requests";
import { findEndUserRequests } from "@/lib/usage/store";

/** A page of an end user's requests, of one project where it is named, newest first. */
export async function listEndUserRequests(page: {
  endUserId: string;
  projectId?: string;
  skip: number;
  limit: number;
}): Promise<RequestRow[]> {
  return (await findEndUserRequests(page, page.skip, page.limit)).map(requestRow);
}
