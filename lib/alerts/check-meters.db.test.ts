import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { checkMeters } from "@/lib/alerts/check-meters";
import { listAlerts, readAlerts } from "@/lib/alerts/list-alerts";
import { readBalanceAlerts, setBalanceAlerts } from "@/lib/alerts/set-balance-alerts";
import { newId } from "@/lib/core/ids";
import { parseUsd } from "@/lib/core/money";
import { createBudget } from "@/lib/end-users/create-budget";
import { createEndUser } from "@/lib/end-users/create-end-user";
import { deleteEndUser } from "@/lib/end-users/delete-end-user";
import type { EndUserView } from "@/lib/end-users/end-user-view";
import { updateBudget } from "@/lib/end-users/update-budget";
import type { Role } from "@/lib/identity/roles";
import { insertMembership, insertUser } from "@/lib/identity/store";
import { closeDatabase, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { updateKey } from "@/lib/keys/update-key";
import { grantCredits } from "@/lib/ledger/grant-credits";
import { setSpendLimits } from "@/lib/meters/set-spend-limits";
import { readMeters } from "@/lib/meters/store";
import { updateProject } from "@/lib/projects/update-project";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let tenant: Tenant;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  tenant = await makeTenant({ usageLimit: parseUsd("10") });
});

/** As a settle leaves the key's meter. */
async function use(amount: string): Promise<void> {
  await prisma().meter.updateMany({
    where: { subject: "api_key", subjectId: tenant.keyId, kind: "spend" },
    data: { used: parseUsd(amount), lastUsedAt: new Date() },
  });
}

/** The balance as a settle leaves it. */
async function leave(balance: string): Promise<void> {
  await prisma().$executeRaw`
    UPDATE meter SET used = "limit" - ${parseUsd(balance)}::bigint, last_used_at = clock_timestamp()
    WHERE subject = 'organization' AND subject_id = ${tenant.organizationId} AND kind = 'credits'`;
}

async function titles(of: Tenant = tenant): Promise<string[]> {
  const { alerts } = await listAlerts(of);
  return alerts.map(({ title }) => title).reverse();
}

async function addMember(role: Role): Promise<{ userId: string; email: string }> {
  const email = `${newId("usr").toLowerCase()}@example.test`;
  return transaction(async (tx) => {
    const user = await insertUser(tx, { email, name: null, image: null, passwordHash: null, emailVerified: null });
    await insertMembership(tx, { organizationId: tenant.organizationId, userId: user.id, role });
    return { userId: user.id, email };
  });
}

const HALF = "The key test key has used 50 % of its spend limit";
const MOST = "The key test key has used 80 % of its spend limit";
const FULL = "The key test key has reached its spend limit";

describe("a spend limit", () => {
  test("is told at 50, 80 and 100 per cent, each once however often it is looked at", async () => {
    await use("4.99");
    expect((await checkMeters(null)).raised).toBe(0);
    for (const [amount, expected] of [
      ["5", [HALF]],
      ["7.99", [HALF]],
      ["8", [HALF, MOST]],
      ["10", [HALF, MOST, FULL]],
    ] as const) {
      await use(amount);
      await checkMeters(null);
      await checkMeters(null);
      expect(await titles()).toEqual(expected);
    }
  });

  test("that passes several thresholds between two looks is told once, of the highest", async () => {
    await use("9");
    expect((await checkMeters(null)).raised).toBe(1);
    expect(await titles()).toEqual([MOST]);
    expect((await listAlerts(tenant)).alerts[0]).toMatchObject({
      text: "$9.00 of $10.00 in total used. It does not start again by itself.",
      href: `/dashboard/${tenant.projectId}/keys/${tenant.keyId}`,
    });
  });

  test("is told once when many processes look at once", async () => {
    await use("6");
    const looks = await Promise.all(Array.from({ length: 6 }, () => checkMeters(null)));
    expect(looks.reduce((sum, { raised }) => sum + raised, 0)).toBe(1);
    expect(await titles()).toEqual([HALF]);
  });

  test("that wavers around a threshold is told once; well below it, once again", async () => {
    const limit = (usageLimit: string) =>
      updateKey({
        organizationId: tenant.organizationId,
        keyId: tenant.keyId,
        changes: { usageLimit: parseUsd(usageLimit) },
        actor: { userId: tenant.userId },
      });
    await use("5.1");
    await checkMeters(null);
    await limit("10.5");
    await checkMeters(null);
    await limit("10");
    await checkMeters(null);
    expect(await titles()).toEqual([HALF]);
    await limit("20");
    await checkMeters(null);
    await limit("10");
    await checkMeters(null);
    expect(await titles()).toEqual([HALF, HALF]);
  });

  test("is told again in the next window, and nothing of the window before counts there", async () => {
    await prisma().meter.updateMany({
      where: { subjectId: tenant.keyId, kind: "spend" },
      data: { period: "daily", windowStart: new Date(Date.UTC(2026, 0, 1)) },
    });
    await use("9");
    expect((await checkMeters(null)).raised).toBe(0);
    await prisma().$executeRaw`
      UPDATE meter SET window_start = meter_window_start(period, period_seconds, anchor, now()) WHERE subject_id = ${tenant.keyId} AND kind = 'spend'`;
    expect((await checkMeters(null)).raised).toBe(1);
    // As if yesterday's were the row that is there.
    const meter = await prisma().meter.findFirstOrThrow({ where: { subjectId: tenant.keyId, kind: "spend" } });
    await prisma().meterAlert.updateMany({
      where: { meterId: meter.id },
      data: { windowStart: new Date(Date.UTC(2026, 0, 1)) },
    });
    expect((await checkMeters(null)).raised).toBe(1);
    expect(await titles()).toEqual([MOST, MOST]);
  });

  test("counts as reached when a request was refused for it, though a little is left", async () => {
    await use("9.5");
    await checkMeters(null);
    await prisma().$executeRaw`
      INSERT INTO request (id, created_at, organization_id, project_id, api_key_id, environment, endpoint, outcome, status, error_code, refusal, requested_model)
      VALUES (${newId("gen")}, clock_timestamp(), ${tenant.organizationId}, ${tenant.projectId}, ${tenant.keyId}, 'live', 'chat/completions', 'refused', 401,
        'key_limit_reached', '{"meter":"api_key.spend"}', 'gpt-4o-mini')`;
    await checkMeters(null);
    await checkMeters(null);
    expect(await titles()).toEqual([MOST, FULL]);
  });

  test("is looked at only where it was used since the last look", async () => {
    const { since } = await checkMeters(null);
    await use("6");
    await prisma().meter.updateMany({ where: { subjectId: tenant.keyId }, data: { lastUsedAt: new Date(0) } });
    expect((await checkMeters(since)).raised).toBe(0);
    await use("6");
    expect((await checkMeters(since)).raised).toBe(1);
  });
});

describe("a spend limit that is not a key's", () => {
  /** Limits of each kind but a key's, and how the one that is used up is called. */
  const LIMITED = [
    ["project", "monthly", /^The project .+ has reached its spend limit$/],
    ["member", "daily", /^Test, as a member, has reached its spend limit$/],
    ["organization", "monthly", /^The organisation .+ has reached its spend limit$/],
  ] as const;

  test.each(LIMITED)(
    "but of the %s is told, and by itself where there are several (%s)",
    async (subject, period, title) => {
      const { organizationId, projectId, userId } = tenant;
      const actor = { userId };
      const usageLimit = parseUsd("10");
      const membership = await prisma().membership.findFirstOrThrow({ where: { organizationId } });
      if (subject === "project")
        await updateProject({ organizationId, projectId, usageLimit, usageLimitReset: "monthly", actor });
      else {
        const memberId = subject === "member" ? membership.id : null;
        await setSpendLimits({ organizationId, memberId, daily: usageLimit, monthly: usageLimit, actor });
      }
      const used = await prisma().meter.updateMany({
        where: { organizationId, subject, kind: "spend", period },
        data: { used: usageLimit, lastUsedAt: new Date() },
      });
      expect(used.count).toBe(1);
      await checkMeters(null);
      await checkMeters(null);
      expect(await titles()).toEqual([expect.stringMatching(title)]);
      expect((await listAlerts(tenant)).alerts[0]?.text).toMatch(/^\$10\.00 of \$10\.00 a (?:day|month) used\./);
    },
  );
});

describe("an end user's budget", () => {
  const setUp = async (names: readonly string[], maxBudget = "10") => {
    const { organizationId, userId } = tenant;
    const actor = { userId };
    const budget = await createBudget({ organizationId, maxBudget: parseUsd(maxBudget), reset: "monthly", actor });
    const users: EndUserView[] = [];
    for (const name of names) users.push(await createEndUser({ organizationId, name, budgetId: budget.id, actor }));
    return { actor, budget, users };
  };

  /** As a settle leaves the meters of these end users. */
  const spend = (users: readonly EndUserView[], amount: string) =>
    prisma().meter.updateMany({
      where: { subject: "end_user", subjectId: { in: users.map(({ id }) => id) } },
      data: { used: parseUsd(amount), lastUsedAt: new Date() },
    });

  /** What was mailed to the tenant, the oldest first. */
  const mails = async () => {
    const { email: recipient } = await prisma().user.findUniqueOrThrow({ where: { id: tenant.userId } });
    return prisma().outgoingMail.findMany({ where: { recipient }, orderBy: { createdAt: "asc" } });
  };

  const said = {
    half: "The end user ann has used 50 % of their budget",
    most: "The end user ann has used 80 % of their budget",
    full: "The end user ann has reached their budget",
  };

  test("is told at 50, 80 and 100 per cent, in the inbox and by mail, each once a period", async () => {
    const { users } = await setUp(["ann"]);
    await spend(users, "4.99");
    expect((await checkMeters(null)).raised).toBe(0);
    for (const amount of ["5", "7.99", "8", "10"]) {
      await spend(users, amount);
      await checkMeters(null);
      await checkMeters(null);
    }
    const expected = [said.half, said.most, said.full];
    expect(await titles()).toEqual(expected);
    expect((await mails()).map(({ subject }) => subject)).toEqual(expected);
    const [newest] = (await listAlerts(tenant)).alerts;
    expect(newest?.href).toBe(`/dashboard/${tenant.projectId}/end-users/${users[0]?.id}`);
    expect(newest?.text).toMatch(
      /^\$10\.00 of \$10\.00 a month used\. Calls beyond it are refused\. It starts again at /,
    );

    // The next month begins.
    const meters = await readMeters(
      "end_user",
      users.map(({ id }) => id),
    );
    await prisma().meterAlert.updateMany({
      where: { meterId: { in: meters.map(({ id }) => id) } },
      data: { windowStart: new Date(Date.UTC(2026, 0, 1)) },
    });
    await spend(users, "6");
    await checkMeters(null);
    expect(await titles()).toEqual([...expected, said.half]);
  });

  test("that wavers around a threshold is told once; well below it, once again", async () => {
    const { actor, budget, users } = await setUp(["ann"]);
    const { organizationId } = tenant;
    const limit = (maxBudget: string) =>
      updateBudget({ organizationId, budgetId: budget.id, changes: { maxBudget: parseUsd(maxBudget) }, actor });
    await spend(users, "5.1");
    for (const maxBudget of ["10", "10.5", "10"]) {
      await limit(maxBudget);
      await checkMeters(null);
    }
    expect(await titles()).toEqual([said.half]);
    for (const maxBudget of ["20", "10"]) {
      await limit(maxBudget);
      await checkMeters(null);
    }
    expect(await titles()).toEqual([said.half, said.half]);
  });

  test("counts as reached when a request was refused for it, and not for another user's refusal", async () => {
    const { users } = await setUp(["ann", "ben"]);
    const [ann] = users;
    await spend(users, "9.5");
    await checkMeters(null);
    await prisma().$executeRaw`
      INSERT INTO request (id, created_at, organization_id, project_id, api_key_id, end_user_id, environment, endpoint, outcome, status, error_code, refusal, requested_model)
      VALUES (${newId("gen")}, clock_timestamp(), ${tenant.organizationId}, ${tenant.projectId}, ${tenant.keyId}, ${ann?.id}, 'live', 'chat/completions', 'refused', 403,
        'budget_exceeded', '{"meter":"end_user.spend","period":"monthly"}', 'gpt-4o-mini')`;
    expect((await checkMeters(null)).raised).toBe(1);
    expect((await titles()).at(-1)).toBe(said.full);
  });

  test("of many at once is one mail that names each of them, and an alert for each in the inbox", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `user-${index}`);
    const { users } = await setUp(names);
    await spend(users, "8");
    expect((await checkMeters(null)).raised).toBe(60);
    expect((await listAlerts(tenant)).unread).toBe(60);
    const [mail, ...others] = await mails();
    expect(others).toEqual([]);
    expect(mail?.subject).toBe("60 end users near or at the end of their budgets");
    expect(mail?.text.match(/The end user user-\d+ has used 80 % of their budget/g)).toHaveLength(50);
    expect(mail?.text).toContain("10 more are in the inbox.");
  });

  test("is told to those who manage end users, and to nobody about somebody who was deleted", async () => {
    const { actor, users } = await setUp(["ann", "ben"]);
    const [admin, viewer] = [await addMember("admin"), await addMember("viewer")];
    const { organizationId } = tenant;
    await deleteEndUser({ organizationId, name: "ben", actor });
    await spend(users, "5");
    expect((await checkMeters(null)).raised).toBe(1);
    expect(await titles({ ...tenant, userId: admin.userId })).toEqual([said.half]);
    expect(await titles({ ...tenant, userId: viewer.userId })).toEqual([]);
  });
});

describe("credits", () => {
  test("are told when a dollar is left and when nothing is, and again after new ones came", async () => {
    const names = async () => (await titles()).map((title) => title.replace(/of .* are/, "are"));
    await leave("1.01");
    expect((await checkMeters(null)).raised).toBe(0);
    await leave("0.9");
    await checkMeters(null);
    await leave("0");
    await checkMeters(null);
    expect(await names()).toEqual(["The credits are low: $0.90 left", "The credits are used up"]);
    await transaction((tx) =>
      grantCredits(tx, {
        organizationId: tenant.organizationId,
        amount: parseUsd("5"),
        reason: "test",
        source: newId("run"),
      }),
    );
    await checkMeters(null);
    await leave("0.5");
    await checkMeters(null);
    expect(await names()).toHaveLength(3);
  });

  test("are told at the balances that the owner chose", async () => {
    const { organizationId, userId } = tenant;
    await setBalanceAlerts({ organizationId, balances: [parseUsd("3"), parseUsd("2")], actor: { userId } });
    expect(await readBalanceAlerts(organizationId)).toEqual(["3.00", "2.00"]);
    const stranger = await makeTenant();
    await expect(
      setBalanceAlerts({ organizationId, balances: [], actor: { userId: stranger.userId } }),
    ).rejects.toMatchObject({ code: "not_found" });
    for (const balance of ["2.5", "1.5", "0.9"]) {
      await leave(balance);
      await checkMeters(null);
    }
    expect(await titles()).toHaveLength(2);
  });
});

describe("an alert", () => {
  test("reaches those whose role can change it and the key's maker, in the inbox and by mail, and nobody else", async () => {
    const admin = await addMember("admin");
    const viewer = await addMember("viewer");
    const stranger = await makeTenant();
    await use("5");
    await checkMeters(null);
    const mails = await prisma().outgoingMail.findMany({ where: { subject: HALF }, orderBy: { createdAt: "desc" } });
    const recipients = mails.map(({ recipient }) => recipient);
    expect(recipients).toContain(admin.email);
    expect(recipients).not.toContain(viewer.email);
    expect(await titles({ ...tenant, userId: admin.userId })).toEqual([HALF]);
    expect(await titles({ ...tenant, userId: viewer.userId })).toEqual([]);
    expect(await titles({ ...tenant, userId: stranger.userId })).toEqual([]);

    await leave("0.5");
    await checkMeters(null);
    const billing = await addMember("billing");
    expect(await titles({ ...tenant, userId: billing.userId })).toEqual([]);
  });

  test("is unread until its reader has read it, and only theirs is read then", async () => {
    const admin = await addMember("admin");
    await use("5");
    await checkMeters(null);
    const { unread, alerts } = await listAlerts(tenant);
    expect(unread).toBe(1);
    const upTo = new Date(alerts[0]?.createdAt ?? 0);
    await use("8");
    await checkMeters(null);
    await readAlerts(tenant, upTo);
    expect((await listAlerts(tenant)).unread).toBe(1);
    await readAlerts(tenant, new Date());
    await readAlerts(tenant, new Date());
    expect((await listAlerts(tenant)).unread).toBe(0);
    expect((await listAlerts({ ...tenant, userId: admin.userId })).unread).toBe(2);
  });
});
