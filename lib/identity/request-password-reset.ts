import { beginAttempt } from "@/lib/identity/attempts";
import { putLink } from "@/lib/identity/link-store";
import { linkTo, newLinkToken } from "@/lib/identity/link-token";
import { findUserByEmail } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { queueMail } from "@/lib/mail/queue-mail";

const VALID_MS = 3_600_000;

export interface PasswordResetRequest {
  /** As `emailSchema` leaves it. */
  email: string;
  /** The client's; null when it is not known. */
  address: string | null;
}

/**
 * Mails a link that sets a new password, once, within an hour, in place of the link before it. Nothing that it answers says
 * whether anybody has the address.
 * @throws GatewayError too_many_failures, also for an address that nobody has.
 */
export async function requestPasswordReset({ email, address }: PasswordResetRequest, now = new Date()): Promise<void> {
  await beginAttempt("reset", { email, address });
  const user = await findUserByEmail(email);
  if (!user) return;
  const { token, hash } = newLinkToken();
  await transaction(async (tx) => {
    await putLink(tx, { kind: "reset", userId: user.id }, hash, new Date(now.getTime() + VALID_MS));
    await queueMail(tx, [
      {
        recipient: user.email,
        subject: "Choose a new password for Turnpike",
        text: [
          "Somebody, probably you, asked for a new password for this address. Choose it here within an hour:",
          linkTo("/reset-password", token),
          "If it was not you, do nothing: your password stays as it is.",
          "",
        ].join("\n\n"),
      },
    ]);
  });
}
