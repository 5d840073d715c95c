import { openAiCompatible } from "@/lib/providers/openai-compatible";

export const openai = openAiCompatible({
  id: "openai",
  name: "OpenAI",
  baseUrl: "https://api.openai.com/v1",
  maxTokensField: "max_completion_tokens",
});
