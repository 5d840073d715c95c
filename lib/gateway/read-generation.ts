import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError } from "@/lib/core/errors";
import { idTime } from "@/lib/core/ids";
import { formatUsd, parseUsd, usdToNumber, ZERO_USD } from "@/lib/core/money";
import { settling } from "@/lib/gateway/settle";
import { notFound } from "@/lib/identity/permit";
import type { Caller } from "@/lib/keys/caller";
import { findRequest, type Receipt } from "@/lib/usage/requests";

/** How long a reader waits for a settle of this process. */
const SETTLING_MS = 2_000;
/** And for one of another process, where the id is younger than `YOUNG_MS`. */
const ELSEWHERE_MS = 1_000;
const YOUNG_MS = 10_000;
const LOOK_AGAIN_MS = 50;

/** Of OpenRouter's form what nobody here measures; its clients expect the names. */
const UNKNOWN = {
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
} as const;

/**
 * The id that `GET generation?id=` asks for.
 * @throws GatewayError invalid_body when there is none.
 */
export function generationId(query: URLSearchParams): string {
  const id = query.get("id");
  if (id) return id;
  throw new GatewayError("invalid_body", "Name the generation: GET /api/v1/generation?id=gen_…", { param: "id" });
}

/**
 * The receipt of one request of the caller's project (CONTRACT section 7), in OpenRouter's form and with what is ours. The
 * caller may ask as soon as it has its answer: a receipt that is being written is waited for.
 * @throws GatewayError not_found, also where the request is another project's.
 */
export async function readGeneration({ projectId }: Pick<Caller, "projectId">, id: string) {
  const receipt = await settledReceipt(projectId, id);
  if (!receipt) throw notFound("Generation");
  return { data: generation(receipt) };
}

async function settledReceipt(projectId: string, id: string): Promise<Receipt | null> {
  const underWay = settling(id);
  if (underWay) await Promise.race([underWay, sleep(SETTLING_MS, undefined, { ref: false })]);
  const madeAt = idTime(id);
  const now = Date.now();
  const until = madeAt !== null && now - madeAt < YOUNG_MS ? now + ELSEWHERE_MS : now;
  for (;;) {
    const receipt = await findRequest({ projectId, id });
    if (receipt || Date.now() >= until) return receipt;
    await sleep(LOOK_AGAIN_MS);
  }
}

/** OpenRouter's fields have numbers of USD and milliseconds; amounts that are ours alone are exact decimal strings. */
function generation(receipt: Receipt) {
  // As the answer itself said it: what a test key uses never costs anything.
  const cost = receipt.environment === "test" ? formatUsd(ZERO_USD) : receipt.cost;
  const costNumber = cost === null ? 0 : usdToNumber(parseUsd(cost));
  return {
    ...UNKNOWN,
    id: receipt.id,
    created_at: receipt.createdAt,
    endpoint: receipt.endpoint,
    api_type: receipt.endpoint === "embeddings" ? "embeddings" : "completions",
    environment: receipt.environment,
    requested_model: receipt.requestedModel,
    model: receipt.model ?? receipt.requestedModel,
    provider: receipt.provider,
    provider_name: receipt.provider,
    key_id: receipt.keyId,
    end_user: receipt.endUser,
    external_user: receipt.endUser,
    status: receipt.status,
    outcome: receipt.outcome,
    error:
      receipt.errorCode === null
        ? null
        : { code: receipt.errorCode, message: receipt.errorMessage, metadata: receipt.refusal ?? {} },
    streamed: receipt.streamed,
    cancelled: receipt.cancelled,
    finish_reason: receipt.finishReason,
    native_finish_reason: receipt.finishReason,
    is_byok: receipt.isByok,
    billed_to: receipt.billedTo,
    cached_from: receipt.cachedFrom,
    tokens: {
      prompt: receipt.promptTokens,
      cached: receipt.cachedTokens,
      cache_write: receipt.cacheWriteTokens,
      completion: receipt.completionTokens,
      reasoning: receipt.reasoningTokens,
      estimated: receipt.usageEstimated,
    },
    tokens_prompt: receipt.promptTokens,
    tokens_completion: receipt.completionTokens,
    native_tokens_prompt: receipt.promptTokens,
    native_tokens_completion: receipt.completionTokens,
    native_tokens_reasoning: receipt.reasoningTokens,
    native_tokens_cached: receipt.cachedTokens,
    prices: {
      input_per_million: receipt.inputPrice,
      output_per_million: receipt.outputPrice,
      cached_input_per_million: receipt.cachedInputPrice,
      cache_write_per_million: receipt.cacheWritePrice,
    },
    hold: receipt.hold,
    cost,
    charged: receipt.charged,
    // What credits paid for the routing of what the customer's own key served.
    routing_fee: receipt.isByok ? receipt.charged : formatUsd(ZERO_USD),
    total_cost: costNumber,
    usage: costNumber,
    latency: receipt.latencyMs,
    time_to_first_token: receipt.firstTokenMs,
    generation_time: generationTime(receipt),
    attempts: receipt.attempts.map(({ provider, model, status, outcome, durationMs }) => ({
      provider,
      model,
      status,
      outcome,
      duration_ms: durationMs,
    })),
    provider_responses: receipt.attempts.map(({ provider, model, status, durationMs }) => ({
      provider_name: provider,
      model_permaslug: model,
      status,
      latency: durationMs,
    })),
  };
}

/** How long the provider was writing: a stream from its first token on, a whole answer from its request on. */
function generationTime({ streamed, firstTokenMs, latencyMs, attempts }: Receipt): number | null {
  if (streamed) return firstTokenMs === null ? null : latencyMs - firstTokenMs;
  return attempts.find(({ outcome }) => outcome === "served")?.durationMs ?? null;
}
