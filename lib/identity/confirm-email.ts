import { INSTALLATION, recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { deleteLinks, findLink, takeLink } from "@/lib/identity/link-store";
import { hashLinkToken } from "@/lib/identity/link-token";
import { isUniqueViolation, lockUser, saveUser } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { queueMail } from "@/lib/mail/queue-mail";

export interface EmailConfirmation {
  /** Out of the mailed link. */
  token: string;
  /** Who is signed in. */
  userId: string;
  /** The client's; null when it is not known. */
  address: string | null;
}

/** The address that a link makes this person's; null when it was used, has ended, never was, or is somebody else's. */
export async function readEmailLink(token: string, userId: string, now = new Date()): Promise<string | null> {
  const link = await findLink(hashLinkToken(token), now);
  if (!link || link.isExpired || link.purpose.kind !== "email" || link.purpose.userId !== userId) return null;
  return link.purpose.email;
}

/**
 * Makes an address the person's by a link that was mailed to it, which it uses up. The address before it is told, and
 * other links of theirs open nothing any more.
 * @throws GatewayError conflict for a link as `readEmailLink` has none, and for an address that somebody else has by now.
 */
export async function confirmEmail(
  { token, userId, address }: EmailConfirmation,
  now = new Date(),
): Promise<{ email: string }> {
  try {
    return await transaction(async (tx) => {
      const purpose = await takeLink(tx, hashLinkToken(token), now);
      // Thrown, so that somebody else's link is not used up.
      if (purpose?.kind !== "email" || purpose.userId !== userId) throw linkOver();
      const user = await lockUser(tx, userId);
      if (!user) throw linkOver();
      const { email } = purpose;
      await saveUser(tx, userId, { email, emailVerified: now });
      await deleteLinks(tx, userId);
      if (email !== user.email) {
        await queueMail(tx, [
          {
            recipient: user.email,
            subject: "Your e-mail address for Turnpike was changed",
            text: `Your account is now under ${email}; this address does not open it any more. If it was not you, tell whoever runs this installation.\n`,
          },
        ]);
      }
      await recordAudit(tx, {
        organizationId: INSTALLATION,
        actor: { userId, address },
        action: "account.change_email",
        target: `user:${userId}`,
        before: { email: user.email, verified: user.emailVerified !== null },
        after: { email, verified: true },
      });
      return { email };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new GatewayError("conflict", "An account with this e-mail address exists already.");
  }
}

function linkOver(): GatewayError {
  return new GatewayError("conflict", "This link has been used or has ended. Ask for a new one on your account page.");
}
