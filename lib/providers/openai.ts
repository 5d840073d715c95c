import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** OpenAI (platform.openai.com/docs/api-reference). */
export const openai = openAiCompatible({
  id: "openai",
  name: "OpenAI",
  baseUrl: "https://api.openai.com/v1",
  keyPrefix: "sk-",
  maxTokensField: "max_completion_tokens",
  hasResponses: true,
});
