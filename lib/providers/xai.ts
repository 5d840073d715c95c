import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** docs.x.ai/docs/api-reference */
export const xai = openAiCompatible({
  id: "xai",
  name: "xAI",
  baseUrl: "https://api.x.ai/v1",
  keyPrefix: "xai-",
  maxTokensField: "max_completion_tokens",
});
