import { attemptSucceeded, beginAttempt } from "@/lib/identity/attempts";
import { verifyPassword } from "@/lib/identity/password";
import { signInSchema } from "@/lib/identity/schemas";
import { findUserByEmail } from "@/lib/identity/store";
import type { User } from "@/lib/infra/prisma-client/client";

export interface SignIn {
  email: string;
  password: string;
  /** The client's; null when it is not known. */
  address: string | null;
}

/**
 * Who has this e-mail and password; null when nobody has. It takes as long whether or not the e-mail is known.
 * @throws GatewayError too_many_failures, also for the right password, after too many wrong ones.
 */
export async function signIn({ address, ...form }: SignIn): Promise<User | null> {
  const parsed = signInSchema.safeParse(form);
  if (!parsed.success) return null;
  const attempt = { email: parsed.data.email, address };
  await beginAttempt("signin", attempt);
  const user = await findUserByEmail(attempt.email);
  const matches = await verifyPassword(user?.passwordHash ?? null, parsed.data.password);
  if (!user || !matches) return null;
  await attemptSucceeded("signin", attempt);
  return user;
}
