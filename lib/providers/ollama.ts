import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** Whoever runs it says where, such as `http://localhost:11434/v1` (docs.ollama.com/api/openai-compatibility). */
export const ollama = openAiCompatible({
  id: "ollama",
  name: "Ollama",
  baseUrl: null,
  keyPrefix: null,
  needsKey: false,
  maxTokensField: "max_tokens",
});
