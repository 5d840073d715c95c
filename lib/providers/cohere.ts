import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** docs.cohere.com/docs/compatibility-api */
export const cohere = openAiCompatible({
  id: "cohere",
  name: "Cohere",
  baseUrl: "https://api.cohere.ai/compatibility/v1",
  keyPrefix: null,
  maxTokensField: "max_tokens",
});
