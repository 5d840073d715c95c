import { GatewayError } from "@/lib/core/errors";
import { beginAttempt } from "@/lib/identity/attempts";
import { putLink } from "@/lib/identity/link-store";
import { linkTo, newLinkToken } from "@/lib/identity/link-token";
import { type PasswordProof, provePassword } from "@/lib/identity/prove-password";
import { findUserByEmail } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import { queueMail } from "@/lib/mail/queue-mail";

const VALID_MS = 24 * 3_600_000;

export interface EmailRequest extends PasswordProof {
  /** As `emailSchema` leaves it; the person's own, to prove that it is theirs. */
  email: string;
}

/**
 * Mails a link to an address, which within a day makes it the person's, proven. The link works only for them, signed in:
 * nobody can be made to prove their address for somebody else's account.
 * @throws GatewayError invalid_fields for an address that is theirs and proven already, or somebody else's; what
 *   `provePassword` throws; too_many_failures for too many mails.
 */
export async function requestEmail({ email, ...proof }: EmailRequest, now = new Date()): Promise<void> {
  const user = await provePassword(proof);
  if (email === user.email && user.emailVerified) throw unfit("This is your address already");
  const owner = await findUserByEmail(email);
  if (owner && owner.id !== user.id) throw unfit("An account with this e-mail address exists already");
  await beginAttempt("reset", { email, address: proof.address });
  const { token, hash } = newLinkToken();
  await transaction(async (tx) => {
    await putLink(tx, { kind: "email", userId: user.id, email }, hash, new Date(now.getTime() + VALID_MS));
    await queueMail(tx, [
      {
        recipient: email,
        subject: "Confirm your e-mail address for Turnpike",
        text: [
          "Somebody, probably you, wants to use this address for their account at Turnpike. Confirm it within a day, signed in to that account:",
          linkTo("/confirm-email", token),
          "If it was not you, do nothing.",
          "",
        ].join("\n\n"),
      },
    ]);
  });
}

function unfit(message: string): GatewayError {
  return new GatewayError("invalid_fields", message, { metadata: { fields: { email: message } } });
}
