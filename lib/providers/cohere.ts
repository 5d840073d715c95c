import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * Cohere through its compatibility API (docs.cohere.com/docs/compatibility-api). Its page has no longer called
 * `stream_options` unsupported since August 2025 (cohere-ai/cohere-developer-experience#606), but others still see it
 * refused (strandsagents.com, model providers, Cohere). So it is not sent: a stream without usage is counted by us, one
 * that is refused serves nobody.
 */
export const cohere = openAiCompatible({
  id: "cohere",
  name: "Cohere",
  baseUrl: "https://api.cohere.ai/compatibility/v1",
  keyPrefix: null,
  takesStreamOptions: false,
  maxTokensField: "max_tokens",
});
