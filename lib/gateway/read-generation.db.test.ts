import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "@/lib/core/ids";
import { generationId, readGeneration } from "@/lib/gateway/read-generation";
import { settle, settling } from "@/lib/gateway/settle";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { admissionOf, admitOne, makeCaller, meterOf, settlementOf } from "@/lib/testing/admissions";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let caller: Caller;
let stranger: Caller;

beforeAll(async () => {
  database = await useTestDatabase();
  caller = await makeCaller();
  stranger = await makeCaller();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

afterEach(() => {
  vi.useRealTimers();
});

async function admitted(createdAt = Date.now(), changes: { environment?: "live" | "test" } = {}) {
  const admission = admissionOf(caller, [{ meterId: meterOf(caller, "spend"), amount: 90_000n }], {
    createdAt,
    requestId: newId("gen", createdAt),
    ...changes,
  });
  expect(await admitOne(admission)).toMatchObject({ kind: "admitted" });
  return admission;
}

const HOUR_MS = 3_600_000;

describe("a receipt", () => {
  test("says everything that is kept of a request, in OpenRouter's names and in ours", async () => {
    const createdAt = Date.now() - HOUR_MS;
    const admission = await admitted(createdAt);
    const { id: endUserId } = await prisma().endUser.create({
      data: { id: newId("eu"), organizationId: caller.organizationId, externalId: "alice" },
    });
    await settleBatch([
      settlementOf(admission, 5_250n, {
        endUserId,
        requestedModel: "openai/gpt-4o-mini",
        streamed: true,
        finishReason: "stop",
        promptTokens: 11,
        cachedTokens: 4,
        cacheWriteTokens: 2,
        completionTokens: 6,
        reasoningTokens: 3,
        inputPrice: 150_000_000n,
        outputPrice: 600_000_000n,
        cachedInputPrice: 75_000_000n,
        latencyMs: 1_250,
        firstTokenMs: 200,
        attempts: [
          {
            provider: "openai",
            model: "gpt-4o-mini",
            providerKeyId: null,
            status: 503,
            outcome: "failed",
            error: "busy",
            durationMs: 30,
          },
          {
            provider: "openai",
            model: "gpt-4o-mini",
            providerKeyId: null,
            status: 200,
            outcome: "served",
            error: null,
            durationMs: 150,
          },
        ],
      }),
    ]);
    expect(await readGeneration(caller, admission.requestId)).toEqual({
      data: {
        id: admission.requestId,
        created_at: new Date(createdAt).toISOString(),
        endpoint: "chat/completions",
        api_type: "completions",
        environment: "live",
        requested_model: "openai/gpt-4o-mini",
        model: "gpt-4o-mini",
        provider: "openai",
        provider_name: "openai",
        key_id: caller.keyId,
        end_user: "alice",
        external_user: "alice",
        status: 200,
        outcome: "settled",
        error: null,
        streamed: true,
        cancelled: false,
        finish_reason: "stop",
        native_finish_reason: "stop",
        is_byok: false,
        billed_to: "credits",
        cached_from: null,
        tokens: { prompt: 11, cached: 4, cache_write: 2, completion: 6, reasoning: 3, estimated: false },
        tokens_prompt: 11,
        tokens_completion: 6,
        native_tokens_prompt: 11,
        native_tokens_completion: 6,
        native_tokens_reasoning: 3,
        native_tokens_cached: 4,
        prices: {
          input_per_million: "0.15",
          output_per_million: "0.60",
          cached_input_per_million: "0.075",
          cache_write_per_million: null,
        },
        hold: "0.00009",
        cost: "0.00000525",
        routing_fee: "0.00",
        charged: "0.00000525",
        total_cost: 0.00000525,
        usage: 0.00000525,
        latency: 1_250,
        time_to_first_token: 200,
        generation_time: 1_050,
        attempts: [
          { provider: "openai", model: "gpt-4o-mini", status: 503, outcome: "failed", duration_ms: 30 },
          { provider: "openai", model: "gpt-4o-mini", status: 200, outcome: "served", duration_ms: 150 },
        ],
        provider_responses: [
          { provider_name: "openai", model_permaslug: "gpt-4o-mini", status: 503, latency: 30 },
          { provider_name: "openai", model_permaslug: "gpt-4o-mini", status: 200, latency: 150 },
        ],
        upstream_id: null,
        cache_discount: null,
        upstream_inference_cost: null,
        app_id: null,
        moderation_latency: null,
        native_tokens_completion_images: null,
        num_media_prompt: null,
        num_input_audio_prompt: null,
        num_media_completion: null,
        num_search_results: null,
        router: null,
        origin: "",
      },
    });
  });

  test("of a refused request says why, and costs nothing", async () => {
    const createdAt = Date.now() - HOUR_MS;
    const admission = admissionOf(caller, [], { createdAt, requestId: newId("gen", createdAt) });
    await settleBatch([
      settlementOf(admission, 0n, {
        outcome: "refused",
        status: 402,
        errorCode: "insufficient_credits",
        errorMessage: "Organization has insufficient credits",
        refusal: { limit: "5.00" },
        requestedModel: "openai/gpt-4o",
        model: null,
        provider: null,
        billedTo: "none",
      }),
    ]);
    expect((await readGeneration(caller, admission.requestId)).data).toMatchObject({
      outcome: "refused",
      status: 402,
      error: {
        code: "insufficient_credits",
        message: "Organization has insufficient credits",
        metadata: { limit: "5.00" },
      },
      model: "openai/gpt-4o",
      provider: null,
      end_user: null,
      billed_to: "none",
      cached_from: null,
      cost: "0.00",
      total_cost: 0,
      generation_time: null,
      attempts: [],
    });
  });

  test("of a test key costs nothing, as the answer said", async () => {
    const admission = await admitted(Date.now(), { environment: "test" });
    await settleBatch([settlementOf(admission, 5_250n, { charged: 0n, billedTo: "none" })]);
    expect((await readGeneration(caller, admission.requestId)).data).toMatchObject({
      environment: "test",
      cost: "0.00",
      total_cost: 0,
      usage: 0,
      charged: "0.00",
    });
  });

  test("of a model without a price has no cost", async () => {
    const admission = await admitted();
    await settleBatch([settlementOf(admission, 0n, { cost: null, charged: 0n, billedTo: "none" })]);
    expect((await readGeneration(caller, admission.requestId)).data).toMatchObject({ cost: null, total_cost: 0 });
  });

  test("is not there for another project, nor under an id that is none", async () => {
    const createdAt = Date.now() - HOUR_MS;
    const admission = await admitted(createdAt);
    await settleBatch([settlementOf(admission, 10n)]);
    expect((await readGeneration(caller, admission.requestId)).data.id).toBe(admission.requestId);
    // Old ids are not waited for: with a clock that stands still, a wait would never end.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    for (const [reader, id] of [
      [stranger, admission.requestId],
      [caller, newId("gen", createdAt)],
      [caller, "chatcmpl-1"],
      [caller, "a/b"],
      [caller, "\0"],
      [caller, ""],
    ] as const) {
      await expect(readGeneration(reader, id)).rejects.toMatchObject({
        code: "not_found",
        status: 404,
        message: "Generation not found",
      });
    }
  });
});

describe("a receipt that is being written", () => {
  test("is read by who has just made the request, however long ago it began", async () => {
    const admission = await admitted(Date.now() - HOUR_MS);
    const done = settle(settlementOf(admission, 20n));
    expect(settling(admission.requestId)).toBeDefined();
    expect((await readGeneration(caller, admission.requestId)).data).toMatchObject({ cost: "0.00000002" });
    await done;
    expect(settling(admission.requestId)).toBeUndefined();
  });

  test("by another process is waited for a moment where the request is young", async () => {
    const admission = await admitted();
    const reading = readGeneration(caller, admission.requestId);
    await sleep(200);
    await settleBatch([settlementOf(admission, 30n)]);
    expect((await reading).data).toMatchObject({ cost: "0.00000003" });
  });

  test("is not waited for long: a young id that nobody settles is not there after about a second", async () => {
    const startedAt = performance.now();
    await expect(readGeneration(caller, newId("gen"))).rejects.toMatchObject({ code: "not_found" });
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(900);
    expect(tookMs).toBeLessThan(20_000);
  });
});

test("a generation must be named", () => {
  expect(generationId(new URLSearchParams("?id=gen_1"))).toBe("gen_1");
  for (const query of ["", "?id=", "?ID=gen_1"]) {
    expect(() => generationId(new URLSearchParams(query))).toThrow(
      expect.objectContaining({ code: "invalid_body", status: 400, options: expect.objectContaining({ param: "id" }) }),
    );
  }
});
