import { expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { costOf, type Price, type Usage } from "@/lib/catalog/price";
import { GatewayError } from "@/lib/core/errors";
import type { Hold } from "@/lib/gateway/admit";
import { meter } from "@/lib/gateway/meter";
import { plan } from "@/lib/gateway/plan";
import { type RequestFacts, releasedReceipt, settledReceipt } from "@/lib/gateway/receipt";
import type { Caller } from "@/lib/keys/caller";
import { plainCaller } from "@/lib/testing/caller";
import { modelRequest } from "@/lib/testing/model-request";

const CALLER: Caller = plainCaller();

const FACTS: RequestFacts = {
  id: "gen_1",
  createdAt: 0,
  startedAt: 0,
  endpoint: "chat/completions",
  clientRequestId: null,
  clientAddress: null,
};

const PRICE: Price = {
  input: 1_000n,
  output: 2_000n,
  cachedInput: 100n,
  cacheWrite: 1_500n,
  tiers: [{ above: 200_000, input: 3_000n, output: 4_000n, cachedInput: 300n }],
};

const BASE = { inputPrice: 1_000n, outputPrice: 2_000n, cachedInputPrice: 100n, cacheWritePrice: 1_500n };
const LONG = { inputPrice: 3_000n, outputPrice: 4_000n, cachedInputPrice: 300n, cacheWritePrice: null };

function setUp() {
  const request = modelRequest();
  const planned = plan(CALLER, findModel("gpt-4o-mini"), request, () => ({ keys: ["sk"] }));
  const attempt = { ...planned.attempts[0], price: PRICE };
  const hold: Hold = {
    requestId: FACTS.id,
    amount: 10n ** 9n,
    creditsAmount: 10n ** 9n,
    meters: [],
    plan: { ...planned, attempts: [attempt] },
    requestsLeft: null,
    tokensLeft: null,
  };
  return { request, attempt, hold };
}

function receiptOf(promptTokens: number) {
  const { request, attempt, hold } = setUp();
  const usage: Usage = {
    promptTokens,
    cachedTokens: 7,
    cacheWriteTokens: 0,
    completionTokens: 1_000,
    reasoningTokens: 0,
    estimated: false,
  };
  const receipt = settledReceipt(FACTS, CALLER, request, hold, {
    attempt,
    attempts: [],
    metered: meter(usage, attempt, hold),
    finishReason: "stop",
    status: 200,
    error: null,
    cancelled: false,
    firstTokenAt: null,
  });
  return { usage, receipt };
}

test("a receipt has the prices that its cost was worked out with: a long prompt's where it was long", () => {
  for (const [promptTokens, prices] of [
    [200_000, BASE],
    [200_001, LONG],
  ] as const) {
    const { usage, receipt } = receiptOf(promptTokens);
    expect(receipt).toMatchObject(prices);
    const { inputPrice: input, outputPrice: output, cachedInputPrice: cachedInput } = receipt;
    if (input === null || output === null || cachedInput === null) throw new Error("a price is missing");
    expect(receipt.cost).toBe(costOf(usage, { input, output, cachedInput }));
  }
});

test("a receipt of what was never served has the price that it was planned at, and costs nothing", () => {
  const { request, attempt, hold } = setUp();
  const receipt = releasedReceipt(FACTS, CALLER, request, hold, {
    attempt,
    attempts: [],
    error: new GatewayError("upstream_error", "It failed."),
    cancelled: false,
  });
  expect(receipt).toMatchObject({ ...BASE, cost: 0n, charged: 0n, outcome: "released" });
});

test("a receipt names the model that served, also where another one was to be tried first", () => {
  const { request, attempt, hold } = setUp();
  const served = { ...attempt, model: findModel("gpt-4o").model };
  const receipt = releasedReceipt(FACTS, CALLER, request, hold, {
    attempt: served,
    attempts: [],
    error: new GatewayError("upstream_error", "It failed."),
    cancelled: false,
  });
  expect(receipt).toMatchObject({ model: "gpt-4o", requestedModel: "gpt-4o-mini" });
});
