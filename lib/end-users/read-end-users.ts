import { type EndUserView, endUserView } from "@/lib/end-users/end-user-view";
import { endUserNotFound } from "@/lib/end-users/require-end-user";
import { findEndUser, findEndUserPage } from "@/lib/end-users/store";
import { readMeters } from "@/lib/meters/store";

/** A page of an organisation's end users, newest first. */
export async function listEndUsers(
  { organizationId, skip, limit }: { organizationId: string; skip: number; limit: number },
  now = new Date(),
): Promise<EndUserView[]> {
  const users = await findEndUserPage(organizationId, skip, limit);
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
): Promise<EndUserView & { id: string }> {
  const user = await findEndUser({ organizationId, name });
  if (!user) throw endUserNotFound(name);
  const [meter] = await readMeters("end_user", [user.id]);
  return { id: user.id, ...endUserView(user, meter, now) };
}
