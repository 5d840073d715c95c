import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** Cerebras (inference-docs.cerebras.ai/resources/openai). */
export const cerebras = openAiCompatible({
  id: "cerebras",
  name: "Cerebras",
  baseUrl: "https://api.cerebras.ai/v1",
  keyPrefix: "csk-",
  maxTokensField: "max_completion_tokens",
});
