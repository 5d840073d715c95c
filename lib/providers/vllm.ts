import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** Whoever runs it says where, such as `http://localhost:8000/v1` (docs.vllm.ai/en/latest/serving/openai_compatible_server). */
export const vllm = openAiCompatible({
  id: "vllm",
  name: "vLLM",
  baseUrl: null,
  keyPrefix: null,
  needsKey: false,
  maxTokensField: "max_tokens",
});
