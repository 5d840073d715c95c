import { z } from "zod";
import type { Usage } from "@/lib/catalog/price";
import { isRecord } from "@/lib/core/is-record";
import { jsonRecord } from "@/lib/core/json-record";

const MOST_TOKENS = 1e12;
const tokens = z.number().int().min(0).max(MOST_TOKENS);

/** OpenAI's usage object; details are absent, null or partial at other providers. */
const ReportedUsage = z.object({
  prompt_tokens: tokens.nullish(),
  completion_tokens: tokens.nullish(),
  total_tokens: tokens.nullish(),
  prompt_tokens_details: z
    .object({
      cached_tokens: tokens.nullish(),
      cache_write_tokens: tokens.nullish(),
      cache_creation_token_details: z.object({ ephemeral_1h_input_tokens: tokens.nullish() }).nullish(),
    })
    .nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: tokens.nullish() }).nullish(),
});

type ReportedUsage = z.infer<typeof ReportedUsage>;

function isTokens(value: unknown): boolean {
  if (isAbsent(value)) return true;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS;
}

/** Whether a usage object is surely what the schema takes, as nearly all are; false says nothing, and the schema decides. */
function isReportedUsage(value: unknown): value is ReportedUsage {
  if (!isRecord(value)) return false;
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = value;
  return (
    isTokens(value.prompt_tokens) &&
    isTokens(value.completion_tokens) &&
    isTokens(value.total_tokens) &&
    (isAbsent(prompt) ||
      (isRecord(prompt) &&
        isTokens(prompt.cached_tokens) &&
        isTokens(prompt.cache_write_tokens) &&
        isAbsent(prompt.cache_creation_token_details))) &&
    (isAbsent(completion) || (isRecord(completion) && isTokens(completion.reasoning_tokens)))
  );
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** What was learnt from an answer on its way through. */
export interface Tapped {
  /** null: the provider reported none. */
  usage: Usage | null;
  finishReason: string | null;
  /** The answer's text over all choices, tool arguments included; for counting where no usage was reported. */
  text: string;
  /** Whether anything of the answer itself has come, beyond the frame around it. */
  produced: boolean;
}

/**
 * Reads a usage object; null when it is none. Some providers (xAI) count reasoning beside the completion and not within
 * it, which their total tells.
 */
export function readUsage(value: unknown): Usage | null {
  const reported = isReportedUsage(value) ? value : ReportedUsage.safeParse(value).data;
  if (!reported) return null;
  const { prompt_tokens, completion_tokens, total_tokens, prompt_tokens_details, completion_tokens_details } = reported;
  if (typeof prompt_tokens !== "number" && typeof completion_tokens !== "number") return null;
  const promptTokens = prompt_tokens ?? 0;
  const completionTokens = completion_tokens ?? 0;
  const reasoningTokens = completion_tokens_details?.reasoning_tokens ?? 0;
  const lifetimes = prompt_tokens_details?.cache_creation_token_details;
  const reasoningBeside = total_tokens === promptTokens + completionTokens + reasoningTokens;
  return {
    promptTokens,
    cachedTokens: prompt_tokens_details?.cached_tokens ?? 0,
    cacheWriteTokens: prompt_tokens_details?.cache_write_tokens ?? 0,
    ...(lifetimes ? { cacheWriteHourTokens: lifetimes.ephemeral_1h_input_tokens ?? 0 } : {}),
    completionTokens: reasoningBeside ? completionTokens + reasoningTokens : completionTokens,
    reasoningTokens,
    estimated: false,
  };
}

/** All text in a message or delta: whatever its fields are called, what is a string in it was generated, but for its frame. */
function generatedText(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(generatedText).join("");
  if (!isRecord(value)) return "";
  let text = "";
  for (const [name, part] of Object.entries(value)) if (!FRAME.has(name)) text += generatedText(part);
  return text;
}

// `reasoning_details` says once more what `reasoning_content` says, with signatures.
const FRAME = new Set(["role", "type", "id", "index", "name", "reasoning_details"]);

function readChoices(value: unknown): { text: string; produced: boolean; finishReason: string | null } {
  let text = "";
  let produced = false;
  let finishReason: string | null = null;
  for (const choice of Array.isArray(value) ? value : []) {
    if (!isRecord(choice)) continue;
    const part = generatedText(choice.delta ?? choice.message ?? choice.text);
    text += part;
    produced ||= part !== "" || (isRecord(choice.delta) && Array.isArray(choice.delta.tool_calls));
    if (typeof choice.finish_reason === "string") finishReason = choice.finish_reason;
  }
  return { text, produced, finishReason };
}

/** Reads a whole completion, of a chat or of text. */
export function tapAnswer(answer: Readonly<Record<string, unknown>>): Tapped {
  const { text, produced, finishReason } = readChoices(answer.choices);
  return { usage: readUsage(answer.usage), finishReason, text, produced: produced || text !== "" };
}

/** Reads the answer of an embeddings call: vectors and no text. */
export function tapEmbeddings(answer: Readonly<Record<string, unknown>>): Tapped {
  const produced = Array.isArray(answer.data) && answer.data.length > 0;
  return { usage: readUsage(answer.usage), finishReason: null, text: "", produced };
}

/** What one event of a stream means to the pipeline. */
export type EventKind = "content" | "usage" | "error" | "done" | "other";

export interface StreamTap {
  /** Reads one event's data. */
  event: (data: string) => { kind: EventKind; value: Record<string, unknown> | null };
  /** All that was learnt so far. */
  result: () => Tapped;
}

/** Listens to a stream of completion chunks, of a chat or of text. */
export function streamTap(): StreamTap {
  let usage: Usage | null = null;
  let finishReason: string | null = null;
  let produced = false;
  const parts: string[] = [];
  return {
    event: (data) => {
      if (data.trim() === "[DONE]") return { kind: "done", value: null };
      const value = jsonRecord(data);
      if (value === null) return { kind: "other", value };
      if (isRecord(value.error) || (typeof value.error === "string" && value.error !== ""))
        return { kind: "error", value };
      if (isRecord(value.usage)) usage = readUsage(value.usage) ?? usage;
      const choices = readChoices(value.choices);
      if (choices.text !== "") parts.push(choices.text);
      if (choices.finishReason !== null) finishReason = choices.finishReason;
      produced ||= choices.produced;
      if (isRecord(value.usage) && Array.isArray(value.choices) && value.choices.length === 0)
        return { kind: "usage", value };
      return { kind: choices.produced ? "content" : "other", value };
    },
    result: () => ({ usage, finishReason, text: parts.join(""), produced }),
  };
}
