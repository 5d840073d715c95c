import type { LanguageModelV3Usage } from "@ai-sdk/provider";

/** Tokens of one answer. Cached and cache-write tokens are part of the prompt's, reasoning tokens of the completion's. */
export interface TokenCounts {
  promptTokens: number;
  cachedTokens: number;
  cacheWriteTokens: number;
  completionTokens: number;
  reasoningTokens: number;
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0;
}

/** The AI SDK's usage as plain counts; null when the provider reported none that an answer can have. */
export function tokenCounts({ inputTokens, outputTokens }: LanguageModelV3Usage): TokenCounts | null {
  if (!isCount(inputTokens.total) && !isCount(outputTokens.total)) return null;
  const within = (part: number | undefined, whole: number) => (isCount(part) ? Math.min(part, whole) : 0);
  const promptTokens = isCount(inputTokens.total) ? inputTokens.total : 0;
  const completionTokens = isCount(outputTokens.total) ? outputTokens.total : 0;
  const cachedTokens = within(inputTokens.cacheRead, promptTokens);
  return {
    promptTokens,
    cachedTokens,
    cacheWriteTokens: within(inputTokens.cacheWrite, promptTokens - cachedTokens),
    completionTokens,
    reasoningTokens: within(outputTokens.reasoning, completionTokens),
  };
}

/** As OpenAI reports usage; `cache_write_tokens` is OpenRouter's addition. */
export function openAiUsage(counts: TokenCounts) {
  return {
    prompt_tokens: counts.promptTokens,
    completion_tokens: counts.completionTokens,
    total_tokens: counts.promptTokens + counts.completionTokens,
    prompt_tokens_details: {
      cached_tokens: counts.cachedTokens,
      ...(counts.cacheWriteTokens > 0 ? { cache_write_tokens: counts.cacheWriteTokens } : {}),
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
    cache_read_input_tokens: counts.cachedTokens,
    output_tokens: counts.completionTokens,
  };
}
