import { z } from "zod";
import { findUserByAccount, findUserByEmail } from "@/lib/identity/store";

/** An account at GitHub or Google that somebody comes back with. */
export interface ProviderAccount {
  provider: string;
  providerAccountId: string;
  email: string | null;
  /** The provider vouches that the e-mail is theirs. */
  emailVerified: boolean;
}

export type ProviderSignIn = "allowed" | "EmailNotVerified" | "OAuthAccountNotLinked";

/**
 * Whether such an account may sign in. A known one may. A new one needs an e-mail that its provider vouches for, and
 * joins an existing person only when that person's e-mail was proven too: else whoever signed up first with somebody
 * else's address, and a password, would share the owner's account from then on.
 */
export async function decideProviderSignIn(account: ProviderAccount): Promise<ProviderSignIn> {
  if (await findUserByAccount(account.provider, account.providerAccountId)) return "allowed";
  if (!account.email || !account.emailVerified) return "EmailNotVerified";
  const person = await findUserByEmail(account.email.trim().toLowerCase());
  return person && !person.emailVerified ? "OAuthAccountNotLinked" : "allowed";
}

const githubEmails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

/** The address to use of GitHub's `GET /user/emails`: the primary one if it is verified, else any verified one. */
export function verifiedGithubEmail(answer: unknown): string | null {
  const emails = githubEmails.safeParse(answer).data?.filter((email) => email.verified) ?? [];
  return (emails.find((email) => email.primary) ?? emails[0])?.email ?? null;
}
