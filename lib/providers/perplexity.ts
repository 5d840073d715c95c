import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** docs.perplexity.ai/api-reference */
export const perplexity = openAiCompatible({
  id: "perplexity",
  name: "Perplexity",
  baseUrl: "https://api.perplexity.ai",
  keyPrefix: "pplx-",
  takesStreamOptions: false,
  maxTokensField: "max_tokens",
});
