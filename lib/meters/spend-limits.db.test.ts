import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { formatUsd, parseUsd, usd } from "@/lib/core/money";
import type { Admission } from "@/lib/gateway/admission-statement";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { insertMembership } from "@/lib/identity/store";
import { closeDatabase, pool, prisma, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { readFindings } from "@/lib/ledger/books-store";
import { setSpendLimits } from "@/lib/meters/set-spend-limits";
import { readSpendLimits } from "@/lib/meters/spend-limits";
import { updateProject } from "@/lib/projects/update-project";
import { admissionOf, admitOne, meterRow, readAgain, releaseOf, settlementOf } from "@/lib/testing/admissions";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  expect(await readFindings()).toEqual([]);
  await closeDatabase();
  await database.drop();
});

const DOLLAR = parseUsd("1");

function limit(tenant: Tenant, daily: bigint | null, monthly: bigint | null, memberId: string | null = null) {
  return setSpendLimits({
    organizationId: tenant.organizationId,
    memberId,
    daily: daily === null ? null : usd(daily),
    monthly: monthly === null ? null : usd(monthly),
    actor: { userId: tenant.userId },
  });
}

const memberOf = async (tenant: Tenant) =>
  (await prisma().membership.findFirstOrThrow({ where: { organizationId: tenant.organizationId } })).id;

const spendMeters = (caller: Caller) => caller.meters.filter(({ kind }) => kind === "spend");

/** A request of `amount` against every meter of the caller, as the pipeline would admit it. */
const asking = (caller: Caller, amount: bigint) =>
  admissionOf(
    caller,
    caller.meters.map(({ id }) => ({ meterId: id, amount })),
  );

async function spend(caller: Caller, amount: bigint): Promise<string> {
  const admission = asking(caller, amount);
  const verdict = await admitOne(admission);
  if (verdict.kind !== "admitted") return verdict.kind;
  await settleBatch([settlementOf(admission, amount)]);
  return "admitted";
}

describe("a spend limit of an organisation", () => {
  test("is drawn on only while there is one: without, a request knows no meter for it", async () => {
    const tenant = await makeTenant();
    const before = spendMeters(await readAgain(tenant.secret)).length;
    await limit(tenant, DOLLAR, null);
    expect(spendMeters(await readAgain(tenant.secret))).toHaveLength(before + 1);
    await limit(tenant, null, null);
    expect(spendMeters(await readAgain(tenant.secret))).toHaveLength(before);
  });

  test("by day and by month stand side by side, over all keys and projects, and each refuses by itself", async () => {
    const tenant = await makeTenant({ credits: parseUsd("100") });
    const other = await addKey(tenant);
    await limit(tenant, DOLLAR, 3n * DOLLAR);
    const [one, two] = [await readAgain(tenant.secret), await readAgain(other.secret)];
    expect(await spend(one, (DOLLAR * 6n) / 10n)).toBe("admitted");
    expect(await spend(two, (DOLLAR * 6n) / 10n)).toBe("refused");
    expect(await spend(two, (DOLLAR * 4n) / 10n)).toBe("admitted");
    // A new day: the day's meter starts again, the month's does not.
    const age = () =>
      pool().query(
        "UPDATE meter SET window_start = window_start - interval '1 day' WHERE subject_id = $1 AND period = 'daily'",
        [tenant.organizationId],
      );
    for (let day = 0; day < 2; day += 1) {
      await age();
      expect(await spend(one, DOLLAR)).toBe("admitted");
    }
    await age();
    const verdict = await admitOne(asking(two, 1n));
    const monthly = two.meters.find(({ subject, period }) => subject === "organization" && period === "monthly");
    expect(verdict).toMatchObject({ kind: "refused", meterId: monthly?.id });
    const [view] = await readSpendLimits({ id: tenant.organizationId, name: "x" });
    expect(view?.limits).toMatchObject({ daily: { used: "0.00", limit: "1.00" }, monthly: { used: "3.00" } });
  });

  test("counts what was spent in its window before it was set, also while it was off", async () => {
    const tenant = await makeTenant({ credits: parseUsd("100") });
    await spend(await readAgain(tenant.secret), DOLLAR);
    await limit(tenant, 3n * DOLLAR, null);
    await spend(await readAgain(tenant.secret), DOLLAR);
    await limit(tenant, null, null);
    await spend(await readAgain(tenant.secret), DOLLAR / 2n);
    await limit(tenant, 3n * DOLLAR, null);
    const caller = await readAgain(tenant.secret);
    expect(await spend(caller, DOLLAR)).toBe("refused");
    expect(await spend(caller, DOLLAR / 2n)).toBe("admitted");
  });

  test("that is lowered below what is held takes nothing back, and refuses what comes next", async () => {
    const tenant = await makeTenant({ credits: parseUsd("100") });
    await limit(tenant, 3n * DOLLAR, null);
    const caller = await readAgain(tenant.secret);
    const running = asking(caller, 2n * DOLLAR);
    await admitOne(running);
    await limit(tenant, DOLLAR, null);
    const again = await readAgain(tenant.secret);
    expect((await admitOne(asking(again, 1n))).kind).toBe("refused");
    await settleBatch([settlementOf(running, 2n * DOLLAR)]);
    const meter = again.meters.find(({ subject, period }) => subject === "organization" && period === "daily");
    expect(await meterRow(meter?.id ?? 0n)).toMatchObject({ used: 2n * DOLLAR, held: 0n, limit: DOLLAR });
  });

  test("is obeyed by a request whose key was read before it was set", async () => {
    const tenant = await makeTenant();
    const early = await readAgain(tenant.secret);
    await limit(tenant, 1n, null);
    expect((await admitOne(asking(early, DOLLAR))).kind).toBe("stale");
  });

  test("is never overspent by requests at once, whoever sets it meanwhile", async () => {
    const tenant = await makeTenant({ credits: parseUsd("100") });
    await limit(tenant, 10n, 13n);
    const spendOnce = async (): Promise<string> => {
      const outcome = await spend(await readAgain(tenant.secret), 3n);
      return outcome === "stale" ? spendOnce() : outcome;
    };
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        index % 10 === 5 ? limit(tenant, 10n + BigInt(index), 13n) : spendOnce(),
      ),
    );
    const admitted = outcomes.filter((outcome) => outcome === "admitted").length;
    expect(admitted).toBeGreaterThan(0);
    expect(admitted).toBeLessThanOrEqual(4);
    const [view] = await readSpendLimits({ id: tenant.organizationId, name: "x" });
    const used = formatUsd(3n * BigInt(admitted));
    expect(view?.limits).toMatchObject({ daily: { used, held: "0.00" }, monthly: { used, held: "0.00" } });
  });
});

describe("a spend limit of a member", () => {
  test("covers the keys that they made, in any project, and nobody else's", async () => {
    const tenant = await makeTenant({ credits: parseUsd("100") });
    const colleague = await makeTenant();
    const { organizationId, projectId } = tenant;
    await transaction((tx) => insertMembership(tx, { organizationId, userId: colleague.userId, role: "admin" }));
    const theirs = await addKey({ organizationId, projectId, userId: colleague.userId });
    await limit(tenant, DOLLAR, null, await memberOf(tenant));
    expect(await spend(await readAgain(tenant.secret), 2n * DOLLAR)).toBe("refused");
    expect(await spend(await readAgain(theirs.secret), 2n * DOLLAR)).toBe("admitted");
    expect(await spend(await readAgain(tenant.secret), DOLLAR)).toBe("admitted");
  });

  test("counts what their keys spent before", async () => {
    const tenant = await makeTenant({ credits: parseUsd("100") });
    await spend(await readAgain(tenant.secret), DOLLAR);
    await limit(tenant, null, 2n * DOLLAR, await memberOf(tenant));
    const caller = await readAgain(tenant.secret);
    expect(await spend(caller, DOLLAR + 1n)).toBe("refused");
    expect(await spend(caller, DOLLAR)).toBe("admitted");
  });

  test("of another organisation is not there", async () => {
    const [tenant, stranger] = [await makeTenant(), await makeTenant()];
    const theirs = await memberOf(stranger);
    await expect(limit(tenant, DOLLAR, null, theirs)).rejects.toMatchObject({ code: "not_found" });
    await expect(limit(tenant, DOLLAR, null, newId("mem"))).rejects.toBeInstanceOf(GatewayError);
  });
});

describe("requests that run while a spend limit is set", () => {
  const subjects = ["organization", "member", "project"] as const;
  type Subject = (typeof subjects)[number];

  /** Sets a daily limit on one of those that a key's requests can have one of. */
  async function limitDaily(tenant: Tenant, subject: Subject, amount: bigint | null): Promise<void> {
    if (subject !== "project")
      return limit(tenant, amount, null, subject === "member" ? await memberOf(tenant) : undefined);
    await updateProject({
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      usageLimit: amount === null ? null : usd(amount),
      usageLimitReset: "daily",
      actor: { userId: tenant.userId },
    });
  }

  async function limitedMeter(tenant: Tenant, subject: Subject) {
    const { meters } = await readAgain(tenant.secret);
    const meter = meters.find((one) => one.subject === subject && one.kind === "spend" && one.period === "daily");
    return meterRow(meter?.id ?? 0n);
  }

  async function running(secret: string, amount: bigint): Promise<Admission> {
    const admission = asking(await readAgain(secret), amount);
    expect((await admitOne(admission)).kind).toBe("admitted");
    return admission;
  }

  test.each(subjects)("are held by it and charged to it: %s", async (subject) => {
    const tenant = await makeTenant({ credits: parseUsd("100") });
    await spend(await readAgain(tenant.secret), DOLLAR);
    const [first, second, lost] = [
      await running(tenant.secret, 2n * DOLLAR),
      await running(tenant.secret, 2n * DOLLAR),
      await running(tenant.secret, 2n * DOLLAR),
    ];
    await limitDaily(tenant, subject, 8n * DOLLAR);
    expect(await limitedMeter(tenant, subject)).toMatchObject({ used: DOLLAR, held: 6n * DOLLAR });
    expect(await spend(await readAgain(tenant.secret), DOLLAR + 1n)).toBe("refused");
    // As its process would: it knows no charge for a meter that was not there when the request was admitted.
    await settleBatch([settlementOf(first, DOLLAR), releaseOf(second)]);
    expect(await limitedMeter(tenant, subject)).toMatchObject({ used: 2n * DOLLAR, held: 2n * DOLLAR });
    await settleBatch([releaseOf(lost, "released")]);
    expect(await limitedMeter(tenant, subject)).toMatchObject({ used: 2n * DOLLAR, held: 0n });
  });

  test.each(subjects)("are held once, however often it is set and taken away: %s", async (subject) => {
    const tenant = await makeTenant({ credits: parseUsd("100") });
    const before = await running(tenant.secret, DOLLAR);
    await limitDaily(tenant, subject, 9n * DOLLAR);
    const during = await running(tenant.secret, DOLLAR);
    await limitDaily(tenant, subject, null);
    const without = await running(tenant.secret, DOLLAR);
    await limitDaily(tenant, subject, 5n * DOLLAR);
    await limitDaily(tenant, subject, DOLLAR);
    expect(await limitedMeter(tenant, subject)).toMatchObject({ used: 0n, held: 3n * DOLLAR, limit: DOLLAR });
    await settleBatch([before, during, without].map((admission) => settlementOf(admission, DOLLAR)));
    expect(await limitedMeter(tenant, subject)).toMatchObject({ used: 3n * DOLLAR, held: 0n });
  });

  test("of others are not", async () => {
    const [tenant, stranger] = [await makeTenant({ credits: DOLLAR }), await makeTenant({ credits: DOLLAR })];
    const theirs = await running(stranger.secret, DOLLAR);
    for (const subject of subjects) await limitDaily(tenant, subject, DOLLAR);
    for (const subject of subjects) expect(await limitedMeter(tenant, subject)).toMatchObject({ used: 0n, held: 0n });
    await settleBatch([settlementOf(theirs, DOLLAR)]);
  });

  test("never get lost between its windows and their settles, whatever settles at the same moment", async () => {
    const tenant = await makeTenant({ credits: parseUsd("100") });
    const admissions: Admission[] = [];
    for (let count = 0; count < 40; count += 1) admissions.push(await running(tenant.secret, 2n * DOLLAR));
    await Promise.all([
      ...Array.from({ length: 8 }, (_, index) =>
        settleBatch(admissions.slice(index * 5, index * 5 + 5).map((admission) => settlementOf(admission, DOLLAR))),
      ),
      ...subjects.map((subject) => limitDaily(tenant, subject, 200n * DOLLAR)),
    ]);
    for (const subject of subjects)
      expect(await limitedMeter(tenant, subject)).toMatchObject({ used: 40n * DOLLAR, held: 0n });
  });

  test("are charged to it also by a settle that began before it was made", async () => {
    const [first, tenant] = [await makeTenant({ credits: DOLLAR }), await makeTenant({ credits: DOLLAR })];
    const [blocked, run] = [await running(first.secret, DOLLAR), await running(tenant.secret, DOLLAR)];
    const other = await pool().connect();
    try {
      await other.query("BEGIN");
      await other.query("SELECT 1 FROM hold WHERE request_id = $1 FOR UPDATE", [blocked.requestId]);
      const settling = settleBatch([settlementOf(blocked, DOLLAR), settlementOf(run, DOLLAR)]);
      await expect
        .poll(async () => {
          const { rows } = await pool().query("SELECT 1 FROM pg_locks WHERE NOT granted");
          return rows.length;
        })
        .toBeGreaterThan(0);
      await limitDaily(tenant, "organization", 2n * DOLLAR);
      expect(await limitedMeter(tenant, "organization")).toMatchObject({ used: 0n, held: DOLLAR });
      await other.query("COMMIT");
      expect(await settling).toEqual(["done", "done"]);
    } finally {
      other.release();
    }
    expect(await limitedMeter(tenant, "organization")).toMatchObject({ used: DOLLAR, held: 0n });
  });
});

test("spend limits are set by those who may manage billing, and each change is on the trail", async () => {
  const tenant = await makeTenant();
  const colleague = await makeTenant();
  const { organizationId } = tenant;
  await transaction((tx) => insertMembership(tx, { organizationId, userId: colleague.userId, role: "developer" }));
  await expect(limit({ ...tenant, userId: colleague.userId }, DOLLAR, null)).rejects.toMatchObject({
    code: "forbidden",
  });
  await limit(tenant, DOLLAR, null);
  await limit(tenant, null, 2n * DOLLAR);
  const rows = await prisma().auditEvent.findMany({
    where: { organizationId, action: "organization.set_limits" },
    orderBy: { id: "asc" },
  });
  expect(rows.map(({ before, after }) => [before, after])).toEqual([
    [
      { daily_limit: null, monthly_limit: null },
      { daily_limit: "1.00", monthly_limit: null },
    ],
    [
      { daily_limit: "1.00", monthly_limit: null },
      { daily_limit: null, monthly_limit: "2.00" },
    ],
  ]);
});

test("the database lets nobody but an organisation or a member have two meters of a kind", async () => {
  const { keyId } = await makeTenant();
  await expect(
    pool().query(
      `INSERT INTO meter (organization_id, subject, subject_id, kind, unit, period)
       SELECT organization_id, subject, subject_id, kind, unit, 'daily' FROM meter WHERE subject_id = $1 AND kind = 'spend'`,
      [keyId],
    ),
  ).rejects.toMatchObject({ constraint: "meter_one_of_a_kind" });
});
