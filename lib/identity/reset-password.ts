import { INSTALLATION, recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { deleteLinks, findLink, takeLink } from "@/lib/identity/link-store";
import { hashLinkToken } from "@/lib/identity/link-token";
import { hashPassword } from "@/lib/identity/password";
import { lockUser, saveUser } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { queueMail } from "@/lib/mail/queue-mail";

export interface PasswordReset {
  /** Out of the mailed link. */
  token: string;
  /** As `newPasswordSchema` takes it. */
  password: string;
  /** The client's; null when it is not known. */
  address: string | null;
}

/** Whether a link still sets a new password: `ended` by its hour, `gone` where it was used, replaced or never was. */
export async function checkResetLink(token: string, now = new Date()): Promise<"open" | "ended" | "gone"> {
  const link = await findLink(hashLinkToken(token), now);
  if (link?.purpose.kind !== "reset") return "gone";
  return link.isExpired ? "ended" : "open";
}

/**
 * Sets a new password by a mailed link, which it uses up; every session of the person ends. Whoever has the mailbox has
 * proven the address by that.
 * @returns the e-mail address to sign in with.
 * @throws GatewayError conflict for a link that was used, has ended or never was.
 */
export async function resetPassword(
  { token, password, address }: PasswordReset,
  now = new Date(),
): Promise<{ email: string }> {
  // Not a hash for whoever comes with nothing.
  if ((await checkResetLink(token, now)) !== "open") throw linkOver();
  const passwordHash = await hashPassword(password);
  return transaction(async (tx) => {
    const purpose = await takeLink(tx, hashLinkToken(token), now);
    const user = purpose?.kind === "reset" ? await lockUser(tx, purpose.userId) : null;
    if (!user) throw linkOver();
    await saveUser(tx, user.id, { passwordHash, emailVerified: user.emailVerified ?? now }, { endSessions: true });
    await deleteLinks(tx, user.id);
    await queueMail(tx, [
      {
        recipient: user.email,
        subject: "Your password for Turnpike was changed",
        text: "It was set anew by a link that was sent to this address. Every session before that has ended.\n",
      },
    ]);
    await recordAudit(tx, {
      organizationId: INSTALLATION,
      actor: { userId: user.id, address },
      action: "account.reset_password",
      target: `user:${user.id}`,
    });
    return { email: user.email };
  });
}

function linkOver(): GatewayError {
  return new GatewayError("conflict", "This link has been used or has ended. Ask for a new one.");
}
