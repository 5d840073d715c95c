import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * Groq (console.groq.com/docs/openai); its reference calls `max_tokens` deprecated. It refused `stream_options` in 2024
 * (vercel/ai#1578); now its streams report usage only when asked by it (withceleste/celeste-python#351). Its Responses
 * API is a beta and keeps no state (console.groq.com/docs/responses-api).
 */
export const groq = openAiCompatible({
  id: "groq",
  name: "Groq",
  baseUrl: "https://api.groq.com/openai/v1",
  keyPrefix: "gsk_",
  maxTokensField: "max_completion_tokens",
  hasResponses: true,
});
