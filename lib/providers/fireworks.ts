import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** docs.fireworks.ai/tools-sdks/openai-compatibility */
export const fireworks = openAiCompatible({
  id: "fireworks",
  name: "Fireworks AI",
  baseUrl: "https://api.fireworks.ai/inference/v1",
  keyPrefix: "fw_",
  maxTokensField: "max_tokens",
});
