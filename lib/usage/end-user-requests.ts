import { type RequestRow, requestRow } from "@/lib/usage/requests";
import { findEndUserRequests } from "@/lib/usage/store";

/** A page of an end user's requests, newest first. */
export async function listEndUserRequests(page: {
  endUserId: string;
  skip: number;
  limit: number;
}): Promise<RequestRow[]> {
  return (await findEndUserRequests(page.endUserId, page.skip, page.limit)).map(requestRow);
}
