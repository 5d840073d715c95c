import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { parseUsd, usd } from "@/lib/core/money";
import { admit, type Hold, StaleCaller } from "@/lib/gateway/admit";
import { boundOf, type Plan, plan } from "@/lib/gateway/plan";
import { drainSettlements, settled } from "@/lib/gateway/settle";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import {
  admissionOf,
  makeCaller,
  makeMeter,
  meterOf,
  meterRow,
  readAgain,
  releaseOf,
  settlementOf,
} from "@/lib/testing/admissions";
import { makeTenant } from "@/lib/testing/builders";
import { auditMoney } from "@/lib/testing/gateway";
import { modelRequest } from "@/lib/testing/model-request";
import { useTestDatabase } from "@/lib/testing/test-database";

const MODEL = findModel("gpt-4o-mini");

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
afterAll(async () => {
  await drainSettlements(5_000);
  await closeDatabase();
  await database.drop();
});

/** A request for at most so many tokens, billed to credits at gpt-4o-mini's price; null: as many as the model has. */
function planFor(caller: Caller, maxTokens: number | null): Plan {
  const request = modelRequest({ mostPromptTokens: 84, maxTokens });
  return plan(caller, MODEL, request, () => ({ keys: ["sk-pool"] }));
}

const facts = () => ({ id: newId("gen"), createdAt: Date.now(), endpoint: "chat/completions" });

function tryIt(caller: Caller, maxTokens: number | null): Promise<Hold> {
  return admit(caller, planFor(caller, maxTokens), facts());
}

/** Ends an admitted request: settled at `cost`, or released where it has none. */
function end(caller: Caller, hold: Hold, cost: bigint | null): Promise<void> {
  const admission = admissionOf(
    caller,
    hold.meters.map((meter) => ({ meterId: meter.id, amount: hold.amount })),
    { requestId: hold.requestId, amount: hold.amount },
  );
  return settled(cost === null ? releaseOf(admission) : settlementOf(admission, cost));
}

async function refusalOf(work: Promise<unknown>): Promise<GatewayError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("it was admitted");
}

/** 100 tokens of prompt and 1,000 of answer: 615,000 nano-dollars. */
const COST = 100n * 150n + 1_000n * 600n;

describe("a refusal", () => {
  test("of the key's limit is the contract's 401, and names the meter and its figures", async () => {
    const caller = await makeCaller({ usageLimit: usd(COST - 1n) });
    const error = await refusalOf(tryIt(caller, 1_000));
    expect(error).toMatchObject({
      code: "key_limit_reached",
      status: 401,
      message: "Unauthorized: Turnpike API key reached its usage limit.",
    });
    expect(error.metadata).toEqual({
      meter: "api_key.spend",
      unit: "usd",
      limit: "0.000614999",
      used: "0.00",
      held: "0.00",
      needed: "0.000615",
      period: "none",
      resets_at: null,
    });
    expect(boundOf(planFor(caller, 1_000))).toBe(COST);
  });

  test("of credits says how many tokens they pay for", async () => {
    const caller = await makeCaller({ mode: "credits" });
    await pool().query('UPDATE meter SET used = "limit" - $2 WHERE id = $1', [meterOf(caller, "credits"), COST - 600n]);
    const error = await refusalOf(tryIt(caller, 1_000));
    expect(error).toMatchObject({
      code: "insufficient_credits",
      status: 402,
      message:
        "This request requires more credits, or fewer max_tokens. You requested up to 1000 tokens, but can only afford 999.",
    });
    expect(error.metadata).toMatchObject({ meter: "organization.credits", affordable_tokens: 999 });
    await pool().query('UPDATE meter SET used = "limit" WHERE id = $1', [meterOf(caller, "credits")]);
    expect(await refusalOf(tryIt(caller, 1_000))).toMatchObject({ message: "Organization has insufficient credits" });
    expect(await refusalOf(tryIt({ ...caller, mode: "hybrid" }, 1_000))).toMatchObject({
      message: "No API key set for provider and organization has insufficient credits",
    });
    await pool().query("UPDATE meter SET used = 0 WHERE id = $1", [meterOf(caller, "credits")]);
  });

  test("of a project's budget is a 403", async () => {
    const tenant = await makeTenant();
    await makeMeter(10n, { organizationId: tenant.organizationId, subject: "project", subjectId: tenant.projectId });
    expect(await refusalOf(tryIt(await readAgain(tenant.secret), 1_000))).toMatchObject({
      code: "budget_exceeded",
      status: 403,
      message: "This project has exceeded budget limit",
    });
  });

  test("of a rate is a 429 that says when to come again, and comes before any other", async () => {
    const caller = await makeCaller({ rateLimitRpm: 1, usageLimit: usd(COST) });
    const rate = meterOf(caller, "rate");
    // The whole of this minute and the next, so that no boundary can fall between the two.
    await pool().query(
      "UPDATE meter SET period = 'interval', period_seconds = 120, anchor = clock_timestamp(), window_start = clock_timestamp() WHERE id = $1",
      [rate],
    );
    const hold = await tryIt(caller, 1_000);
    expect(hold.requestsLeft).toBe(0);
    const error = await refusalOf(tryIt(caller, 1_000));
    expect(error).toMatchObject({
      code: "rate_limited",
      status: 429,
      metadata: { meter: "api_key.rate", unit: "requests", limit: "1", used: "1" },
    });
    const seconds = Number(error.options.headers?.["retry-after"]);
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThanOrEqual(120);
    expect(error.metadata.retry_after_seconds).toBe(seconds);
    expect(error.options.headers).toMatchObject({
      "x-ratelimit-limit-requests": "1",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": `${seconds}s`,
    });
    await end(caller, hold, null);
  });

  test("of a key that changed is none: it is to be read again", async () => {
    const tenant = await makeTenant();
    const known = await readAgain(tenant.secret);
    await setKeyStatus({
      organizationId: tenant.organizationId,
      keyId: tenant.keyId,
      status: "inactive",
      actor: { userId: tenant.userId },
    });
    await expect(tryIt(known, 1_000)).rejects.toBeInstanceOf(StaleCaller);
  });
});

describe("a request without a maximum", () => {
  test("is clamped to what the limit pays for, to the token", async () => {
    const caller = await makeCaller({ usageLimit: usd(COST) });
    const hold = await tryIt(caller, null);
    expect(hold.plan).toMatchObject({ clampedMaxTokens: 1_000, completionBound: 1_000 });
    expect(hold.amount).toBe(COST);
    expect(await meterRow(meterOf(caller, "spend"))).toMatchObject({ held: COST });
    await end(caller, hold, 5n);
  });

  test("is not clamped below sixteen tokens: it is refused", async () => {
    const caller = await makeCaller({ usageLimit: usd(100n * 150n + 16n * 600n - 1n) });
    expect(await refusalOf(tryIt(caller, null))).toMatchObject({ code: "key_limit_reached" });
    const more = await makeCaller({ usageLimit: usd(100n * 150n + 16n * 600n) });
    const hold = await tryIt(more, null);
    expect(hold.plan.clampedMaxTokens).toBe(16);
    await end(more, hold, null);
  });
});

describe("room that others only hold", () => {
  test("is waited for, and taken as soon as it comes back", async () => {
    const caller = await makeCaller({ usageLimit: usd(COST) });
    const first = await tryIt(caller, 1_000);
    const second = tryIt(caller, 1_000);
    const early = await Promise.race([
      second.then(() => "admitted"),
      new Promise((resolve) => setTimeout(() => resolve("waiting"), 150)),
    ]);
    expect(early).toBe("waiting");
    await end(caller, first, null);
    await end(caller, await second, null);
  });

  test("is not waited for where it would not be enough: what is used does not come back", async () => {
    const caller = await makeCaller({ usageLimit: usd(COST) });
    await end(caller, await tryIt(caller, 1_000), 1n);
    const startedAt = performance.now();
    expect(await refusalOf(tryIt(caller, 1_000))).toMatchObject({ code: "key_limit_reached" });
    // Whoever waits does so for three seconds.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});

test("500 requests at once on a limit that pays for forty: the limit is used, and never passed", async () => {
  const caller = await makeCaller({ usageLimit: usd(COST * 40n), credits: parseUsd("10") });
  const spend = meterOf(caller, "spend");
  let served = 0;
  let refused = 0;
  await Promise.all(
    Array.from({ length: 500 }, async () => {
      try {
        const hold = await tryIt(caller, 1_000);
        served += 1;
        await end(caller, hold, hold.amount);
      } catch (error) {
        expect(error).toMatchObject({ code: "key_limit_reached" });
        refused += 1;
      }
    }),
  );
  expect([served, refused]).toEqual([40, 460]);
  expect(await meterRow(spend)).toMatchObject({ used: COST * 40n, held: 0n });
});

describe("a pool's key that stands in for an own one", () => {
  const OWN = {
    id: "pvk_1",
    provider: "openai",
    sealed: "sealed",
    baseUrl: null,
    models: [],
    priority: 100,
  };
  const kinds = (hold: Hold) => hold.plan.attempts.map(({ credential }) => credential.kind);
  const heldOf = async (caller: Caller) => (await meterRow(meterOf(caller, "credits"))).held;

  test("is held for on credits with the rest of the plan, and given back", async () => {
    const caller = { ...(await makeCaller({ mode: "hybrid" })), providerKeys: [OWN] };
    const hold = await tryIt(caller, 1_000);
    expect(kinds(hold)).toEqual(["own", "pool"]);
    expect([hold.amount, hold.creditsAmount, await heldOf(caller)]).toEqual([COST, COST, COST]);
    await end(caller, hold, null);
    expect(await heldOf(caller)).toBe(0n);
  });

  test("takes no credits where the mode has none, or no pool stands in", async () => {
    const made = await makeCaller({ mode: "hybrid" });
    for (const caller of [
      { ...made, mode: "api_keys" as const, providerKeys: [OWN] },
      { ...made, providerKeys: [{ ...OWN, provider: "azure", baseUrl: "https://own.test/v1" }] },
    ]) {
      const request = modelRequest({ mostPromptTokens: 84, maxTokens: 1_000 });
      const planned = plan(caller, MODEL, request, (provider) => ({ keys: provider === "openai" ? ["sk"] : [] }));
      const hold = await admit(caller, planned, facts());
      expect([kinds(hold), hold.creditsAmount, await heldOf(caller)]).toEqual([["own"], 0n, 0n]);
      await end(caller, hold, null);
    }
  });

  test("is left out where credits cannot pay for it: no wait, no shorter answer, no refusal", async () => {
    const caller = { ...(await makeCaller({ mode: "hybrid" })), providerKeys: [OWN] };
    const credits = meterOf(caller, "credits");
    await pool().query('UPDATE meter SET used = "limit" - $2 WHERE id = $1', [credits, COST - 1n]);
    for (const maxTokens of [1_000, null]) {
      const start = performance.now();
      const hold = await tryIt(caller, maxTokens);
      expect(performance.now() - start).toBeLessThan(3_000);
      expect([kinds(hold), hold.creditsAmount, hold.plan.clampedMaxTokens]).toEqual([["own"], 0n, null]);
      expect(hold.meters.map(({ kind }) => kind)).not.toContain("credits");
      expect(await heldOf(caller)).toBe(0n);
      await end(caller, hold, null);
    }
    // What is cheaper than what could not be paid is asked for at once.
    const cheap = await tryIt(caller, 100);
    expect(kinds(cheap)).toEqual(["own", "pool"]);
    await end(caller, cheap, null);
    await pool().query("UPDATE meter SET used = 0 WHERE id = $1", [credits]);
  });

  test("is left out where credits are there, but held by others", async () => {
    const caller = { ...(await makeCaller({ mode: "hybrid" })), providerKeys: [OWN] };
    const credits = meterOf(caller, "credits");
    await pool().query('UPDATE meter SET used = "limit" - $2 WHERE id = $1', [credits, COST]);
    const holds = await Promise.all(Array.from({ length: 5 }, () => tryIt(caller, 1_000)));
    expect(holds.map((hold) => kinds(hold).length).toSorted()).toEqual([1, 1, 1, 1, 2]);
    await Promise.all(holds.map((hold) => end(caller, hold, null)));
    await pool().query("UPDATE meter SET used = 0 WHERE id = $1", [credits]);
  });

  test("does not open a limit of another kind: those still refuse", async () => {
    const caller = {
      ...(await makeCaller({ mode: "hybrid", usageLimit: usd(COST - 1n) })),
      providerKeys: [OWN],
    };
    await pool().query('UPDATE meter SET used = "limit" WHERE id = $1', [meterOf(caller, "credits")]);
    expect(await refusalOf(tryIt(caller, 1_000))).toMatchObject({ code: "key_limit_reached" });
    await pool().query("UPDATE meter SET used = 0 WHERE id = $1", [meterOf(caller, "credits")]);
  });
});

test("the books agree after all of this", async () => {
  expect(await auditMoney()).toEqual([]);
});
