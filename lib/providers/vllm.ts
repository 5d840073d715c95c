import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** vLLM, wherever somebody runs it (docs.vllm.ai/en/latest/serving/openai_compatible_server). */
export const vllm = openAiCompatible({
  id: "vllm",
  name: "vLLM",
  baseUrl: null,
  baseUrlExample: "https://vllm.example.com/v1",
  keyPrefix: null,
  needsKey: false,
  maxTokensField: "max_tokens",
});
