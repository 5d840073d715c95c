import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { verifyChain } from "@/lib/audit/verify-chain";
import { newId } from "@/lib/core/ids";
import { authAdapter } from "@/lib/identity/auth-adapter";
import { hashLinkToken } from "@/lib/identity/link-token";
import { signIn } from "@/lib/identity/sign-in";
import { signUp } from "@/lib/identity/sign-up";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { acceptInvite } from "@/lib/members/accept-invite";
import { inviteMember } from "@/lib/members/invite-member";
import { readInvite } from "@/lib/members/read-invite";
import { listInvites, listMembers } from "@/lib/members/read-members";
import { resendInvite } from "@/lib/members/resend-invite";
import { revokeInvite } from "@/lib/members/revoke-invite";
import { signUpByInvite } from "@/lib/members/sign-up-by-invite";
import { listProjects } from "@/lib/projects/list-projects";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

const password = "correct horse battery";
const NOW = new Date("2026-11-21T12:00:00Z");
const later = (ms: number) => new Date(NOW.getTime() + ms);
const DAY = 24 * 3_600_000;

let database: ScratchDatabase;
let tenant: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
beforeEach(async () => {
  tenant = await makeTenant();
});
afterEach(() => setEnvironment({ SMTP_URL: undefined }));
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const newEmail = () => `${newId("usr").toLowerCase()}@example.test`;
const mine = () => ({ organizationId: tenant.organizationId, actor: { userId: tenant.userId } });
const tokenIn = (text: string | null | undefined) => /\?token=([0-9A-Za-z]+)/.exec(text ?? "")?.[1] ?? "";

async function invite(email: string, role: "admin" | "developer" | "viewer" = "developer", now = NOW) {
  const { inviteId, link } = await inviteMember({ ...mine(), email, role }, now);
  return { inviteId, token: tokenIn(link) };
}

const byInvite = (token: string, now = NOW) => signUpByInvite({ token, name: "Bob", password, address: null }, now);

async function refused(work: Promise<unknown>, code: string, words: RegExp): Promise<void> {
  await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
}

describe("an invitation", () => {
  test("makes an account that is a member there, with its role, and has no organisation of its own", async () => {
    const email = newEmail();
    const { token } = await invite(email);
    expect(await readInvite(token, NOW)).toMatchObject({ state: "open", email, role: "developer", hasAccount: false });
    const joined = await byInvite(token);
    expect(joined).toEqual({ email, organizationId: tenant.organizationId, projectId: tenant.projectId });
    const user = await signIn({ email, password, address: null });
    expect(await listProjects(user?.id ?? "")).toMatchObject([{ id: tenant.projectId, role: "developer" }]);
    expect(await verifyChain(tenant.organizationId)).toBeNull();
  });

  test("is stored as a hash alone, and no row of the audit trail holds it", async () => {
    const { inviteId, token } = await invite(newEmail());
    const row = await prisma().invite.findUniqueOrThrow({ where: { id: inviteId } });
    expect(row.tokenHash).toBe(hashLinkToken(token));
    const { organizationId } = tenant;
    const stored = JSON.stringify([
      row,
      (await prisma().auditEvent.findMany({ where: { organizationId } })).map((event) => ({ ...event, id: "" })),
      await prisma().outgoingMail.findMany(),
    ]);
    expect(token).toMatch(/^[0-9A-Za-z]{43}$/);
    expect(stored).not.toContain(token);
  });

  test("goes by mail where there is a mail server, and then proves the address", async () => {
    setEnvironment({ SMTP_URL: "smtp://127.0.0.1:9" });
    const email = newEmail();
    expect(await inviteMember({ ...mine(), email, role: "viewer" }, NOW)).toMatchObject({ link: null });
    const mail = await prisma().outgoingMail.findFirstOrThrow({ where: { recipient: email } });
    expect(mail.text).toContain("as viewer");
    await byInvite(tokenIn(mail.text));
    expect(await prisma().user.findUnique({ where: { email } })).toMatchObject({ emailVerified: NOW });
  });

  test("does not prove the address where whoever invited has seen the link", async () => {
    const email = newEmail();
    await byInvite((await invite(email)).token);
    expect(await prisma().user.findUnique({ where: { email } })).toMatchObject({ emailVerified: null });
  });

  test("is accepted by the account with its address, beside the organisations that it has, and by no other", async () => {
    const email = newEmail();
    const bob = await signUp({ email, password });
    const eve = await signUp({ email: newEmail(), password });
    const { token } = await invite(email, "viewer");
    const accept = (userId: string) => acceptInvite({ token, userId, address: null }, NOW);
    await refused(accept(eve.userId), "forbidden", /is for/);
    expect(await accept(bob.userId)).toMatchObject({ organizationId: tenant.organizationId });
    expect((await listProjects(bob.userId)).map(({ role }) => role)).toEqual(["owner", "viewer"]);
    await refused(accept(bob.userId), "conflict", /accepted already/);
    await refused(byInvite(token), "conflict", /accepted already/);
  });

  test("works once, however many follow it at the same moment", async () => {
    const email = newEmail();
    const { token } = await invite(email);
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => byInvite(token)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await listMembers(tenant.organizationId)).toHaveLength(2);
  });

  test("ends after seven days; sent anew it works again, and the old link does not", async () => {
    const { inviteId, token } = await invite(newEmail());
    expect(await readInvite(token, later(7 * DAY - 1))).toMatchObject({ state: "open" });
    expect(await readInvite(token, later(7 * DAY))).toMatchObject({ state: "expired" });
    await refused(byInvite(token, later(7 * DAY)), "conflict", /expired/);
    const { link } = await resendInvite({ ...mine(), inviteId }, later(8 * DAY));
    expect(await readInvite(token, later(8 * DAY))).toBeNull();
    await refused(byInvite(token, later(8 * DAY)), "conflict", /not valid/);
    await byInvite(tokenIn(link), later(14 * DAY));
    expect(await listMembers(tenant.organizationId)).toHaveLength(2);
  });

  test("that was taken back opens nothing, and the address can be invited again", async () => {
    const email = newEmail();
    const { inviteId, token } = await invite(email);
    await revokeInvite({ ...mine(), inviteId }, NOW);
    expect(await readInvite(token, NOW)).toMatchObject({ state: "revoked" });
    await refused(byInvite(token), "conflict", /taken back/);
    await expect(revokeInvite({ ...mine(), inviteId }, NOW)).rejects.toMatchObject({ code: "not_found" });
    await byInvite((await invite(email)).token);
    expect(await listInvites(tenant.organizationId, NOW)).toEqual([]);
  });

  test("is open once for an address, and never for a member's", async () => {
    const email = newEmail();
    const results = await Promise.allSettled(Array.from({ length: 3 }, () => invite(email)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await refused(invite(email), "invalid_fields", /invited already/);
    const { email: own } = await prisma().user.findUniqueOrThrow({ where: { id: tenant.userId } });
    await refused(invite(own), "invalid_fields", /a member/);
  });

  test("is for no role above the inviter's, and falls with the inviter's right to give it", async () => {
    const admin = await byInvite((await invite(newEmail(), "admin")).token);
    const { id: userId } = await prisma().user.findUniqueOrThrow({ where: { email: admin.email } });
    const theirs = { organizationId: tenant.organizationId, actor: { userId } };
    await refused(inviteMember({ ...theirs, email: newEmail(), role: "owner" }, NOW), "forbidden", /below owner/);
    const { link } = await inviteMember({ ...theirs, email: newEmail(), role: "admin" }, NOW);
    await prisma().membership.updateMany({ where: { userId }, data: { role: "developer" } });
    await refused(inviteMember({ ...theirs, email: newEmail(), role: "viewer" }, NOW), "forbidden", /does not allow/);
    expect(await readInvite(tokenIn(link), NOW)).toMatchObject({ state: "revoked" });
    await refused(byInvite(tokenIn(link)), "conflict", /taken back/);
    await prisma().membership.deleteMany({ where: { userId } });
    await refused(byInvite(tokenIn(link)), "conflict", /taken back/);
    expect(await listMembers(tenant.organizationId)).toHaveLength(1);
  });

  test("is nobody else's to see, send or take back", async () => {
    const { inviteId } = await invite(newEmail());
    const other = await makeTenant();
    for (const organizationId of [other.organizationId, tenant.organizationId]) {
      const foreign = { organizationId, inviteId, actor: { userId: other.userId } };
      await expect(resendInvite(foreign, NOW)).rejects.toMatchObject({ code: "not_found" });
      await expect(revokeInvite(foreign, NOW)).rejects.toMatchObject({ code: "not_found" });
    }
    expect(await listInvites(other.organizationId, NOW)).toEqual([]);
    expect(await listInvites(tenant.organizationId, NOW)).toMatchObject([{ id: inviteId, state: "open" }]);
  });

  test("is mailed at most once a minute, and at most a hundred are made a day", async () => {
    setEnvironment({ SMTP_URL: "smtp://127.0.0.1:9" });
    const { inviteId } = await invite(newEmail());
    await refused(resendInvite({ ...mine(), inviteId }, later(59_000)), "rate_limited", /minute/);
    await resendInvite({ ...mine(), inviteId }, later(60_000));
    const { organizationId, userId } = tenant;
    await prisma().invite.createMany({
      data: Array.from({ length: 99 }, (_, index) => ({
        id: newId("inv"),
        organizationId,
        email: `${index}@example.test`,
        role: "viewer" as const,
        tokenHash: newId("inv"),
        invitedById: userId,
        expiresAt: NOW,
        createdAt: NOW,
        revokedAt: NOW,
      })),
    });
    await refused(invite(newEmail(), "viewer", later(DAY - 1)), "rate_limited", /a day/);
    await invite(newEmail(), "viewer", later(DAY + 1));
  });

  test("does not become another account's: an address that has one signs in", async () => {
    const email = newEmail();
    const { token } = await invite(email);
    await signUp({ email, password });
    expect(await readInvite(token, NOW)).toMatchObject({ hasAccount: true });
    await refused(byInvite(token), "conflict", /exists already/);
    expect(await readInvite(token, NOW)).toMatchObject({ state: "open" });
  });
});

test("whoever comes from GitHub or Google with an invitation gets no organisation of their own, and joins when they accept", async () => {
  const email = newEmail();
  const { inviteId, link } = await inviteMember({ ...mine(), email, role: "viewer" });
  const arrive = async (address: string) => {
    const user = await authAdapter.createUser?.({ email: address, emailVerified: null });
    return user?.id ?? "";
  };
  const invited = await arrive(email.toUpperCase());
  expect(await listProjects(invited)).toEqual([]);
  await acceptInvite({ token: tokenIn(link), userId: invited, address: null });
  expect(await listProjects(invited)).toMatchObject([{ id: tenant.projectId, role: "viewer" }]);
  expect(await listProjects(await arrive(newEmail()))).toMatchObject([{ role: "owner" }]);
  const second = newEmail();
  const withdrawn = await inviteMember({ ...mine(), email: second, role: "viewer" });
  await revokeInvite({ ...mine(), inviteId: withdrawn.inviteId });
  expect(await listProjects(await arrive(second))).toMatchObject([{ role: "owner" }]);
  expect(inviteId).toMatch(/^inv_/);
});
