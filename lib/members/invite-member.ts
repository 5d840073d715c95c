import { recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { newLinkToken } from "@/lib/identity/link-token";
import { notFound } from "@/lib/identity/permit";
import type { Role } from "@/lib/identity/roles";
import { isUniqueViolation, lockOrganization } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { countInvitesSince, insertInvite, isMemberEmail } from "@/lib/members/invite-store";
import { type PersonActor, permitGrant } from "@/lib/members/permit-grant";
import { INVITE_MS, mailsInvites, sendInvite } from "@/lib/members/send-invite";

const DAY_MS = 24 * 3_600_000;
/** Nobody's way to mail strangers. */
const INVITES_A_DAY_MAX = 100;

export interface NewInvite {
  organizationId: string;
  /** As `emailSchema` leaves it. */
  email: string;
  role: Role;
  actor: PersonActor;
}

/**
 * Invites somebody, for 7 days, to join with a role that is not above the actor's own. The link goes by mail; where the
 * installation sends none it is in the answer, and nowhere else, ever.
 * @throws GatewayError not_found; forbidden; invalid_fields for a member's address, or one that is invited already;
 *   rate_limited after 100 in a day.
 */
export async function inviteMember(
  { organizationId, email, role, actor }: NewInvite,
  now = new Date(),
): Promise<{ inviteId: string; link: string | null }> {
  const { token, hash } = newLinkToken();
  try {
    return await transaction(async (tx) => {
      if (!(await lockOrganization(tx, organizationId))) throw notFound("Organization");
      await permitGrant(tx, organizationId, actor, [role]);
      if (await isMemberEmail(tx, organizationId, email)) throw unfit("This is the address of a member");
      const since = new Date(now.getTime() - DAY_MS);
      if ((await countInvitesSince(tx, organizationId, since)) >= INVITES_A_DAY_MAX) {
        throw new GatewayError("rate_limited", `At most ${INVITES_A_DAY_MAX} invitations a day. Go on tomorrow.`);
      }
      const invite = await insertInvite(tx, {
        organizationId,
        email,
        role,
        tokenHash: hash,
        isMailed: mailsInvites(),
        invitedById: actor.userId,
        expiresAt: new Date(now.getTime() + INVITE_MS),
        createdAt: now,
      });
      const link = await sendInvite(tx, { ...invite, token });
      await recordAudit(tx, {
        organizationId,
        actor,
        action: "invite.create",
        target: `invite:${invite.id}`,
        after: { email, role, expires_at: invite.expiresAt.toISOString() },
      });
      return { inviteId: invite.id, link };
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw unfit("This address is invited already; send that invitation again");
    throw error;
  }
}

function unfit(message: string): GatewayError {
  return new GatewayError("invalid_fields", message, { metadata: { fields: { email: message } } });
}
