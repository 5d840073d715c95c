import { openAiCompatible } from "@/lib/providers/openai-compatible";

/**
 * Any other server that speaks OpenAI's API, at the address that its customer or the operator says. Whether it has the
 * Responses API nobody has told us; chats are what all of them have, so it is asked by translation.
 */
export const custom = openAiCompatible({
  id: "custom",
  name: "OpenAI-compatible",
  baseUrl: null,
  baseUrlExample: "https://llm.example.com/v1",
  keyPrefix: null,
  needsKey: false,
  maxTokensField: "max_tokens",
});
