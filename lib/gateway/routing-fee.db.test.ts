import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import type { Usage } from "@/lib/catalog/price";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { parseUsd } from "@/lib/core/money";
import { admit, type Hold } from "@/lib/gateway/admit";
import { meter } from "@/lib/gateway/meter";
import { plan } from "@/lib/gateway/plan";
import { settledReceipt } from "@/lib/gateway/receipt";
import { drainSettlements, settled } from "@/lib/gateway/settle";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { checkBooks } from "@/lib/ledger/check-books";
import { makeCaller, meterOf, meterRow } from "@/lib/testing/admissions";
import { auditMoney, receiptOf } from "@/lib/testing/gateway";
import { modelRequest } from "@/lib/testing/model-request";
import { useTestDatabase } from "@/lib/testing/test-database";

/** One and a quarter of a hundred. */
const FEE_BPS = 125n;
const LIST = 1_000n * 150n + 1_000n * 600n;
const feeOf = (cost: bigint) => (cost * FEE_BPS + 9_999n) / 10_000n;

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent", BYOK_FEE_BPS: String(FEE_BPS) });
});
afterAll(async () => {
  await drainSettlements(5_000);
  setEnvironment({ BYOK_FEE_BPS: undefined });
  await closeDatabase();
  await database.drop();
});

/** A caller with a key of its own for OpenAI. */
async function owner(options: Parameters<typeof makeCaller>[0] = {}): Promise<Caller> {
  return {
    ...(await makeCaller({ mode: "api_keys", credits: parseUsd("1"), ...options })),
    providerKeys: [{ id: "pvk_1", provider: "openai", sealed: "", baseUrl: null, models: [], priority: 100 }],
  };
}

const REQUEST = modelRequest({ mostPromptTokens: 984, maxTokens: 1_000 });

function hold(caller: Caller, facts = { id: newId("gen"), createdAt: Date.now(), endpoint: "chat/completions" }) {
  const planned = plan(caller, findModel("gpt-4o-mini"), REQUEST, () => ({ keys: [] }));
  return admit(caller, planned, facts);
}

async function settle(caller: Caller, held: Hold, usage: Usage): Promise<void> {
  const [attempt] = held.plan.attempts;
  await settled(
    settledReceipt(
      {
        id: held.requestId,
        createdAt: Date.now(),
        startedAt: performance.now(),
        endpoint: "chat/completions",
        clientRequestId: null,
        clientAddress: null,
      },
      caller,
      REQUEST,
      held,
      {
        attempt,
        attempts: [],
        metered: meter(usage, attempt, held),
        finishReason: "stop",
        status: 200,
        error: null,
        cancelled: false,
        firstTokenAt: null,
      },
    ),
  );
}

const used = (promptTokens: number, completionTokens: number): Usage => ({
  promptTokens,
  completionTokens,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  estimated: false,
});

async function spendAll(caller: Caller, but: bigint): Promise<void> {
  // Through the journal, so that the books go on agreeing.
  const credits = await meterRow(meterOf(caller, "credits"));
  await prisma().meter.update({
    where: { id: meterOf(caller, "credits") },
    data: { limit: credits.used + but, ceiling: credits.used + but },
  });
  const taken = (credits.limit ?? 0n) - credits.used - but;
  const row = { transactionId: newId("txn"), source: newId("txn"), organizationId: caller.organizationId };
  await prisma().journalEntry.createMany({
    data: [
      { ...row, account: "credits", amount: -taken },
      { ...row, account: "adjustments", amount: taken },
    ],
  });
}

describe("the routing fee", () => {
  test("is held of the bound, settled of the cost, booked as a fee, and the books agree", async () => {
    const caller = await owner();
    const held = await hold(caller);
    const before = await meterRow(meterOf(caller, "credits"));
    expect([held.amount, held.creditsAmount, before.held]).toEqual([LIST, feeOf(LIST), feeOf(LIST)]);
    expect((await meterRow(meterOf(caller, "spend"))).held).toBe(LIST);
    await settle(caller, held, used(100, 33));
    const cost = 100n * 150n + 33n * 600n;
    expect(await receiptOf(held.requestId)).toMatchObject({
      is_byok: true,
      billed_to: "provider_key",
      cost,
      charged: feeOf(cost),
      operator_loss: 0n,
    });
    const credits = await meterRow(meterOf(caller, "credits"));
    expect([credits.held, credits.used]).toEqual([0n, feeOf(cost)]);
    expect((await meterRow(meterOf(caller, "spend"))).used).toBe(cost);
    const entries = await prisma().journalEntry.findMany({
      where: { organizationId: caller.organizationId, source: { startsWith: "settle:" } },
      orderBy: { account: "asc" },
    });
    expect(entries.map(({ account, amount }) => [account, amount])).toEqual([
      ["credits", -feeOf(cost)],
      ["fees", feeOf(cost)],
    ]);
    expect(await auditMoney()).toEqual([]);
  });

  test("stops at what was held for it, and what it falls short of is nobody's loss", async () => {
    const caller = await owner();
    const held = await hold(caller);
    await settle(caller, held, used(50_000, 50_000));
    expect(await receiptOf(held.requestId)).toMatchObject({ cost: LIST, charged: feeOf(LIST), operator_loss: 0n });
    expect(await auditMoney()).toEqual([]);
  });

  test("is refused with 402 where credits do not reach, and says what it is", async () => {
    for (const mode of ["api_keys", "hybrid"] as const) {
      const caller = await owner({ mode });
      await spendAll(caller, 0n);
      const refusal = await hold(caller).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(GatewayError);
      expect(refusal).toMatchObject({
        code: "insufficient_credits",
        status: 402,
        message: "Organization has insufficient credits for the fee of requests that its own provider keys serve",
        metadata: { meter: "organization.credits", needed: "0.000009375", limit: "0.00" },
      });
    }
    expect(await auditMoney()).toEqual([]);
  });

  describe("where the pool stands in for the own key", () => {
    const both = (caller: Caller, request = REQUEST) =>
      admit(
        caller,
        plan(caller, findModel("gpt-4o-mini"), request, () => ({ keys: ["sk-pool"] })),
        { id: newId("gen"), createdAt: Date.now(), endpoint: "chat/completions" },
      );
    const kinds = ({ plan: { attempts } }: Hold) => attempts.map(({ credential }) => credential.kind);

    test("is within what is held for the pool, and what is charged is the fee where the own key served", async () => {
      const caller = await owner({ mode: "hybrid" });
      const held = await both(caller);
      expect([kinds(held), held.creditsAmount]).toEqual([["own", "pool"], LIST]);
      await settle(caller, held, used(100, 33));
      expect(await receiptOf(held.requestId)).toMatchObject({ charged: feeOf(100n * 150n + 33n * 600n) });
      expect((await meterRow(meterOf(caller, "credits"))).held).toBe(0n);
    });

    test("is all that is held where credits do not reach for the pool, also the next time", async () => {
      const caller = await owner({ mode: "hybrid" });
      await spendAll(caller, LIST - 1n);
      for (const request of [REQUEST, { ...REQUEST, maxTokens: null }, REQUEST]) {
        const held = await both(caller, request);
        expect([kinds(held), held.plan.clampedMaxTokens]).toEqual([["own"], null]);
        expect(held.creditsAmount).toBe(feeOf(held.amount));
        expect((await meterRow(meterOf(caller, "credits"))).held).toBe(feeOf(held.amount));
        await settle(caller, held, used(0, 0));
      }
    });

    test("is refused as what it is where credits do not even reach for it", async () => {
      const caller = await owner({ mode: "hybrid" });
      await spendAll(caller, 0n);
      for (let times = 0; times < 2; times += 1)
        await expect(both(caller)).rejects.toMatchObject({
          status: 402,
          message: "Organization has insufficient credits for the fee of requests that its own provider keys serve",
        });
      expect(await auditMoney()).toEqual([]);
    });
  });

  test("that reaches for fewer tokens than were asked for says how many", async () => {
    const caller = await owner();
    await spendAll(caller, feeOf(LIST) - 1n);
    await expect(hold(caller)).rejects.toThrow(/can only afford 99\d/);
  });

  test("draws on no credits where the operator asks for none", async () => {
    setEnvironment({ BYOK_FEE_BPS: "0" });
    const caller = await owner();
    const held = await hold(caller);
    expect(held.creditsAmount).toBe(0n);
    expect(held.meters.map(({ kind }) => kind)).not.toContain("credits");
    await settle(caller, held, used(100, 33));
    expect(await receiptOf(held.requestId)).toMatchObject({ charged: 0n });
    setEnvironment({ BYOK_FEE_BPS: String(FEE_BPS) });
    expect(await auditMoney()).toEqual([]);
  });

  test("that is booked and in no rollup, or elsewhere than as a fee, is found by the books", async () => {
    const caller = await owner();
    await settle(caller, await hold(caller), used(100, 33));
    await pool().query("UPDATE usage_hour SET fees = fees - 1 WHERE organization_id = $1", [caller.organizationId]);
    const { ok, findings } = await checkBooks();
    expect(ok).toBe(false);
    expect(
      findings.filter(({ subject }) => subject.startsWith(caller.organizationId)).map(({ check }) => check),
    ).toEqual([
      "what was taken as fees for own provider keys is what the rollup says",
      "what was earned otherwise is what was charged less the fees",
      "the receipts of each day are what the rollup counted",
    ]);
  });
});
