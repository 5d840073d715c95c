import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** console.groq.com/docs/openai */
export const groq = openAiCompatible({
  id: "groq",
  name: "Groq",
  baseUrl: "https://api.groq.com/openai/v1",
  keyPrefix: "gsk_",
  maxTokensField: "max_completion_tokens",
});
