import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** Gemini through its OpenAI endpoint (ai.google.dev/gemini-api/docs/openai). */
export const google = openAiCompatible({
  id: "google",
  name: "Google",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
  keyPrefix: "AIza",
  maxTokensField: "max_tokens",
});
