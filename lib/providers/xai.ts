import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * xAI (docs.x.ai/docs/api-reference); its reference calls `max_tokens` deprecated. It answers 400 to a wrong key
 * (openai/codex#1352, continuedev/continue#10778). The Responses API is the one it prefers
 * (docs.x.ai/developers/model-capabilities/text/comparison).
 */
export const xai = openAiCompatible({
  id: "xai",
  name: "xAI",
  baseUrl: "https://api.x.ai/v1",
  keyPrefix: "xai-",
  keyRefused: /"error":\s*"Incorrect API key provided/,
  maxTokensField: "max_completion_tokens",
  hasResponses: true,
});
