import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible, type MetadataExtractor } from "@ai-sdk/openai-compatible";
import type { LanguageModelV3, LanguageModelV3Usage } from "@ai-sdk/provider";
import { isRecord } from "@/lib/core/is-record";
import { bedrockModel } from "@/lib/dialects/bedrock-model";

/** The dialects that providers speak. */
export type UpstreamDialect = "openai-compatible" | "anthropic" | "bedrock";

/** Where a translated call goes. */
export interface Upstream {
  dialect: UpstreamDialect;
  /** With its version segment, without a slash at the end: `https://api.anthropic.com/v1`. */
  baseUrl: string;
  /** Empty where the provider needs none. */
  key: string;
  /** The name that the provider knows the model by. */
  model: string;
  /** The field that limits the answer's tokens, in OpenAI's dialect. */
  maxTokensField: "max_tokens" | "max_completion_tokens";
  /** Sends the request; what it throws reaches the caller of the model as a cause. */
  fetch: typeof globalThis.fetch;
}

interface ReportedUsage {
  prompt_tokens?: number | null;
  completion_tokens?: number | null;
  total_tokens?: number | null;
  prompt_tokens_details?: { cached_tokens?: number | null; [name: string]: unknown } | null;
  completion_tokens_details?: { reasoning_tokens?: number | null } | null;
}

/**
 * Usage as OpenAI's dialect reports it. Some providers (xAI) count reasoning beside the completion and not within it,
 * which their total tells; OpenRouter adds what was written to a cache.
 */
function openAiCompatibleUsage(usage: ReportedUsage | null | undefined): LanguageModelV3Usage {
  const prompt = usage?.prompt_tokens ?? undefined;
  const completion = usage?.completion_tokens ?? undefined;
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens ?? 0;
  const isBeside = usage?.total_tokens === (prompt ?? 0) + (completion ?? 0) + reasoning;
  const output = completion !== undefined && isBeside ? completion + reasoning : completion;
  const cacheRead = usage?.prompt_tokens_details?.cached_tokens ?? 0;
  const written = usage?.prompt_tokens_details?.cache_write_tokens;
  const cacheWrite = typeof written === "number" ? written : 0;
  return {
    inputTokens: {
      total: prompt,
      noCache: prompt === undefined ? undefined : Math.max(0, prompt - cacheRead - cacheWrite),
      cacheRead,
      cacheWrite,
    },
    outputTokens: {
      total: output,
      text: output === undefined ? undefined : Math.max(0, output - reasoning),
      reasoning,
    },
  };
}

function refusalIn(body: unknown, part: "message" | "delta"): string {
  const choices = isRecord(body) && Array.isArray(body.choices) ? body.choices : [];
  const [choice] = choices;
  const message = isRecord(choice) ? choice[part] : null;
  return isRecord(message) && typeof message.refusal === "string" ? message.refusal : "";
}

/** OpenAI's refusals, for which the AI SDK's content has no part: they would be lost. */
const REFUSALS: MetadataExtractor = {
  extractMetadata: async ({ parsedBody }) => ({ openaiCompatible: { refusal: refusalIn(parsedBody, "message") } }),
  createStreamExtractor: () => {
    let refusal = "";
    return {
      processChunk: (chunk) => {
        refusal += refusalIn(chunk, "delta");
      },
      buildMetadata: () => ({ openaiCompatible: { refusal } }),
    };
  },
};

const MODELS: Readonly<Record<UpstreamDialect, (upstream: Upstream) => LanguageModelV3>> = {
  anthropic: ({ baseUrl, key, model, fetch }) => createAnthropic({ baseURL: baseUrl, apiKey: key, fetch })(model),
  bedrock: bedrockModel,
  "openai-compatible": ({ baseUrl, key, model, maxTokensField, fetch }) =>
    createOpenAICompatible({
      // The name under which call options for such a provider are kept.
      name: "openaiCompatible",
      baseURL: baseUrl,
      apiKey: key,
      fetch,
      includeUsage: true,
      supportsStructuredOutputs: true,
      convertUsage: openAiCompatibleUsage,
      metadataExtractor: REFUSALS,
      transformRequestBody: ({ max_tokens: most, ...body }: Record<string, unknown>) =>
        most === undefined ? body : { ...body, [maxTokensField]: most },
    })(model),
};

/** The AI SDK's model for a provider. It sends nothing by itself but through the `fetch` it is given, and never retries. */
export function upstreamModel(upstream: Upstream): LanguageModelV3 {
  return MODELS[upstream.dialect](upstream);
}
