import { type EndUserView, endUserView } from "@/lib/end-users/end-user-view";
import { endUserNotFound } from "@/lib/end-users/require-end-user";
import { findEndUser, findEndUserById, findEndUserPage } from "@/lib/end-users/store";
import type { EndUser } from "@/lib/infra/prisma-client/client";
import { readMeters } from "@/lib/meters/store";

/** A page of an organisation's end users, newest first; `search` narrows it to names and aliases that hold the text. */
export async function listEndUsers(
  {
    organizationId,
    skip,
    limit,
    search = "",
  }: { organizationId: string; skip: number; limit: number; search?: string },
  now = new Date(),
): Promise<EndUserView[]> {
  const users = await findEndUserPage(organizationId, skip, limit, search);
  const meters = await readMeters(
    "end_user",
    users.map(({ id }) => id),
  );
  const byUser = new Map(meters.map((meter) => [meter.subjectId, meter]));
  return users.map((user) => endUserView(user, byUser.get(user.id), now));
}

/**
 * One end user.
 * @throws GatewayError user_not_found.
 */
export async function requireEndUserView(
  { organizationId, name }: { organizationId: string; name: string },
  now = new Date(),
): Promise<EndUserView> {
  const user = await findEndUser({ organizationId, name });
  if (!user) throw endUserNotFound(name);
  return viewOf(user, now);
}

/** One end user by our own id; null when they are not there, deleted or another organisation's. */
export async function readEndUser(organizationId: string, id: string, now = new Date()): Promise<EndUserView | null> {
  const user = await findEndUserById(organizationId, id);
  return user && viewOf(user, now);
}

async function viewOf(user: EndUser, now: Date): Promise<EndUserView> {
  const [meter] = await readMeters("end_user", [user.id]);
  return endUserView(user, meter, now);
}
