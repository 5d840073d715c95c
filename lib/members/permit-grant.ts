import type { Actor } from "@/lib/audit/actor";
import { GatewayError } from "@/lib/core/errors";
import { permit } from "@/lib/identity/permit";
import { mayGrant, type Role } from "@/lib/identity/roles";
import { findRole } from "@/lib/identity/store";
import type { Tx } from "@/lib/infra/db";

/** A person who acts; members and invitations are people's to manage. */
export type PersonActor = Extract<Actor, { userId: string }>;

/**
 * Lets pass whoever may manage members, and give or take each of these roles: nobody makes, changes or removes somebody above
 * themselves. Under the organisation's lock, so that the role cannot be taken away meanwhile.
 * @throws GatewayError not_found, forbidden.
 */
export async function permitGrant(
  tx: Tx,
  organizationId: string,
  actor: PersonActor,
  roles: readonly Role[],
): Promise<void> {
  await permit(tx, organizationId, actor, "members.manage");
  const own = await findRole(organizationId, actor.userId, tx);
  const beyond = roles.find((role) => own === null || !mayGrant(own, role));
  if (beyond !== undefined) {
    throw new GatewayError("forbidden", `Your role in this organization (${own}) is below ${beyond}.`);
  }
}
