import { recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { newLinkToken } from "@/lib/identity/link-token";
import { notFound } from "@/lib/identity/permit";
import { lockOrganization } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { lockInvite, saveInvite } from "@/lib/members/invite-store";
import { type PersonActor, permitGrant } from "@/lib/members/permit-grant";
import { INVITE_MS, mailsInvites, sendInvite } from "@/lib/members/send-invite";

/** Between two mails to the same address. */
const PAUSE_MS = 60_000;

export interface InviteAct {
  organizationId: string;
  inviteId: string;
  actor: PersonActor;
}

/**
 * Sends an invitation anew, for another 7 days, in the actor's name; the link before it opens nothing any more. As
 * `inviteMember`, the link is in the answer where the installation sends no mail.
 * @throws GatewayError not_found; forbidden; rate_limited within a minute of the last mail.
 */
export function resendInvite(
  { organizationId, inviteId, actor }: InviteAct,
  now = new Date(),
): Promise<{ link: string | null }> {
  const { token, hash } = newLinkToken();
  return transaction(async (tx) => {
    await lockOrganization(tx, organizationId);
    const before = await lockInvite(tx, organizationId, inviteId);
    await permitGrant(tx, organizationId, actor, before ? [before.role] : []);
    if (!before) throw notFound("Invitation");
    const isMailed = mailsInvites();
    if (isMailed && now.getTime() - (before.expiresAt.getTime() - INVITE_MS) < PAUSE_MS) {
      throw new GatewayError("rate_limited", "The last mail was sent less than a minute ago. Try again shortly.");
    }
    const invite = await saveInvite(tx, inviteId, {
      tokenHash: hash,
      isMailed,
      invitedById: actor.userId,
      expiresAt: new Date(now.getTime() + INVITE_MS),
    });
    const link = await sendInvite(tx, { ...invite, token });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "invite.resend",
      target: `invite:${inviteId}`,
      before: { expires_at: before.expiresAt.toISOString() },
      after: { email: invite.email, expires_at: invite.expiresAt.toISOString() },
    });
    return { link };
  });
}
