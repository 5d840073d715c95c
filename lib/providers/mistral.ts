import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * Mistral (docs.mistral.ai/api). It knows `max_tokens` alone, and answers 422 to `stream_options.include_usage`
 * (openai/openai-agents-python#442, dnakov/anon-kode#53); the last chunk of its streams has the usage unasked.
 */
export const mistral = openAiCompatible({
  id: "mistral",
  name: "Mistral",
  baseUrl: "https://api.mistral.ai/v1",
  keyPrefix: null,
  takesStreamOptions: false,
  maxTokensField: "max_tokens",
});
