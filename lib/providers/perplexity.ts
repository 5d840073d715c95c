import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * Perplexity (docs.perplexity.ai/api-reference). Its own client knows no `stream_options` and `max_tokens` alone
 * (perplexityai/perplexity-py, completion_create_params.py); the chunks of its streams have the usage unasked.
 */
export const perplexity = openAiCompatible({
  id: "perplexity",
  name: "Perplexity",
  baseUrl: "https://api.perplexity.ai",
  keyPrefix: "pplx-",
  takesStreamOptions: false,
  maxTokensField: "max_tokens",
});
