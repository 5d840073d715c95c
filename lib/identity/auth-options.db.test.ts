import type { Account, User } from "next-auth";
import type { AdapterUser } from "next-auth/adapters";
import type { JWT } from "next-auth/jwt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authAdapter } from "@/lib/identity/auth-adapter";
import { authOptions, signInProviders } from "@/lib/identity/auth-options";
import { signUp } from "@/lib/identity/sign-up";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { listProjects } from "@/lib/projects/list-projects";
import { useTestDatabase } from "@/lib/testing/test-database";

const password = "correct horse battery";

let database: ScratchDatabase;
beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

function callbacks() {
  const { jwt, session, signIn } = authOptions().callbacks ?? {};
  if (!jwt || !session || !signIn) throw new Error("the callbacks are missing");
  return { jwt, session, signIn };
}

const noAccount: Account = { provider: "credentials", type: "credentials", providerAccountId: "x" };

/** The session that a token stands for now. */
async function sessionOf(token: JWT): Promise<{ user?: unknown }> {
  const nobody: AdapterUser = { id: "", email: "", emailVerified: null };
  const session = { expires: "2026-12-21T00:00:00.000Z" };
  return callbacks().session({ session, token, user: nobody, newSession: undefined, trigger: "update" });
}

async function tokenFor(user: User): Promise<JWT> {
  return callbacks().jwt({ token: {}, user, account: noAccount, trigger: "signIn" });
}

describe("a session", () => {
  test("tells who the person is now, and nothing that the token does not need", async () => {
    const { userId } = await signUp({ name: "Ada", email: "ada@example.com", password });
    const token = await tokenFor({ id: userId, sessionVersion: 1, name: "Old", email: "old@example.com" });
    expect(token).toEqual({ sub: userId, sessionVersion: 1 });
    expect(await sessionOf(token)).toEqual({
      expires: "2026-12-21T00:00:00.000Z",
      user: { id: userId, name: "Ada", email: "ada@example.com", image: null },
    });
  });

  test("ends when the person's sessionVersion moves on, and when the person is gone", async () => {
    const { userId } = await signUp({ email: "bob@example.com", password });
    const token = await tokenFor({ id: userId, sessionVersion: 1 });
    expect(await sessionOf(token)).toMatchObject({ user: { id: userId } });
    await prisma().user.update({ where: { id: userId }, data: { sessionVersion: { increment: 1 } } });
    expect((await sessionOf(token)).user).toBeUndefined();
    expect((await sessionOf({ sub: "usr_gone", sessionVersion: 1 })).user).toBeUndefined();
    expect((await sessionOf({ sub: userId })).user).toBeUndefined();
  });

  test("is not taken for ended while the database is away", async () => {
    const token = { sub: "usr_1", sessionVersion: 1 };
    await closeDatabase();
    setEnvironment({ DATABASE_URL: "postgresql://nobody@127.0.0.1:9/none" });
    try {
      expect(await sessionOf(token)).toEqual({ expires: "2026-12-21T00:00:00.000Z", unavailable: true });
    } finally {
      await closeDatabase();
      setEnvironment({ DATABASE_URL: database.url });
    }
  });
});

/** What the sign-in callback says of somebody coming back from a provider. */
function comingFrom(provider: string, providerAccountId: string, email: string | null, verified: boolean) {
  return callbacks().signIn({
    user: { id: providerAccountId, email },
    account: { provider, providerAccountId, type: "oauth" },
    profile: { sub: providerAccountId, ...{ email_verified: verified } },
  });
}

async function join(provider: string, providerAccountId: string, user: Omit<AdapterUser, "id">): Promise<AdapterUser> {
  const person = await authAdapter.createUser?.(user);
  if (!person) throw new Error("nobody was made");
  await authAdapter.linkAccount?.({ userId: person.id, type: "oauth", provider, providerAccountId });
  return person;
}

describe("signing in with GitHub or Google", () => {
  test("is offered where the installation has credentials for it", () => {
    expect(signInProviders()).toEqual([]);
    setEnvironment({ GITHUB_ID: "i", GITHUB_SECRET: "s", GOOGLE_ID: "i", GOOGLE_SECRET: "s" });
    expect(signInProviders().map(({ name }) => name)).toEqual(["GitHub", "Google"]);
    expect(authOptions().providers.map(({ id }) => id)).toEqual(["credentials", "github", "google"]);
    setEnvironment({ GITHUB_ID: undefined, GITHUB_SECRET: undefined, GOOGLE_ID: undefined, GOOGLE_SECRET: undefined });
  });

  test("makes an organisation and a project at the first sign-in, and finds the person at the second", async () => {
    expect(await comingFrom("github", "gh-1", "Cleo@Example.com", true)).toBe(true);
    const person = await join("github", "gh-1", { email: "Cleo@Example.com", name: "Cleo", emailVerified: null });
    expect(person).toMatchObject({ email: "cleo@example.com", sessionVersion: 1 });
    expect((await listProjects(person.id)).map(({ organizationName, role }) => [organizationName, role])).toEqual([
      ["Cleo's organisation", "owner"],
    ]);
    const again = await authAdapter.getUserByAccount?.({ provider: "github", providerAccountId: "gh-1" });
    expect(again?.id).toBe(person.id);
    expect(await comingFrom("github", "gh-1", null, false)).toBe(true);
  });

  test("keeps no token of the provider's", async () => {
    await join("google", "g-tokens", { email: "tokens@example.com", emailVerified: null });
    expect(await prisma().account.findFirst({ where: { providerAccountId: "g-tokens" } })).toMatchObject({
      accessToken: null,
      refreshToken: null,
      idToken: null,
    });
  });

  test("needs an e-mail that the provider vouches for", async () => {
    expect(await comingFrom("google", "g-1", "dan@example.com", false)).toBe("/sign-in?error=EmailNotVerified");
    expect(await comingFrom("github", "gh-2", null, true)).toBe("/sign-in?error=EmailNotVerified");
  });

  test("joins a second provider to the person whose e-mail is proven", async () => {
    const person = await join("google", "g-2", { email: "eve@example.com", emailVerified: null });
    expect(await comingFrom("github", "gh-3", "eve@example.com", true)).toBe(true);
    await authAdapter.linkAccount?.({
      userId: person.id,
      type: "oauth",
      provider: "github",
      providerAccountId: "gh-3",
    });
    expect((await authAdapter.getUserByAccount?.({ provider: "github", providerAccountId: "gh-3" }))?.id).toBe(
      person.id,
    );
  });

  test("never joins an account that somebody made with a password and another's e-mail", async () => {
    const squatter = await signUp({ email: "victim@example.com", password });
    expect(await comingFrom("google", "g-3", "Victim@example.com", true)).toBe("/sign-in?error=OAuthAccountNotLinked");
    const link = { userId: squatter.userId, type: "oauth", provider: "google", providerAccountId: "g-3" } as const;
    await expect(authAdapter.linkAccount?.(link)).rejects.toThrow("unproven");
    expect(await authAdapter.getUserByAccount?.({ provider: "google", providerAccountId: "g-3" })).toBeNull();
  });

  test("joins nothing to the person of a session cookie that came along", async () => {
    const { userId } = await signUp({ email: "cookie@example.com", password });
    expect(await authAdapter.getUser?.(userId)).toBeNull();
  });
});
