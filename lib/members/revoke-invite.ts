import { recordAudit } from "@/lib/audit/record";
import { notFound } from "@/lib/identity/permit";
import { lockOrganization } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { lockInvite, saveInvite } from "@/lib/members/invite-store";
import { permitGrant } from "@/lib/members/permit-grant";
import type { InviteAct } from "@/lib/members/resend-invite";

/**
 * Takes an invitation back: its link opens nothing from the commit on.
 * @throws GatewayError not_found, also where it was accepted meanwhile; forbidden for a role above the actor's own.
 */
export function revokeInvite({ organizationId, inviteId, actor }: InviteAct, now = new Date()): Promise<void> {
  return transaction(async (tx) => {
    await lockOrganization(tx, organizationId);
    const invite = await lockInvite(tx, organizationId, inviteId);
    await permitGrant(tx, organizationId, actor, invite ? [invite.role] : []);
    if (!invite) throw notFound("Invitation");
    await saveInvite(tx, inviteId, { revokedAt: now });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "invite.revoke",
      target: `invite:${inviteId}`,
      before: { email: invite.email, role: invite.role },
    });
  });
}
