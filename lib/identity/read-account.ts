import { findProvidersOf, findUserById } from "@/lib/identity/store";

/** Somebody's own account, as its page shows it. */
export interface AccountView {
  name: string | null;
  email: string;
  /** Whether it is proven that the mailbox is theirs. */
  isVerified: boolean;
  hasPassword: boolean;
  /** Where else they sign in from, as NextAuth names it. */
  providers: string[];
}

/** The account of a person; null when they are gone. */
export async function readAccount(userId: string): Promise<AccountView | null> {
  const [user, providers] = await Promise.all([findUserById(userId), findProvidersOf(userId)]);
  return (
    user && {
      name: user.name,
      email: user.email,
      isVerified: user.emailVerified !== null,
      hasPassword: user.passwordHash !== null,
      providers,
    }
  );
}
