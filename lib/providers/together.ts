import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** Together AI (docs.together.ai/docs/openai-api-compatibility). */
export const together = openAiCompatible({
  id: "together",
  name: "Together AI",
  baseUrl: "https://api.together.xyz/v1",
  keyPrefix: null,
  maxTokensField: "max_tokens",
});
