import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * OpenRouter (openrouter.ai/docs/api-reference/overview). Its Responses API is a beta and keeps no state
 * (openrouter.ai/docs/api-reference/responses-api).
 */
export const openrouter = openAiCompatible({
  id: "openrouter",
  name: "OpenRouter",
  baseUrl: "https://openrouter.ai/api/v1",
  keyPrefix: "sk-or-",
  maxTokensField: "max_tokens",
  hasResponses: true,
});
