import { INSTALLATION, recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { deleteLinks } from "@/lib/identity/link-store";
import { hashPassword } from "@/lib/identity/password";
import { type PasswordProof, provePassword } from "@/lib/identity/prove-password";
import { lockUser, saveUser } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { queueMail } from "@/lib/mail/queue-mail";

/**
 * Sets a new password; every session of the person ends, the one that asks too, and links that were mailed before open
 * nothing any more. The address is told.
 * @throws GatewayError as `provePassword`; conflict where the password was changed meanwhile.
 */
export async function changePassword({ password, ...proof }: PasswordProof & { password: string }): Promise<void> {
  const proven = await provePassword(proof);
  const passwordHash = await hashPassword(password);
  await transaction(async (tx) => {
    const user = await lockUser(tx, proven.id);
    if (!user || user.passwordHash !== proven.passwordHash) {
      throw new GatewayError("conflict", "Your password was changed meanwhile. Sign in with the new one.");
    }
    await saveUser(tx, user.id, { passwordHash }, { endSessions: true });
    await deleteLinks(tx, user.id);
    await queueMail(tx, [
      {
        recipient: user.email,
        subject: "Your password for Turnpike was changed",
        text: "It was changed on your account page. Every session before that has ended. If it was not you, ask for a new password on the sign-in page.\n",
      },
    ]);
    await recordAudit(tx, {
      organizationId: INSTALLATION,
      actor: { userId: user.id, address: proof.address },
      action: "account.change_password",
      target: `user:${user.id}`,
    });
  });
}
