import { recordAudit } from "@/lib/audit/record";
import { notFound } from "@/lib/identity/permit";
import { can, type Role } from "@/lib/identity/roles";
import { transaction } from "@/lib/infra/db";
import { bumpMemberKeys, retirePlaygrounds } from "@/lib/keys/store";
import { keepOwner } from "@/lib/members/keep-owner";
import { type PersonActor, permitGrant } from "@/lib/members/permit-grant";
import { findMember, saveRole, takeMember } from "@/lib/members/store";
import { tellNewRole } from "@/lib/members/tell-member";

export interface RoleChange {
  organizationId: string;
  memberId: string;
  role: Role;
  actor: PersonActor;
}

/**
 * Changes what a member may do, from their next click on. The keys that they made stay as they are; where they may make none
 * any more, their playground ends. They are told by mail, unless they did it themselves.
 * @throws GatewayError not_found; forbidden, also for a role above the actor's own; conflict for the last owner.
 */
export function changeRole({ organizationId, memberId, role, actor }: RoleChange): Promise<void> {
  return transaction(async (tx) => {
    const member = await takeMember(tx, organizationId, memberId);
    await permitGrant(tx, organizationId, actor, member ? [member.role, role] : [role]);
    if (!member) throw notFound("Member");
    if (member.role === role) return;
    await keepOwner(tx, member);
    await saveRole(tx, memberId, role);
    if (!can(role, "keys.create")) {
      await bumpMemberKeys(tx, organizationId, member.userId);
      await retirePlaygrounds(tx, organizationId, member.userId);
    }
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "member.set_role",
      target: `member:${memberId}`,
      before: { role: member.role },
      after: { role },
    });
    const person = member.userId === actor.userId ? null : await findMember(organizationId, memberId, tx);
    if (person)
      await tellNewRole(tx, {
        organizationId,
        email: person.user.email,
        byUserId: actor.userId,
        before: member.role,
        after: role,
      });
  });
}
