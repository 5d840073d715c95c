import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseUsd } from "@/lib/core/money";
import type { Admission } from "@/lib/gateway/admission-statement";
import { drainSettlements, settled } from "@/lib/gateway/settle";
import { type Settlement, settleBatch } from "@/lib/gateway/settlement-statement";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import {
  admissionOf,
  admitOne,
  countOf,
  makeCaller,
  makeMeter,
  meterOf,
  meterRow,
  releaseOf,
  settlementOf,
} from "@/lib/testing/admissions";
import { auditMoney } from "@/lib/testing/gateway";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
/** Where settlements that the database refuses are kept. */
let folder: string;
let caller: Caller;
let credits: bigint;
let spend: bigint;

beforeAll(async () => {
  database = await useTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), "turnpike-settlements-"));
  setEnvironment({ LOG_LEVEL: "silent", DATA_DIR: folder });
  caller = await makeCaller({ credits: parseUsd("100") });
  credits = meterOf(caller, "credits");
  spend = meterOf(caller, "spend");
});
afterAll(async () => {
  await drainSettlements(5_000);
  await closeDatabase();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Holds `amount` on the key's spend and the organisation's credits. */
async function held(amount: bigint, changes: Partial<Admission> = {}): Promise<Admission> {
  const admission = admissionOf(
    caller,
    [
      { meterId: spend, amount },
      { meterId: credits, amount },
    ],
    changes,
  );
  expect((await admitOne(admission)).kind).toBe("admitted");
  return admission;
}

async function balances() {
  const [own, organization] = [await meterRow(spend), await meterRow(credits)];
  return { used: own.used, held: own.held, creditsUsed: organization.used, creditsHeld: organization.held };
}

/** What `act` changes on the caller's meters. */
async function changeOf(act: () => Promise<unknown>) {
  const before = await balances();
  await act();
  const after = await balances();
  return {
    used: after.used - before.used,
    held: after.held - before.held,
    creditsUsed: after.creditsUsed - before.creditsUsed,
    creditsHeld: after.creditsHeld - before.creditsHeld,
  };
}

async function journalOf(transactionId: string) {
  const { rows } = await pool().query<{ account: string; amount: bigint }>(
    "SELECT account, amount FROM journal_entry WHERE transaction_id = $1",
    [transactionId],
  );
  return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]));
}

async function lastTransaction(): Promise<string> {
  const { rows } = await pool().query<{ transaction_id: string }>(
    "SELECT transaction_id FROM journal_entry ORDER BY id DESC LIMIT 1",
  );
  return rows[0]?.transaction_id ?? "";
}

const CHARGED_40 = { used: 40n, held: -100n, creditsUsed: 40n, creditsHeld: -100n };

describe("a settlement", () => {
  test("gives the hold back, charges what was used, and writes one receipt", async () => {
    const admission = await held(100n);
    expect(
      await changeOf(async () => expect(await settleBatch([settlementOf(admission, 40n)])).toEqual(["done"])),
    ).toEqual(CHARGED_40);
    expect([await countOf("hold", admission.requestId), await countOf("request", admission.requestId)]).toEqual([0, 1]);
    const { rows } = await pool().query("SELECT * FROM request WHERE id = $1", [admission.requestId]);
    expect(rows).toMatchObject([
      {
        outcome: "settled",
        cost: 40n,
        charged: 40n,
        hold: 100n,
        billed_to: "credits",
        operator_loss: 0n,
        prompt_tokens: 3n,
        completion_tokens: 4n,
        created_at: new Date(admission.createdAt),
      },
    ]);
  });

  test("happens once, however often it is submitted", async () => {
    const admission = await held(100n);
    expect(
      await changeOf(async () => {
        expect(await settleBatch([settlementOf(admission, 40n)])).toEqual(["done"]);
        expect(await settleBatch([settlementOf(admission, 40n)])).toEqual(["gone"]);
        expect(await settleBatch([releaseOf(admission)])).toEqual(["gone"]);
      }),
    ).toEqual(CHARGED_40);
    expect(await countOf("request", admission.requestId)).toBe(1);
  });

  test("twice in one statement happens once, and takes nothing of other holds on the same meter", async () => {
    const [admission, other] = [await held(100n), await held(500n)];
    expect(await changeOf(() => settleBatch([settlementOf(admission, 40n), settlementOf(admission, 40n)]))).toEqual(
      CHARGED_40,
    );
    expect(await countOf("request", admission.requestId)).toBe(1);
    const mixed = await held(100n);
    await settleBatch([settlementOf(mixed, 40n), releaseOf(mixed), releaseOf(mixed, "lost")]);
    expect(await countOf("request", mixed.requestId)).toBe(1);
    expect(await auditMoney()).toEqual([]);
    await settleBatch([releaseOf(other)]);
  });

  test("at once from two processes happens once", async () => {
    // A second copy of the modules has pools of its own, as another process has.
    vi.resetModules();
    const other = await import("@/lib/gateway/settlement-statement");
    const otherDatabase = await import("@/lib/infra/db");
    expect(other.settleBatch).not.toBe(settleBatch);
    for (let round = 0; round < 15; round += 1) {
      const admissions = await Promise.all(Array.from({ length: 4 }, () => held(100n)));
      const batch = admissions.map((admission) => settlementOf(admission, 40n));
      const change = await changeOf(async () => {
        const [ours, theirs] = await Promise.all([settleBatch(batch), other.settleBatch([...batch].reverse())]);
        const done = [...ours, ...theirs].filter((result) => result === "done");
        expect(done).toHaveLength(4);
      });
      expect(change).toEqual({ used: 160n, held: -400n, creditsUsed: 160n, creditsHeld: -400n });
    }
    await otherDatabase.closeDatabase();
  });

  test("cannot cost more than was held: such a one is refused whole", async () => {
    const admission = await held(100n);
    expect(
      await changeOf(async () => {
        await expect(settleBatch([settlementOf(admission, 101n)])).rejects.toMatchObject({
          code: "23514",
          constraint: "request_cost_is_within_its_hold",
        });
      }),
    ).toEqual({ used: 0n, held: 0n, creditsUsed: 0n, creditsHeld: 0n });
    expect(await countOf("hold", admission.requestId)).toBe(1);
    await settleBatch([releaseOf(admission)]);
  });

  test("charges a meter at most what it holds there, and none that it holds nothing on", async () => {
    const stranger = await makeMeter(1_000n);
    const admission = await held(100n);
    const charges = [
      { meterId: spend, amount: 10n ** 9n },
      { meterId: stranger, amount: 500n },
      { meterId: credits, amount: 40n },
    ];
    expect(await changeOf(() => settleBatch([settlementOf(admission, 100n, { charges, charged: 40n })]))).toEqual({
      used: 100n,
      held: -100n,
      creditsUsed: 40n,
      creditsHeld: -100n,
    });
    expect(await meterRow(stranger)).toMatchObject({ used: 0n, held: 0n, total: 0n });
  });

  test("balances in the journal: credits pay revenue, and what is beyond the hold is the operator's", async () => {
    const admission = await held(100n);
    await settleBatch([settlementOf(admission, 100n, { operatorLoss: 7n })]);
    expect(await journalOf(await lastTransaction())).toEqual({
      credits: -100n,
      revenue: 100n,
      operator_loss: -7n,
      provider_costs: 7n,
    });
  });

  test("of many organisations in one statement balances for each", async () => {
    const others = await Promise.all([makeCaller(), makeCaller()]);
    const admissions = others.map((other) =>
      admissionOf(other, [
        { meterId: meterOf(other, "spend"), amount: 10n },
        { meterId: meterOf(other, "credits"), amount: 10n },
      ]),
    );
    for (const admission of admissions) await admitOne(admission);
    await settleBatch(admissions.map((admission, index) => settlementOf(admission, BigInt(3 + index))));
    const { rows } = await pool().query<{ organization_id: string; account: string; amount: bigint }>(
      "SELECT organization_id, account, amount FROM journal_entry WHERE transaction_id = $1 ORDER BY id",
      [await lastTransaction()],
    );
    for (const [index, other] of others.entries()) {
      const own = rows
        .filter((row) => row.organization_id === other.organizationId)
        .map(({ account, amount }) => [account, amount]);
      expect(Object.fromEntries(own)).toEqual({ credits: BigInt(-3 - index), revenue: BigInt(3 + index) });
    }
  });

  test("that takes no credits books nothing", async () => {
    const last = await lastTransaction();
    const admission = admissionOf(caller, [{ meterId: spend, amount: 100n }]);
    await admitOne(admission);
    expect(
      await changeOf(() => settleBatch([settlementOf(admission, 40n, { billedTo: "provider_key", charged: 0n })])),
    ).toEqual({ used: 40n, held: -100n, creditsUsed: 0n, creditsHeld: 0n });
    expect(await lastTransaction()).toBe(last);
  });

  test("adds up in the hourly rollup: it equals the receipts, hour by hour", async () => {
    const other = await makeCaller();
    const [meter, hour] = [meterOf(other, "spend"), 3_600_000];
    const base = Math.floor(Date.now() / hour) * hour;
    const admissions = [0, -1, 0, -1, 0].map((hours, index) =>
      admissionOf(other, [{ meterId: meter, amount: 100n }], { createdAt: base + hours * hour + index * 1_000 }),
    );
    for (const admission of admissions) await admitOne(admission);
    const [first, second, third, fourth, fifth] = admissions;
    if (!first || !second || !third || !fourth || !fifth) throw new Error("five were made");
    const unbilled = { billedTo: "none", charged: 0n } as const;
    await settleBatch([
      settlementOf(first, 10n, unbilled),
      settlementOf(second, 20n, unbilled),
      settlementOf(third, 30n, { ...unbilled, status: 499, model: "gpt-4o" }),
    ]);
    await settleBatch([settlementOf(fourth, 40n, unbilled), releaseOf(fifth)]);
    const { rows } = await pool().query(
      `SELECT hour, model, requests, errors, prompt_tokens, completion_tokens, cost, charged FROM usage_hour WHERE api_key_id = $1 ORDER BY hour, model, requests`,
      [other.keyId],
    );
    expect(rows).toEqual([
      {
        hour: new Date(base - hour),
        model: "gpt-4o-mini",
        requests: 2n,
        errors: 0n,
        prompt_tokens: 6n,
        completion_tokens: 8n,
        cost: 60n,
        charged: 0n,
      },
      {
        hour: new Date(base),
        model: "gpt-4o",
        requests: 1n,
        errors: 1n,
        prompt_tokens: 3n,
        completion_tokens: 4n,
        cost: 30n,
        charged: 0n,
      },
      {
        hour: new Date(base),
        model: "gpt-4o-mini",
        requests: 2n,
        errors: 1n,
        prompt_tokens: 6n,
        completion_tokens: 8n,
        cost: 10n,
        charged: 0n,
      },
    ]);
  });

  test("tells in the rollup what own provider keys served, which is part of the cost", async () => {
    const other = await makeCaller();
    const admissions = Array.from({ length: 4 }, () =>
      admissionOf(other, [{ meterId: meterOf(other, "spend"), amount: 100n }]),
    );
    for (const admission of admissions) await admitOne(admission);
    const [own, pooled, ownAgain, unpriced] = admissions;
    if (!own || !pooled || !ownAgain || !unpriced) throw new Error("four were made");
    const byOwnKey = { isByok: true, billedTo: "provider_key", charged: 0n } as const;
    await settleBatch([
      settlementOf(own, 30n, byOwnKey),
      settlementOf(pooled, 5n, { billedTo: "none", charged: 0n }),
      settlementOf(unpriced, 0n, { ...byOwnKey, cost: null }),
    ]);
    await settleBatch([settlementOf(ownAgain, 7n, byOwnKey)]);
    const { rows } = await pool().query(
      "SELECT sum(cost)::bigint AS cost, sum(byok_cost)::bigint AS byok_cost FROM usage_hour WHERE api_key_id = $1",
      [other.keyId],
    );
    expect(rows).toEqual([{ cost: 42n, byok_cost: 37n }]);
  });

  test("in a later window than its admission counts in the later one", async () => {
    const day = 86_400;
    const meter = await makeMeter(100n, { period: "interval", periodSeconds: day });
    const admission = admissionOf(caller, [
      { meterId: meter, amount: 60n },
      { meterId: spend, amount: 60n },
    ]);
    await admitOne(admission);
    await pool().query(
      "UPDATE meter SET used = 40, anchor = anchor - make_interval(secs => 129600), window_start = anchor - make_interval(secs => 129600) WHERE id = $1",
      [meter],
    );
    await settleBatch([settlementOf(admission, 25n, { billedTo: "none", charged: 0n })]);
    expect(await meterRow(meter)).toMatchObject({ used: 25n, held: 0n, total: 25n });
  });
});

describe("a release", () => {
  test("gives everything back on every meter and charges nothing", async () => {
    const meters = [await makeMeter(100n), await makeMeter(null), await makeMeter(50n, { unit: "tokens" })];
    const admission = admissionOf(
      caller,
      meters.map((meterId, index) => ({ meterId, amount: BigInt(50 - index) })),
    );
    await admitOne(admission);
    expect(await settleBatch([releaseOf(admission)])).toEqual(["done"]);
    for (const meter of meters) expect(await meterRow(meter)).toMatchObject({ used: 0n, held: 0n, total: 0n });
    const { rows } = await pool().query("SELECT outcome, cost, charged FROM request WHERE id = $1", [
      admission.requestId,
    ]);
    expect(rows).toEqual([{ outcome: "released", cost: 0n, charged: 0n }]);
  });

  test("that says it cost something is refused by the database", async () => {
    const admission = await held(100n);
    await expect(settleBatch([settlementOf(admission, 1n, { outcome: "released" })])).rejects.toMatchObject({
      constraint: "request_charges_only_what_is_settled",
    });
    await settleBatch([releaseOf(admission)]);
  });
});

test("a refused request leaves one receipt, however often it is submitted, and touches no meter", async () => {
  const admission = admissionOf(caller, [{ meterId: spend, amount: 5n }]);
  const refused = settlementOf(admission, 0n, {
    outcome: "refused",
    status: 402,
    errorCode: "insufficient_credits",
    refusal: { meter: "organization.credits", limit: "5.00", at: 7, ok: false, none: null },
    billedTo: "none",
    charges: [],
    hold: 0n,
  });
  expect(
    await changeOf(async () => {
      await Promise.all([settled(refused), settled(refused), settled({ ...refused })]);
      await settleBatch([refused]);
    }),
  ).toEqual({ used: 0n, held: 0n, creditsUsed: 0n, creditsHeld: 0n });
  const { rows } = await pool().query("SELECT outcome, status, refusal FROM request WHERE id = $1", [
    admission.requestId,
  ]);
  expect(rows).toEqual([
    {
      outcome: "refused",
      status: 402,
      refusal: { meter: "organization.credits", limit: "5.00", at: 7, ok: false, none: null },
    },
  ]);
});

test("a refusal gives back no hold, should there be one under its name", async () => {
  const admission = await held(100n);
  const refused = settlementOf(admission, 0n, { outcome: "refused", status: 402, billedTo: "none", charges: [] });
  expect(await changeOf(() => settleBatch([refused]))).toEqual({
    used: 0n,
    held: 0n,
    creditsUsed: 0n,
    creditsHeld: 0n,
  });
  expect(await countOf("hold", admission.requestId)).toBe(1);
  await pool().query("DELETE FROM hold WHERE request_id = $1", [admission.requestId]);
  await pool().query("UPDATE meter SET held = held - 100 WHERE id = ANY ($1)", [[spend, credits]]);
});

describe("a poisonous settlement", () => {
  test("costs its neighbours nothing, and itself only its words", async () => {
    const poison: Partial<Settlement>[] = [
      { errorMessage: "a\u0000b\ud83dc", requestedModel: "\u0000\udfff", finishReason: "\ud83d" },
      { refusal: { "\u0000": "\ud83d\u0000", "\\u0000": "\\ud83d" } },
      {
        attempts: [
          {
            provider: "p",
            model: "\u0000",
            providerKeyId: null,
            status: 200,
            outcome: "served",
            error: "\ud83d",
            durationMs: 1e308,
          },
        ],
      },
      { requestedModel: "x".repeat(1_000_000) },
    ];
    const admissions = await Promise.all(Array.from({ length: 40 }, () => held(100n)));
    const change = await changeOf(() =>
      Promise.all(admissions.map((admission, index) => settled(settlementOf(admission, 40n, poison[index % 10])))),
    );
    expect(change).toEqual({ used: 1_600n, held: -4_000n, creditsUsed: 1_600n, creditsHeld: -4_000n });
    for (const { requestId } of admissions)
      expect([await countOf("hold", requestId), await countOf("request", requestId)]).toEqual([0, 1]);
    const { rows } = await pool().query<{ error_message: string }>("SELECT error_message FROM request WHERE id = $1", [
      admissions[0]?.requestId,
    ]);
    expect(rows[0]?.error_message).toBe("a\ufffdb\ufffdc");
  });

  test("whose words are what the database refuses is settled without them, to the same unit", async () => {
    await pool().query(`
      CREATE FUNCTION refuse_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'words'; END $$;
      CREATE TRIGGER refuse_words BEFORE INSERT ON request FOR EACH ROW WHEN (NEW.error_message = 'poison') EXECUTE FUNCTION refuse_words()`);
    const admissions = await Promise.all(Array.from({ length: 10 }, () => held(100n)));
    const change = await changeOf(() =>
      Promise.all(
        admissions.map((admission, index) =>
          settled(settlementOf(admission, 40n, { errorMessage: index === 4 ? "poison" : "plain" })),
        ),
      ),
    );
    expect(change).toEqual({ used: 400n, held: -1_000n, creditsUsed: 400n, creditsHeld: -1_000n });
    const { rows } = await pool().query("SELECT error_message, cost FROM request WHERE id = $1", [
      admissions[4]?.requestId,
    ]);
    expect(rows).toEqual([{ error_message: null, cost: 40n }]);
    await pool().query("DROP TRIGGER refuse_words ON request; DROP FUNCTION refuse_words()");
  });

  test("that no row can hold keeps its hold for the sweep; its neighbours are settled all the same", async () => {
    const admissions = await Promise.all(Array.from({ length: 20 }, () => held(100n)));
    const impossible: Partial<Settlement>[] = [{ status: 1.5 }, { promptTokens: 1e300 }, { cost: -1n }];
    await Promise.all(admissions.map((admission, index) => settled(settlementOf(admission, 40n, impossible[index]))));
    const open = await Promise.all(admissions.map(({ requestId }) => countOf("hold", requestId)));
    expect(open).toEqual(admissions.map((_, index) => (index < impossible.length ? 1 : 0)));
    await settleBatch(admissions.slice(0, impossible.length).map((admission) => releaseOf(admission, "released")));
  });
});

test("the books agree after all of this", async () => {
  expect(await auditMoney()).toEqual([]);
});
