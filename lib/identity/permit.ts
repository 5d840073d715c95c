import type { Actor } from "@/lib/audit/actor";
import { GatewayError } from "@/lib/core/errors";
import { type Act, can, type Role } from "@/lib/identity/roles";
import { findRole, shareRole } from "@/lib/identity/store";
import type { Tx } from "@/lib/infra/db";

/** The one answer for what is not there and for what belongs to somebody else. */
export function notFound(what: string): GatewayError {
  return new GatewayError("not_found", `${what} not found`);
}

function forbidden(role: Role): GatewayError {
  return new GatewayError("forbidden", `Your role in this organization (${role}) does not allow this.`);
}

/**
 * Lets pass whoever may do `act` in the organisation. A person's role is read in the transaction that makes the change;
 * keys and the master key were checked by their scope at the edge.
 * @throws GatewayError not_found when a person is no member, forbidden when their role does not allow it.
 */
export async function permit(tx: Tx, organizationId: string, actor: Actor, act: Act): Promise<void> {
  if (!("userId" in actor)) return;
  const role = await findRole(organizationId, actor.userId, tx);
  if (!role) throw notFound("Organization");
  if (!can(role, act)) throw forbidden(role);
}

/**
 * Whose keys the actor may change: null, everyone's; else only those that this person made. Their role stays as it is until
 * the transaction ends, so whoever is being removed cannot switch a key on again behind it.
 * @throws GatewayError as `permit`.
 */
export async function keyReach(tx: Tx, organizationId: string, actor: Actor): Promise<string | null> {
  if (!("userId" in actor)) return null;
  const role = await shareRole(tx, organizationId, actor.userId);
  if (!role) throw notFound("Organization");
  if (can(role, "keys.update_any")) return null;
  if (can(role, "keys.update_own")) return actor.userId;
  throw forbidden(role);
}
