import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** Groq (console.groq.com/docs/openai); its reference calls `max_tokens` deprecated. */
export const groq = openAiCompatible({
  id: "groq",
  name: "Groq",
  baseUrl: "https://api.groq.com/openai/v1",
  keyPrefix: "gsk_",
  maxTokensField: "max_completion_tokens",
});
