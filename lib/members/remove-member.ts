import { recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { notFound } from "@/lib/identity/permit";
import { can } from "@/lib/identity/roles";
import { type Tx, transaction } from "@/lib/infra/db";
import type { Membership } from "@/lib/infra/prisma-client/client";
import { bumpMemberKeys, disableMemberKeys, giveMemberKeys, retirePlaygrounds } from "@/lib/keys/store";
import { keepOwner } from "@/lib/members/keep-owner";
import { type PersonActor, permitGrant } from "@/lib/members/permit-grant";
import { deleteMembership, findMember, takeMember } from "@/lib/members/store";
import { tellRemoved } from "@/lib/members/tell-member";

export interface MemberRemoval {
  organizationId: string;
  memberId: string;
  /** The member who gets the keys that they made; null: those are disabled. */
  heirId: string | null;
  actor: PersonActor;
}

/**
 * Removes a member; oneself, that is leaving, which everybody may. Their keys are disabled, or become another member's, who
 * may have keys: either acts on the next request. Their playground ends, and so do invitations that they sent. Whoever is
 * removed by another is told by mail.
 * @throws GatewayError not_found; forbidden, also for somebody above the actor; conflict for the last owner; invalid_fields
 *   for an heir who may have no keys.
 */
export function removeMember({ organizationId, memberId, heirId, actor }: MemberRemoval): Promise<void> {
  return transaction(async (tx) => {
    const member = await takeMember(tx, organizationId, memberId);
    const isLeaving = member?.userId === actor.userId;
    if (!isLeaving) await permitGrant(tx, organizationId, actor, member ? [member.role] : []);
    if (!member) throw notFound("Member");
    await keepOwner(tx, member);
    const heir = heirId === null ? null : await requireHeir(tx, member, heirId);
    const person = await findMember(organizationId, memberId, tx);
    await bumpMemberKeys(tx, organizationId, member.userId);
    const keys = heir
      ? { keys_handed_over: await giveMemberKeys(tx, organizationId, member.userId, heir), to: `user:${heir}` }
      : { keys_disabled: await disableMemberKeys(tx, organizationId, member.userId) };
    await retirePlaygrounds(tx, organizationId, member.userId);
    await deleteMembership(tx, memberId);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: isLeaving ? "member.leave" : "member.remove",
      target: `user:${member.userId}`,
      before: { role: member.role, email: person?.user.email },
      after: keys,
    });
    if (person && !isLeaving)
      await tellRemoved(tx, { organizationId, email: person.user.email, byUserId: actor.userId });
  });
}

/** The id of the person who gets the keys. */
async function requireHeir(tx: Tx, { organizationId, id }: Membership, heirId: string): Promise<string> {
  const heir = heirId === id ? null : await findMember(organizationId, heirId, tx);
  if (heir && can(heir.role, "keys.create")) return heir.userId;
  const message = "Keys can be handed to a member who may make keys";
  throw new GatewayError("invalid_fields", message, { metadata: { fields: { heirId: message } } });
}
