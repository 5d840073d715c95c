import type { ModelRequest } from "@/lib/gateway/parse";

/** A small chat request, as it is after parsing. */
export function modelRequest(changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    path: "chat/completions",
    dialect: "openai",
    headers: {},
    text: "{}",
    body: {},
    mostPromptTokens: 100,
    prompts: 1,
    model: "gpt-4o-mini",
    routing: null,
    streamed: false,
    wantsUsage: false,
    maxTokens: null,
    usualMaxTokens: null,
    choices: 1,
    textOnly: true,
    ownKeyOnly: [],
    promptText: () => "",
    tokensBesideText: 3,
    echoes: 0,
    ...changes,
  };
}
