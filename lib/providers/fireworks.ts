import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * Fireworks AI (docs.fireworks.ai/tools-sdks/openai-compatibility). It refused `stream_options` in 2024
 * (FlowiseAI/Flowise#2866); its newer models report usage only when asked by it (langchain-ai/langchain#36977).
 */
export const fireworks = openAiCompatible({
  id: "fireworks",
  name: "Fireworks AI",
  baseUrl: "https://api.fireworks.ai/inference/v1",
  keyPrefix: "fw_",
  maxTokensField: "max_tokens",
});
