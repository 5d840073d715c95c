import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * Gemini through its OpenAI endpoint (ai.google.dev/gemini-api/docs/openai). It answers 400 to a wrong key
 * (cequence-io/openai-scala-client#109).
 */
export const google = openAiCompatible({
  id: "google",
  name: "Google",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
  keyPrefix: "AIza",
  keyRefused: /"reason":\s*"API_KEY_INVALID"/,
  maxTokensField: "max_tokens",
});
