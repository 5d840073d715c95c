import { GatewayError } from "@/lib/core/errors";
import { attemptSucceeded, beginAttempt } from "@/lib/identity/attempts";
import { verifyPassword } from "@/lib/identity/password";
import { findUserById } from "@/lib/identity/store";
import type { User } from "@/lib/infra/prisma-client/client";

/** Who acts on their own account, and the password that proves it. */
export interface PasswordProof {
  userId: string;
  /** Not looked at for those who have none, and sign in elsewhere. */
  currentPassword: string;
  /** The client's; null when it is not known. */
  address: string | null;
}

/**
 * Lets pass whoever knows the password of their account: a session that was left open changes nothing of it. Wrong ones
 * count as failed sign-ins.
 * @throws GatewayError invalid_fields for a wrong one, too_many_failures, not_found.
 */
export async function provePassword({ userId, currentPassword, address }: PasswordProof): Promise<User> {
  const user = await findUserById(userId);
  if (!user) throw new GatewayError("not_found", "Account not found");
  if (user.passwordHash === null) return user;
  const attempt = { email: user.email, address };
  await beginAttempt("signin", attempt);
  if (!(await verifyPassword(user.passwordHash, currentPassword))) {
    const message = "That is not your password";
    throw new GatewayError("invalid_fields", message, { metadata: { fields: { currentPassword: message } } });
  }
  await attemptSucceeded("signin", attempt);
  return user;
}
