import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Admission, type AdmissionVerdict, admitBatch } from "@/lib/gateway/admission-statement";
import { GroupCommit } from "@/lib/gateway/group-commit";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import {
  admissionOf,
  admitOne,
  countOf,
  decideAll,
  makeCaller,
  makeMeter,
  meterOf,
  meterRow,
  readAgain,
  releaseOf,
  settlementOf,
} from "@/lib/testing/admissions";
import { makeTenant } from "@/lib/testing/builders";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let caller: Caller;

beforeAll(async () => {
  database = await useTestDatabase();
  caller = await makeCaller();
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const need = (meterId: bigint, amount: bigint) => ({ meterId, amount });
const ask = (meterId: bigint, amount: bigint, changes: Partial<Admission> = {}) =>
  admissionOf(caller, [need(meterId, amount)], changes);
const kinds = (verdicts: readonly AdmissionVerdict[]) => verdicts.map(({ kind }) => kind);
const count = (verdicts: readonly AdmissionVerdict[], kind: AdmissionVerdict["kind"]) =>
  verdicts.filter((verdict) => verdict.kind === kind).length;

/** As admit.ts submits: group commit, and once more for those that only refused neighbours stood in the way of. */
function instance() {
  const commits = new GroupCommit<Admission, AdmissionVerdict>(admitBatch);
  const decide = async (admission: Admission): Promise<AdmissionVerdict> => {
    const verdict = await commits.submit(admission);
    return verdict.kind === "crowded" ? decide(admission) : verdict;
  };
  return decide;
}

describe("a meter with room", () => {
  test("is filled to the unit and not one beyond", async () => {
    const meter = await makeMeter(100n);
    expect(kinds(await admitBatch([ask(meter, 33n), ask(meter, 33n), ask(meter, 34n)]))).toEqual([
      "admitted",
      "admitted",
      "admitted",
    ]);
    expect(await meterRow(meter)).toMatchObject({ used: 0n, held: 100n });
    expect(await admitOne(ask(meter, 1n))).toMatchObject({
      kind: "refused",
      meterId: meter,
      limit: 100n,
      used: 0n,
      held: 100n,
      amount: 1n,
      resetsAt: null,
    });
    expect(kinds([await admitOne(ask(meter, 0n))])).toEqual(["admitted"]);
  });

  test("is filled to the unit within one statement", async () => {
    const meter = await makeMeter(100n);
    expect(kinds(await admitBatch([ask(meter, 60n), ask(meter, 40n), ask(meter, 1n)]))).toEqual([
      "admitted",
      "admitted",
      "refused",
    ]);
    expect(await meterRow(meter)).toMatchObject({ held: 100n });
  });

  test("without a limit takes everything and counts it", async () => {
    const meter = await makeMeter(null);
    expect(kinds(await admitBatch([ask(meter, 10n ** 15n), ask(meter, 10n ** 15n)]))).toEqual(["admitted", "admitted"]);
    expect(await meterRow(meter)).toMatchObject({ held: 2n * 10n ** 15n });
  });

  test("whose limit was lowered below what it holds takes nothing more, and breaks nothing", async () => {
    const meter = await makeMeter(100n);
    await admitOne(ask(meter, 80n));
    await pool().query('UPDATE meter SET "limit" = 50 WHERE id = $1', [meter]);
    expect(await admitOne(ask(meter, 1n))).toMatchObject({ kind: "refused", limit: 50n, held: 80n });
  });
});

describe("500 requests at once", () => {
  test("on a meter that pays for 40 of them: exactly 40 are admitted, and the limit is used to the unit", async () => {
    const meter = await makeMeter(400n);
    const decide = instance();
    const verdicts = await Promise.all(Array.from({ length: 500 }, () => decide(ask(meter, 10n))));
    expect(count(verdicts, "admitted")).toBe(40);
    expect(count(verdicts, "refused")).toBe(460);
    expect(await meterRow(meter)).toMatchObject({ used: 0n, held: 400n });
  });

  test("of all sizes, from three instances: never past the limit, and nobody refused who fits", async () => {
    const meter = await makeMeter(10_000n);
    const instances = [instance(), instance(), instance()];
    const sizes = Array.from({ length: 500 }, (_, index) => BigInt(1 + ((index * 7_919) % 200)));
    const verdicts = await Promise.all(sizes.map((size, index) => instances[index % 3]?.(ask(meter, size))));
    const admitted = sizes.filter((_, index) => verdicts[index]?.kind === "admitted").reduce((a, b) => a + b, 0n);
    const { held } = await meterRow(meter);
    expect(held).toBe(admitted);
    expect(held <= 10_000n).toBe(true);
    for (const [index, size] of sizes.entries()) {
      const verdict = verdicts[index];
      if (verdict?.kind !== "refused") continue;
      expect(verdict.used + verdict.held + size > verdict.limit).toBe(true);
      expect(held + size > 10_000n).toBe(true);
    }
    const holds = await pool().query<{ sum: string }>(
      "SELECT sum(amounts[1]) AS sum FROM hold WHERE meter_ids = ARRAY[$1::bigint]",
      [meter],
    );
    expect(BigInt(holds.rows[0]?.sum ?? 0)).toBe(admitted);
  });

  test("beside settles, releases and each other, over the same meters in any order: no deadlock, and all is given back", async () => {
    const meters = await Promise.all(Array.from({ length: 6 }, () => makeMeter(1_000_000n)));
    const one = async (index: number) => {
      const needs = [0, 1, 2].map((step) =>
        need(meters[(index * 5 + step * (1 + (index % 2))) % 6] ?? 0n, BigInt(10 + step)),
      );
      const unique = needs.filter(
        (candidate, at) => needs.findIndex(({ meterId }) => meterId === candidate.meterId) === at,
      );
      const admission = admissionOf(caller, unique);
      const verdict = await admitOne(admission);
      expect(verdict.kind).toBe("admitted");
      expect(await settleBatch([index % 2 === 0 ? releaseOf(admission) : settlementOf(admission, 0n)])).toEqual([
        "done",
      ]);
    };
    await Promise.all(
      Array.from({ length: 8 }, async (_, lane) => {
        for (let step = 0; step < 25; step += 1) await one(lane * 25 + step);
      }),
    );
    for (const meter of meters) expect(await meterRow(meter)).toMatchObject({ used: 0n, held: 0n });
  });
});

describe("neighbours in one statement", () => {
  test("with other meters are admitted beside one that is refused", async () => {
    const [full, free] = [await makeMeter(0n), await makeMeter(100n)];
    expect(kinds(await admitBatch([ask(full, 1n), ask(free, 100n), ask(full, 1n)]))).toEqual([
      "refused",
      "admitted",
      "refused",
    ]);
    expect(await meterRow(free)).toMatchObject({ held: 100n });
    expect(await meterRow(full)).toMatchObject({ held: 0n });
  });

  test("that are small are admitted behind a big one that is refused", async () => {
    const meter = await makeMeter(100n);
    const verdicts = await decideAll([
      ask(meter, 1_000n),
      ask(meter, 60n),
      ask(meter, 2_000n),
      ask(meter, 40n),
      ask(meter, 1n),
    ]);
    expect(kinds(verdicts)).toEqual(["refused", "admitted", "refused", "admitted", "refused"]);
    expect(await meterRow(meter)).toMatchObject({ held: 100n });
  });

  test("never pay for one that is refused for another meter: what it would have held is free", async () => {
    const [shared, full] = [await makeMeter(100n), await makeMeter(0n)];
    const refused = admissionOf(caller, [need(shared, 100n), need(full, 1n)]);
    const other = ask(shared, 100n);
    expect(kinds(await decideAll([refused, other]))).toEqual(["refused", "admitted"]);
    expect([await countOf("hold", refused.requestId), await countOf("hold", other.requestId)]).toEqual([0, 1]);
  });

  test("are not harmed by a submission that the database cannot take", async () => {
    const meter = await makeMeter(100n);
    const decide = instance();
    const poison = [
      ask(meter, 10n ** 30n),
      ask(meter, 1n, { createdAt: Number.NaN }),
      ask(meter, 1n, { model: "a\u0000b" }),
    ];
    const good = Array.from({ length: 50 }, () => ask(meter, 2n));
    const outcomes = await Promise.allSettled([...good.slice(0, 20), ...poison, ...good.slice(20)].map(decide));
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(3);
    expect(
      outcomes.filter((outcome) => outcome.status === "fulfilled" && outcome.value.kind === "admitted"),
    ).toHaveLength(50);
    expect(await meterRow(meter)).toMatchObject({ held: 100n });
  });

  test("name models of any text, and each hold keeps its own", async () => {
    const text = fc
      .string({ unit: "grapheme", maxLength: 30 })
      .filter((value) => value.isWellFormed() && !value.includes("\u0000"));
    const tricky = fc.constantFrom(
      '"',
      "\\",
      '\\"',
      "{}",
      "{a,b}",
      "NULL",
      "",
      " ",
      "a,b",
      "'; DROP TABLE hold; --",
      "\n",
      "\t\\",
    );
    const meter = await makeMeter(null);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(text, tricky), { minLength: 1, maxLength: 20 }), async (models) => {
        const admissions = models.map((model) => ask(meter, 1n, { model }));
        expect(count(await admitBatch(admissions), "admitted")).toBe(models.length);
        const rows = await pool().query<{ request_id: string; model: string }>(
          "SELECT request_id, model FROM hold WHERE request_id = ANY ($1)",
          [admissions.map(({ requestId }) => requestId)],
        );
        expect(new Map(rows.rows.map((row) => [row.request_id, row.model]))).toEqual(
          new Map(admissions.map(({ requestId, model }) => [requestId, model])),
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe("a key that is not what it was", () => {
  test("in version, status or existence holds nothing", async () => {
    const tenant = await makeTenant();
    const known = await readAgain(tenant.secret);
    const meter = await makeMeter(100n);
    const of = (changes: Partial<Admission> = {}) => admissionOf(known, [need(meter, 1n)], changes);
    expect((await admitOne(of())).kind).toBe("admitted");
    expect((await admitOne(of({ keyVersion: known.version - 1n }))).kind).toBe("stale");
    expect((await admitOne(of({ keyVersion: known.version + 1n }))).kind).toBe("stale");
    expect((await admitOne(of({ keyId: "key_0000000000000000000000" }))).kind).toBe("stale");
    const actor = { userId: tenant.userId };
    await setKeyStatus({ organizationId: tenant.organizationId, keyId: tenant.keyId, status: "inactive", actor });
    const disabled = await readAgain(tenant.secret);
    expect(kinds([await admitOne(of()), await admitOne(of({ keyVersion: disabled.version }))])).toEqual([
      "stale",
      "stale",
    ]);
    await setKeyStatus({ organizationId: tenant.organizationId, keyId: tenant.keyId, status: "active", actor });
    const enabled = await readAgain(tenant.secret);
    expect(kinds([await admitOne(of()), await admitOne(of({ keyVersion: enabled.version }))])).toEqual([
      "stale",
      "admitted",
    ]);
    expect(await meterRow(meter)).toMatchObject({ held: 2n });
  });

  test("draws on a meter that is not there: it is read again", async () => {
    const meter = await makeMeter(100n);
    expect((await admitOne(admissionOf(caller, [need(meter, 1n), need(9_999_999n, 1n)]))).kind).toBe("stale");
    expect(await meterRow(meter)).toMatchObject({ held: 0n });
  });

  test("past its time is refused by the database's clock, whatever ours says", async () => {
    const meter = await makeMeter(100n);
    const { rows } = await pool().query<{ now: string }>("SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now");
    const now = Number(rows[0]?.now);
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2001-01-01T00:00:00Z") });
    expect((await admitOne(ask(meter, 1n, { validUntil: Math.floor(now) - 1, createdAt: now }))).kind).toBe("expired");
    vi.setSystemTime(new Date("2099-01-01T00:00:00Z"));
    expect((await admitOne(ask(meter, 1n, { validUntil: Math.floor(now) + 60_000, createdAt: now }))).kind).toBe(
      "admitted",
    );
    expect(await meterRow(meter)).toMatchObject({ held: 1n });
  });

  test("does not stand in the way of its neighbours", async () => {
    const meter = await makeMeter(10n);
    const verdicts = await admitBatch([
      ask(meter, 10n, { keyVersion: 0n }),
      ask(meter, 10n, { validUntil: 1 }),
      ask(meter, 10n),
    ]);
    expect(kinds(verdicts)).toEqual(["stale", "expired", "admitted"]);
  });
});

describe("a meter that starts again", () => {
  const DAY = 86_400;

  test("begins at nothing once, whoever comes first; what is held is still held", async () => {
    const anchor = new Date(Date.now() - 1.5 * DAY * 1000);
    const meter = await makeMeter(100n, { period: "interval", periodSeconds: DAY });
    await pool().query("UPDATE meter SET anchor = $2, window_start = $2, used = 70, held = 30 WHERE id = $1", [
      meter,
      anchor,
    ]);
    const instances = [instance(), instance(), instance()];
    const verdicts = await Promise.all(
      Array.from({ length: 100 }, (_, index) => instances[index % 3]?.(ask(meter, 10n))),
    );
    expect(verdicts.filter((verdict) => verdict?.kind === "admitted")).toHaveLength(7);
    expect(await meterRow(meter)).toMatchObject({
      used: 0n,
      held: 100n,
      window_start: new Date(anchor.getTime() + DAY * 1000),
    });
    expect(await admitOne(ask(meter, 1n))).toMatchObject({
      kind: "refused",
      used: 0n,
      held: 100n,
      resetsAt: anchor.getTime() + 2 * DAY * 1000,
    });
  });

  test("by day does so at midnight UTC", async () => {
    const meter = await makeMeter(100n, { period: "daily" });
    await pool().query("UPDATE meter SET window_start = window_start - interval '2 days', used = 100 WHERE id = $1", [
      meter,
    ]);
    expect((await admitOne(ask(meter, 100n))).kind).toBe("admitted");
    const { window_start } = await meterRow(meter);
    expect(window_start.getTime() % (DAY * 1000)).toBe(0);
    expect(Date.now() - window_start.getTime()).toBeLessThan(DAY * 1000 + 60_000);
  });

  test("is never set back: a clock that goes backwards gives nobody a second window", async () => {
    const meter = await makeMeter(100n, { period: "daily" });
    await pool().query("UPDATE meter SET window_start = window_start + interval '1 day', used = 100 WHERE id = $1", [
      meter,
    ]);
    const before = await meterRow(meter);
    expect((await admitOne(ask(meter, 1n))).kind).toBe("refused");
    expect((await meterRow(meter)).window_start).toEqual(before.window_start);
  });
});

describe("a rate", () => {
  const PERIOD = { kind: "rate", period: "interval", periodSeconds: 86_400 } as const;

  test("of requests counts at admission, exactly, and gives nothing back", async () => {
    const meter = await makeMeter(5n, { ...PERIOD, unit: "requests" });
    const admissions = Array.from({ length: 8 }, () => admissionOf(caller, [{ ...need(meter, 1n), counted: true }]));
    const verdicts = await admitBatch(admissions);
    expect(count(verdicts, "admitted")).toBe(5);
    expect(verdicts.flatMap((verdict) => (verdict.kind === "admitted" ? [verdict.requestsLeft] : []))).toEqual([
      4, 3, 2, 1, 0,
    ]);
    expect(verdicts.at(-1)).toMatchObject({ kind: "refused", used: 5n, held: 0n, limit: 5n });
    expect(await meterRow(meter)).toMatchObject({ used: 5n, held: 0n, total: 5n });
    const [first] = admissions;
    if (first) expect(await settleBatch([releaseOf(first)])).toEqual(["done"]);
    expect(await meterRow(meter)).toMatchObject({ used: 5n, held: 0n });
  });

  test("says what is left after each, where all of a batch have room", async () => {
    const requests = await makeMeter(5n, { ...PERIOD, unit: "requests" });
    const tokens = await makeMeter(1_000n, { ...PERIOD, unit: "tokens" });
    const both = () => admissionOf(caller, [{ ...need(requests, 1n), counted: true }, need(tokens, 300n)]);
    expect(await admitBatch([both(), both(), both()])).toEqual([
      { kind: "admitted", requestsLeft: 4, tokensLeft: 700 },
      { kind: "admitted", requestsLeft: 3, tokensLeft: 400 },
      { kind: "admitted", requestsLeft: 2, tokensLeft: 100 },
    ]);
    expect(await meterRow(requests)).toMatchObject({ used: 3n, held: 0n });
    expect(await meterRow(tokens)).toMatchObject({ used: 0n, held: 900n });
  });

  test("is what its row says, also where the caller is mistaken about it", async () => {
    const meter = await makeMeter(5n, { ...PERIOD, unit: "requests" });
    expect(kinds(await admitBatch([ask(meter, 1n), ask(meter, 1n)]))).toEqual(["admitted", "admitted"]);
    expect(await meterRow(meter)).toMatchObject({ used: 2n, held: 0n });
  });

  test("of tokens holds the most there can be, and settles to what there was", async () => {
    const meter = await makeMeter(1_000n, { ...PERIOD, unit: "tokens" });
    const admission = ask(meter, 800n);
    expect(await admitOne(admission)).toMatchObject({ kind: "admitted", tokensLeft: 200 });
    expect((await admitOne(ask(meter, 300n))).kind).toBe("refused");
    await settleBatch([settlementOf(admission, 0n, { charges: [{ meterId: meter, amount: 50n }] })]);
    expect(await meterRow(meter)).toMatchObject({ used: 50n, held: 0n });
    expect(await admitOne(ask(meter, 300n))).toMatchObject({ kind: "admitted", tokensLeft: 650 });
  });
});

test("of several meters without room the first one in the order of the needs refuses", async () => {
  const [first, second] = [await makeMeter(5n), await makeMeter(3n)];
  expect(await admitOne(admissionOf(caller, [need(second, 4n), need(first, 6n)]))).toMatchObject({ meterId: second });
  expect(await admitOne(admissionOf(caller, [need(first, 6n), need(second, 4n)]))).toMatchObject({ meterId: first });
  expect(await admitOne(admissionOf(caller, [need(first, 5n), need(second, 4n)]))).toMatchObject({ meterId: second });
});

test("a hold keeps what its receipt will need", async () => {
  const [credits, spend] = [meterOf(caller, "credits"), meterOf(caller, "spend")];
  const admission = admissionOf(caller, [need(spend, 20n), need(credits, 10n)], { model: "m", holdSeconds: 60 });
  expect((await admitOne(admission)).kind).toBe("admitted");
  const { rows } = await pool().query(
    "SELECT *, deadline - clock_timestamp() BETWEEN interval '55 seconds' AND interval '60 seconds' AS timely FROM hold WHERE request_id = $1",
    [admission.requestId],
  );
  expect(rows).toMatchObject([
    {
      organization_id: caller.organizationId,
      project_id: caller.projectId,
      api_key_id: caller.keyId,
      environment: "live",
      endpoint: "chat/completions",
      model: "m",
      amount: 20n,
      amounts: ["20", "10"],
      instance: "ins_test",
      timely: true,
      created_at: new Date(admission.createdAt),
    },
  ]);
  await settleBatch([releaseOf(admission)]);
});

describe("whatever code does", () => {
  test.each([
    ["overspend a meter", "UPDATE meter SET held = held + 1 WHERE id = $1", "meter_is_not_overspent"],
    ["hold less than nothing", "UPDATE meter SET held = -1 WHERE id = $1", "meter_amounts_are_not_negative"],
    ["use less than nothing", "UPDATE meter SET used = -1 WHERE id = $1", "meter_amounts_are_not_negative"],
    [
      "take a limited meter's ceiling away",
      "UPDATE meter SET ceiling = NULL WHERE id = $1",
      "meter_has_a_ceiling_when_limited",
    ],
    [
      "make an interval without a length",
      "UPDATE meter SET period = 'interval' WHERE id = $1",
      "meter_interval_has_a_length",
    ],
  ])("the database lets nobody %s", async (_, statement, constraint) => {
    const meter = await makeMeter(100n);
    await admitOne(ask(meter, 100n));
    await expect(pool().query(statement, [meter])).rejects.toMatchObject({ code: "23514", constraint });
    expect(await meterRow(meter)).toMatchObject({ held: 100n, used: 0n, limit: 100n });
  });
});
