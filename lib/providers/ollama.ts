import { openAiCompatible } from "@/lib/providers/openai-compatible";

/** Ollama, wherever somebody runs it (docs.ollama.com/api/openai-compatibility); it knows `max_tokens` alone. */
export const ollama = openAiCompatible({
  id: "ollama",
  name: "Ollama",
  baseUrl: null,
  baseUrlExample: "https://ollama.example.com/v1",
  keyPrefix: null,
  needsKey: false,
  maxTokensField: "max_tokens",
});
