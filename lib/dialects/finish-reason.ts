import type { LanguageModelV3FinishReason } from "@ai-sdk/provider";

type Unified = LanguageModelV3FinishReason["unified"];

const OPENAI = {
  stop: "stop",
  length: "length",
  "content-filter": "content_filter",
  "tool-calls": "stop",
  error: "stop",
  other: "stop",
} as const satisfies Record<Unified, string>;

const ANTHROPIC = {
  stop: "end_turn",
  length: "max_tokens",
  "content-filter": "refusal",
  "tool-calls": "end_turn",
  error: "end_turn",
  other: "end_turn",
} as const satisfies Record<Unified, string>;

/** Whether the answer waits for the caller's tools: some providers say "stop" then, as OpenAI does for a forced tool. */
function waitsForTools(reason: LanguageModelV3FinishReason, calledTools: boolean): boolean {
  return calledTools && reason.unified !== "length" && reason.unified !== "content-filter";
}

/** OpenAI's `finish_reason`. */
export function openAiFinishReason(reason: LanguageModelV3FinishReason, calledTools: boolean) {
  return waitsForTools(reason, calledTools) ? "tool_calls" : OPENAI[reason.unified];
}

/** Anthropic's `stop_reason`. */
export function anthropicStopReason(reason: LanguageModelV3FinishReason, calledTools: boolean) {
  return waitsForTools(reason, calledTools) ? "tool_use" : ANTHROPIC[reason.unified];
}
