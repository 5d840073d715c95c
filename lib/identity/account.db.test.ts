import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { INSTALLATION } from "@/lib/audit/record";
import { verifyChain } from "@/lib/audit/verify-chain";
import { newId } from "@/lib/core/ids";
import { addOrganization } from "@/lib/identity/add-organization";
import { authOptions } from "@/lib/identity/auth-options";
import { changePassword } from "@/lib/identity/change-password";
import { confirmEmail, readEmailLink } from "@/lib/identity/confirm-email";
import { endSessions } from "@/lib/identity/end-sessions";
import { renamePerson } from "@/lib/identity/rename-person";
import { requestEmail } from "@/lib/identity/request-email";
import { requestPasswordReset } from "@/lib/identity/request-password-reset";
import { checkResetLink, resetPassword } from "@/lib/identity/reset-password";
import { signIn } from "@/lib/identity/sign-in";
import { signUp } from "@/lib/identity/sign-up";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { listProjects } from "@/lib/projects/list-projects";
import { useTestDatabase } from "@/lib/testing/test-database";

const password = "correct horse battery";
const other = "another good password";
const HOUR = 3_600_000;

let database: ScratchDatabase;
let email: string;
let userId: string;
/** Each test comes from a network of its own, so that what one counts blocks no other. */
let address: string;
let networks = 0;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
beforeEach(async () => {
  networks += 1;
  address = `198.51.100.${networks}`;
  email = newEmail();
  userId = (await signUp({ email, password })).userId;
});
afterAll(async () => {
  expect(await verifyChain(INSTALLATION)).toBeNull();
  await closeDatabase();
  await database.drop();
});

const newEmail = () => `${newId("usr").toLowerCase()}@example.test`;
const mailsTo = (recipient: string) =>
  prisma().outgoingMail.findMany({ where: { recipient }, orderBy: [{ createdAt: "desc" }, { id: "desc" }] });
const tokenTo = async (recipient: string) =>
  /\?token=([0-9A-Za-z]{43})/.exec((await mailsTo(recipient))[0]?.text ?? "")?.[1] ?? "";
const comesIn = async (secret: string, as = email) =>
  (await signIn({ email: as, password: secret, address }))?.id === userId;

/** Whether a session that began now would still run. */
async function sessionBeganNow(): Promise<() => Promise<boolean>> {
  const { session } = authOptions().callbacks ?? {};
  const { sessionVersion } = await prisma().user.findUniqueOrThrow({ where: { id: userId } });
  return async () => {
    const answer = await session?.({
      session: { expires: "2026-12-21T00:00:00.000Z" },
      token: { sub: userId, sessionVersion },
      user: { id: "", email: "", emailVerified: null },
      newSession: undefined,
      trigger: "update",
    });
    return answer !== undefined && "user" in answer && answer.user !== undefined;
  };
}

describe("a forgotten password", () => {
  const ask = (now = new Date()) => requestPasswordReset({ email, address }, now);
  const reset = async (token: string, now = new Date()) => resetPassword({ token, password: other, address }, now);

  test("is set anew by the mailed link, which ends every session before and proves the address", async () => {
    const runs = await sessionBeganNow();
    expect(await runs()).toBe(true);
    await ask();
    expect(await runs()).toBe(true);
    const token = await tokenTo(email);
    expect(await checkResetLink(token)).toBe("open");
    expect(await reset(token)).toEqual({ email });
    expect(await runs()).toBe(false);
    expect([await comesIn(password), await comesIn(other)]).toEqual([false, true]);
    expect(await prisma().user.findUnique({ where: { id: userId } })).toMatchObject({
      emailVerified: expect.any(Date),
    });
    expect((await mailsTo(email))[0]?.subject).toContain("was changed");
  });

  test("has a link for one hour, for one time, and of several the newest alone", async () => {
    const now = new Date();
    await ask(now);
    const first = await tokenTo(email);
    await ask(now);
    const token = await tokenTo(email);
    expect(await checkResetLink(first)).toBe("gone");
    await expect(reset(first)).rejects.toMatchObject({ code: "conflict" });
    const end = new Date(now.getTime() + HOUR);
    expect(await checkResetLink(token, end)).toBe("ended");
    await expect(reset(token, end)).rejects.toMatchObject({ code: "conflict" });
    const results = await Promise.allSettled(Array.from({ length: 3 }, () => reset(token)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await checkResetLink(token)).toBe("gone");
  });

  test("has a link that is stored as a hash alone", async () => {
    await ask();
    const rows = await prisma().verificationToken.findMany();
    expect(rows.some(({ identifier }) => identifier === `reset:${userId}`)).toBe(true);
    expect(JSON.stringify(rows)).not.toContain(await tokenTo(email));
  });

  test("is answered alike whether anybody has the address or not, and blocked alike after too many", async () => {
    const stranger = newEmail();
    for (const whose of [email, stranger]) {
      const from = `203.0.113.${networks}${whose === email ? "1" : "2"}`.slice(0, 15);
      const outcomes: string[] = [];
      for (let index = 0; index < 6; index += 1) {
        outcomes.push(
          await requestPasswordReset({ email: whose, address: from }).then(
            () => "asked",
            (error: { message: string }) => error.message,
          ),
        );
      }
      expect(outcomes).toEqual([...Array(5).fill("asked"), "Too many requests for a mail. Try again in 30 seconds."]);
    }
    expect(await mailsTo(stranger)).toEqual([]);
    expect(await mailsTo(email)).toHaveLength(5);
    // What was counted there says nothing about signing in.
    expect(await comesIn(password)).toBe(true);
  });
});

describe("an e-mail address", () => {
  const wanted = () => ({ userId, currentPassword: password, address });

  test("is changed by the link that was mailed to the new one, and the old one is told", async () => {
    const next = newEmail();
    await requestPasswordReset({ email, address });
    const resetLink = await tokenTo(email);
    await requestEmail({ ...wanted(), email: next });
    expect(await comesIn(password)).toBe(true);
    const token = await tokenTo(next);
    expect(await readEmailLink(token, userId)).toBe(next);
    await confirmEmail({ token, userId, address });
    expect([await comesIn(password, email), await comesIn(password, next)]).toEqual([false, true]);
    expect(await prisma().user.findUnique({ where: { id: userId } })).toMatchObject({
      email: next,
      emailVerified: expect.any(Date),
    });
    expect((await mailsTo(email))[0]?.text).toContain(next);
    // A link in the old mailbox opens nothing any more.
    await expect(resetPassword({ token: resetLink, password: other, address })).rejects.toMatchObject({
      code: "conflict",
    });
    await expect(confirmEmail({ token, userId, address })).rejects.toMatchObject({ code: "conflict" });
  });

  test("is proven by the same link, sent to itself, and then told to nobody", async () => {
    await requestEmail({ ...wanted(), email });
    await confirmEmail({ token: await tokenTo(email), userId, address });
    expect(await mailsTo(email)).toHaveLength(1);
    await expect(requestEmail({ ...wanted(), email })).rejects.toMatchObject({ code: "invalid_fields" });
  });

  test("is not proven for somebody else's account: the link is whose account it is for, signed in", async () => {
    const victim = await signUp({ email: newEmail(), password });
    const next = newEmail();
    await requestEmail({ ...wanted(), email: next });
    const token = await tokenTo(next);
    expect(await readEmailLink(token, victim.userId)).toBeNull();
    const stolen = confirmEmail({ token, userId: victim.userId, address });
    await expect(stolen).rejects.toMatchObject({ code: "conflict" });
    await confirmEmail({ token, userId, address });
  });

  test("that somebody has, or takes before the link is followed, is not changed to", async () => {
    const taken = newEmail();
    await signUp({ email: taken, password });
    await expect(requestEmail({ ...wanted(), email: taken })).rejects.toMatchObject({ code: "invalid_fields" });
    const raced = newEmail();
    await requestEmail({ ...wanted(), email: raced });
    await signUp({ email: raced, password });
    const late = confirmEmail({ token: await tokenTo(raced), userId, address });
    await expect(late).rejects.toMatchObject({ code: "conflict" });
    expect(await comesIn(password)).toBe(true);
  });

  test("needs the password, whose guesses count as failed sign-ins", async () => {
    const guess = () => requestEmail({ ...wanted(), currentPassword: "a wrong one", email: newEmail() });
    for (let index = 0; index < 5; index += 1) await expect(guess()).rejects.toMatchObject({ code: "invalid_fields" });
    await expect(guess()).rejects.toMatchObject({ code: "too_many_failures" });
    await expect(comesIn(password)).rejects.toMatchObject({ code: "too_many_failures" });
  });
});

test("a password is changed with the one before it; every session ends, and links that were mailed before", async () => {
  await requestPasswordReset({ email, address });
  const token = await tokenTo(email);
  const runs = await sessionBeganNow();
  const change = (currentPassword: string) => changePassword({ userId, currentPassword, password: other, address });
  await expect(change("a wrong one")).rejects.toMatchObject({ code: "invalid_fields" });
  expect(await runs()).toBe(true);
  await change(password);
  expect(await runs()).toBe(false);
  expect([await comesIn(password), await comesIn(other)]).toEqual([false, true]);
  expect(await checkResetLink(token)).toBe("gone");
});

test("somebody who signs in elsewhere has no password to prove, and may choose one", async () => {
  await prisma().user.update({ where: { id: userId }, data: { passwordHash: null } });
  await changePassword({ userId, currentPassword: "", password: other, address });
  expect(await comesIn(other)).toBe(true);
});

test("signing out everywhere ends every session", async () => {
  const runs = await sessionBeganNow();
  await endSessions({ userId, address });
  expect(await runs()).toBe(false);
  expect(await comesIn(password)).toBe(true);
});

test("a name is changed, and taken away", async () => {
  await renamePerson({ userId, name: "Ada", address });
  expect(await prisma().user.findUnique({ where: { id: userId } })).toMatchObject({ name: "Ada" });
  await renamePerson({ userId, name: "", address });
  expect(await prisma().user.findUnique({ where: { id: userId } })).toMatchObject({ name: null });
});

test("one more organisation is the person's own, with a project; twenty are enough, also at once", async () => {
  const made = await addOrganization({ name: "Second", userId, address });
  expect(await listProjects(userId)).toMatchObject([
    { role: "owner" },
    { id: made.projectId, organizationName: "Second", role: "owner" },
  ]);
  await prisma().organization.createMany({
    data: Array.from({ length: 17 }, (_, n) => ({ id: `org_${userId}_${n}`, name: "x" })),
  });
  await prisma().membership.createMany({
    data: Array.from({ length: 17 }, (_, n) => ({
      id: `mem_${userId}_${n}`,
      organizationId: `org_${userId}_${n}`,
      userId,
      role: "owner" as const,
    })),
  });
  const results = await Promise.allSettled(
    Array.from({ length: 3 }, () => addOrganization({ name: "More", userId, address })),
  );
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});
