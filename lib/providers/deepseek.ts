import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** DeepSeek (api-docs.deepseek.com). */
export const deepseek = openAiCompatible({
  id: "deepseek",
  name: "DeepSeek",
  baseUrl: "https://api.deepseek.com/v1",
  keyPrefix: "sk-",
  maxTokensField: "max_tokens",
  wantsReasoningBack: true,
});
