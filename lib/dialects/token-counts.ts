import type { LanguageModelV3Usage } from "@ai-sdk/provider";
import { z } from "zod";

/** Tokens of one answer. Cached and cache-write tokens are part of the prompt's, reasoning tokens of the completion's. */
export interface TokenCounts {
  promptTokens: number;
  cachedTokens: number;
  cacheWriteTokens: number;
  /** Of `cacheWriteTokens`, those kept for an hour; absent: the provider does not tell them apart. */
  cacheWriteHourTokens?: number;
  completionTokens: number;
  reasoningTokens: number;
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0;
}

/** The provider's own usage, as the AI SDK hands it on: what Anthropic and Bedrock say of how long a cache is kept. */
const AnthropicUsage = z
  .looseObject({ cache_creation: z.looseObject({ ephemeral_1h_input_tokens: z.int().min(0) }) })
  .transform(({ cache_creation }) => cache_creation.ephemeral_1h_input_tokens);
const BedrockUsage = z
  .looseObject({ cacheDetails: z.array(z.looseObject({ inputTokens: z.int().min(0), ttl: z.string() })) })
  .transform(({ cacheDetails }) =>
    cacheDetails.reduce((sum, { inputTokens, ttl }) => (ttl === "1h" ? sum + inputTokens : sum), 0),
  );
const HourTokens = z.union([AnthropicUsage, BedrockUsage]);

/** The AI SDK's usage as plain counts; null when the provider reported none that an answer can have. */
export function tokenCounts({ inputTokens, outputTokens, raw }: LanguageModelV3Usage): TokenCounts | null {
  if (!isCount(inputTokens.total) && !isCount(outputTokens.total)) return null;
  const within = (part: number | undefined, whole: number) => (isCount(part) ? Math.min(part, whole) : 0);
  const promptTokens = isCount(inputTokens.total) ? inputTokens.total : 0;
  const completionTokens = isCount(outputTokens.total) ? outputTokens.total : 0;
  const cachedTokens = within(inputTokens.cacheRead, promptTokens);
  const cacheWriteTokens = within(inputTokens.cacheWrite, promptTokens - cachedTokens);
  const told = HourTokens.safeParse(raw);
  return {
    promptTokens,
    cachedTokens,
    cacheWriteTokens,
    ...(told.success && cacheWriteTokens > 0 ? { cacheWriteHourTokens: within(told.data, cacheWriteTokens) } : {}),
    completionTokens,
    reasoningTokens: within(outputTokens.reasoning, completionTokens),
  };
}

function lifetimes({ cacheWriteTokens }: TokenCounts, hour: number) {
  return { ephemeral_5m_input_tokens: cacheWriteTokens - hour, ephemeral_1h_input_tokens: hour };
}

function kept(counts: TokenCounts) {
  const { cacheWriteHourTokens: hour } = counts;
  return hour === undefined ? {} : { cache_creation_token_details: lifetimes(counts, hour) };
}

/** As OpenAI reports usage; `cache_write_tokens` is OpenRouter's addition, `cache_creation_token_details` LiteLLM's. */
export function openAiUsage(counts: TokenCounts) {
  return {
    prompt_tokens: counts.promptTokens,
    completion_tokens: counts.completionTokens,
    total_tokens: counts.promptTokens + counts.completionTokens,
    prompt_tokens_details: {
      cached_tokens: counts.cachedTokens,
      ...(counts.cacheWriteTokens > 0 ? { cache_write_tokens: counts.cacheWriteTokens, ...kept(counts) } : {}),
    },
    completion_tokens_details: { reasoning_tokens: counts.reasoningTokens },
  };
}

/** As OpenAI's Responses API reports usage. */
export function responsesUsage(counts: TokenCounts) {
  return {
    input_tokens: counts.promptTokens,
    input_tokens_details: { cached_tokens: counts.cachedTokens, cache_write_tokens: counts.cacheWriteTokens },
    output_tokens: counts.completionTokens,
    output_tokens_details: { reasoning_tokens: counts.reasoningTokens },
    total_tokens: counts.promptTokens + counts.completionTokens,
  };
}

/** As Anthropic reports usage: its input tokens are those that the cache had no part in. */
export function anthropicUsage(counts: TokenCounts) {
  return {
    input_tokens: counts.promptTokens - counts.cachedTokens - counts.cacheWriteTokens,
    cache_creation_input_tokens: counts.cacheWriteTokens,
    ...(counts.cacheWriteHourTokens === undefined
      ? {}
      : { cache_creation: lifetimes(counts, counts.cacheWriteHourTokens) }),
    cache_read_input_tokens: counts.cachedTokens,
    output_tokens: counts.completionTokens,
  };
}
