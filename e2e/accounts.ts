/*
 * For tests that need somebody with a project and keys, and are about something else: made by the product's own functions
 * in the tests' database, without a page. What is about signing up or about the dialogs goes through those: `support.ts`.
 */
import { test as base, type Page } from "@playwright/test";
import { encode } from "next-auth/jwt";
import { newId } from "@/lib/core/ids";
import { parseUsd } from "@/lib/core/money";
import type { Role } from "@/lib/identity/roles";
import { signUp } from "@/lib/identity/sign-up";
import { findUserById } from "@/lib/identity/store";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import { createKey } from "@/lib/keys/create-key";
import type { UsageLimitReset } from "@/lib/keys/schemas";
import type { KeyEnvironment } from "@/lib/keys/secret";
import { TEST_SECRETS } from "@/lib/testing/test-database";
import { hydrated, newEmail, PASSWORD } from "./support";

/**
 * As Playwright's, for what happens before React has taken a page over; its workers let go of the database in the end. No
 * test takes Playwright's own: a worker that had another kind of test before ends, its browser too.
 */
export const bareTest = base.extend<object, { database: undefined }>({
  database: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the parameter what a fixture needs.
    async ({}, use) => {
      setEnvironment({
        DATABASE_URL: process.env.E2E_DATABASE_URL,
        TURNPIKE_EMBEDDED_DATABASE: "true",
        LOG_LEVEL: "error",
        ...TEST_SECRETS,
      });
      await use(undefined);
      await closeDatabase();
    },
    { scope: "worker", auto: true },
  ],
});

/** As `bareTest`; its pages wait for React (`hydrated`). */
export const test = bareTest.extend({ page: ({ page }, use) => use(hydrated(page)) });

/** Somebody who has signed up, with an organisation and a project of their own. */
export interface Account {
  userId: string;
  organizationId: string;
  projectId: string;
  /** Where the project's pages begin. */
  project: string;
}

const SESSION_SECONDS = 3600;

/** Makes an account (its password is `PASSWORD`) and signs it in on the page's context; no page is opened. */
export async function enter(page: Page, { email = newEmail(), name = "Ada Lovelace" } = {}): Promise<Account> {
  const made = await signUp({ email, name, password: PASSWORD });
  const sessionVersion = (await findUserById(made.userId))?.sessionVersion ?? 0;
  // What `authOptions` puts into a session.
  const token = { sub: made.userId, sessionVersion };
  const value = await encode({ token, secret: TEST_SECRETS.NEXTAUTH_SECRET, maxAge: SESSION_SECONDS });
  await page.context().addCookies([
    {
      name: "next-auth.session-token",
      value,
      url: process.env.E2E_BASE_URL ?? "",
      httpOnly: true,
      sameSite: "Lax",
    },
  ]);
  return { ...made, project: `/dashboard/${made.projectId}` };
}

/** Makes somebody a member of another's organisation, with this role from now on. */
export async function setRole(account: Account, { userId }: Account, role: Role): Promise<void> {
  const { organizationId } = account;
  await prisma().membership.upsert({
    where: { organizationId_userId: { organizationId, userId } },
    create: { id: newId("mem"), organizationId, userId, role },
    update: { role },
  });
}

export interface KeyOptions {
  environment?: KeyEnvironment;
  /** USD, such as "2.50"; not limited when left out. */
  limit?: string;
  reset?: UsageLimitReset;
}

/** Makes a key in an account's project, and resolves with its secret. */
export async function makeKey(
  { organizationId, projectId, userId }: Account,
  name: string,
  { environment = "live", limit, reset = "none" }: KeyOptions = {},
): Promise<string> {
  const { secret } = await createKey({
    organizationId,
    projectId,
    name,
    environment,
    expiresAt: null,
    usageLimit: limit === undefined ? null : parseUsd(limit),
    usageLimitReset: reset,
    actor: { userId },
  });
  return secret;
}
