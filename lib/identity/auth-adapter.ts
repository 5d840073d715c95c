import type { Adapter, AdapterAccount, AdapterUser } from "next-auth/adapters";
import { createPerson } from "@/lib/identity/create-person";
import { findUserByAccount, findUserByEmail, insertAccount, insertUser, lockVerifiedUser } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import type { User } from "@/lib/infra/prisma-client/client";
import { hasInvite } from "@/lib/members/invite-store";

/**
 * What NextAuth needs of our tables to sign people in with GitHub and Google. Its `signIn` callback has asked
 * `decideProviderSignIn` before any of this runs.
 */
export const authAdapter: Adapter = {
  async getUserByAccount({ provider, providerAccountId }) {
    const user = await findUserByAccount(provider, providerAccountId);
    return user && toAdapterUser(user);
  },
  async getUserByEmail(email) {
    const user = await findUserByEmail(email.trim().toLowerCase());
    return user && toAdapterUser(user);
  },
  // NextAuth asks this only to join a new account to the person whose session cookie came along, and it does not look
  // at `sessionVersion`: an ended session could join itself for good. Nobody is joined that way.
  getUser: () => null,
  async createUser(profile: Omit<AdapterUser, "id">) {
    const user = {
      email: profile.email.trim().toLowerCase(),
      name: profile.name ?? null,
      image: profile.image ?? null,
      passwordHash: null,
      emailVerified: new Date(),
    };
    const person = await transaction(async (tx) => {
      // Whoever was invited joins that organisation and needs none of their own; that they want to, they say afterwards, so
      // nobody can be drawn into an organisation by their address alone.
      if (await hasInvite(tx, user.email, new Date())) return insertUser(tx, user);
      return (await createPerson(tx, user, null)).user;
    });
    return toAdapterUser(person);
  },
  async linkAccount({ userId, type, provider, providerAccountId, scope }: AdapterAccount) {
    await transaction(async (tx) => {
      if (!(await lockVerifiedUser(tx, userId))) throw new Error("an account may not join an unproven e-mail address");
      // Their tokens are of no use to us, so they are not kept.
      await insertAccount(tx, { userId, type, provider, providerAccountId, scope: scope ?? null });
    });
  },
};

function toAdapterUser(user: User): AdapterUser {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    image: user.image,
    emailVerified: user.emailVerified,
    sessionVersion: user.sessionVersion,
  };
}
