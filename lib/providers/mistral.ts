import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** docs.mistral.ai/api. It answers 422 to `stream_options.include_usage` ("Extra inputs are not permitted", openai/openai-agents-python#442) and
 * reports usage in the last chunk of every stream. */
export const mistral = openAiCompatible({
  id: "mistral",
  name: "Mistral",
  baseUrl: "https://api.mistral.ai/v1",
  keyPrefix: null,
  takesStreamOptions: false,
  maxTokensField: "max_tokens",
});
