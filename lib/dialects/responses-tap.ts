import { z } from "zod";
import { isRecord } from "@/lib/core/is-record";
import { jsonRecord } from "@/lib/core/json-record";
import type { TokenCounts } from "@/lib/dialects/token-counts";

const tokens = z.number().int().min(0).max(1e12);

/** The usage object of OpenAI's Responses API; details are absent, null or partial at other providers. */
const ReportedUsage = z.looseObject({
  input_tokens: tokens.nullish(),
  output_tokens: tokens.nullish(),
  total_tokens: tokens.nullish(),
  input_tokens_details: z
    .looseObject({ cached_tokens: tokens.nullish(), cache_write_tokens: tokens.nullish() })
    .nullish(),
  output_tokens_details: z.looseObject({ reasoning_tokens: tokens.nullish() }).nullish(),
});

/** What was learnt from a response on its way through. */
export interface ResponsesTapped {
  /** null: the provider reported none. */
  usage: (TokenCounts & { estimated: false }) | null;
  /** Why it is incomplete, else its `status`. */
  finishReason: string | null;
  /** What the model wrote, its reasoning and the arguments of tools included; for counting where no usage was reported. */
  text: string;
  /** Whether anything of the answer itself has come, beyond the frame around it. */
  produced: boolean;
}

/** What one event of a stream means to the pipeline. */
export type ResponsesEventKind = "content" | "error" | "done" | "other";

export interface ResponsesTap {
  /** Reads one event's data. */
  event: (data: string) => { kind: ResponsesEventKind; value: Record<string, unknown> | null };
  /** All that was learnt so far. */
  result: () => ResponsesTapped;
}

/**
 * Reads a usage object; null when it is none. xAI counts reasoning beside the output and not within it, which its total
 * tells, as in its chats.
 */
export function readResponsesUsage(value: unknown): ResponsesTapped["usage"] {
  const parsed = ReportedUsage.safeParse(value);
  if (!parsed.success) return null;
  const { input_tokens, output_tokens, total_tokens, input_tokens_details, output_tokens_details } = parsed.data;
  if (typeof input_tokens !== "number" && typeof output_tokens !== "number") return null;
  const promptTokens = input_tokens ?? 0;
  const output = output_tokens ?? 0;
  const reasoningTokens = output_tokens_details?.reasoning_tokens ?? 0;
  const isBeside = total_tokens === promptTokens + output + reasoningTokens;
  return {
    promptTokens,
    cachedTokens: input_tokens_details?.cached_tokens ?? 0,
    cacheWriteTokens: input_tokens_details?.cache_write_tokens ?? 0,
    completionTokens: isBeside ? output + reasoningTokens : output,
    reasoningTokens,
    estimated: false,
  };
}

function finishReasonOf(response: Readonly<Record<string, unknown>>): string | null {
  const { status, incomplete_details: details } = response;
  if (status === "incomplete" && isRecord(details) && typeof details.reason === "string") return details.reason;
  return typeof status === "string" ? status : null;
}

const string = (value: unknown): string => (typeof value === "string" ? value : "");

function textsOf(parts: unknown): string {
  if (!Array.isArray(parts)) return "";
  return parts.map((part) => (isRecord(part) ? string(part.text) + string(part.refusal) : "")).join("");
}

/** What the model itself wrote into an item; what its provider's tools found is not the model's. */
function writtenIn(item: unknown): string {
  if (!isRecord(item)) return "";
  return (
    textsOf(item.content) + textsOf(item.summary) + string(item.arguments) + string(item.input) + string(item.code)
  );
}

/** Reads a whole response. */
export function tapResponse(response: Readonly<Record<string, unknown>>): ResponsesTapped {
  const output = Array.isArray(response.output) ? response.output : [];
  return {
    usage: readResponsesUsage(response.usage),
    finishReason: finishReasonOf(response),
    text: output.map(writtenIn).join(""),
    produced: output.length > 0,
  };
}

/** Items that are announced before the model has written anything of them. */
const FRAMES: ReadonlySet<unknown> = new Set(["message", "reasoning"]);
/** Deltas that are sound, in base64. */
const SOUND = "response.audio.delta";

/** Listens to the events of a response's stream. */
export function responsesTap(): ResponsesTap {
  let usage: ResponsesTapped["usage"] = null;
  let finishReason: string | null = null;
  let produced = false;
  const written: string[] = [];

  const content = (): ResponsesEventKind => {
    produced = true;
    return "content";
  };
  const end = (value: Record<string, unknown>): void => {
    const response = isRecord(value.response) ? value.response : {};
    usage = readResponsesUsage(response.usage) ?? usage;
    finishReason = finishReasonOf(response) ?? finishReason;
    produced ||= Array.isArray(response.output) && response.output.length > 0;
  };
  const read = (value: Record<string, unknown>): ResponsesEventKind => {
    const { type, delta } = value;
    switch (type) {
      case "response.completed":
      case "response.incomplete":
        end(value);
        return "done";
      case "response.failed":
        end(value);
        return "error";
      case "error":
        return "error";
      case "response.output_item.added":
        return isRecord(value.item) && !FRAMES.has(value.item.type) ? content() : "other";
      case "response.output_item.done":
        return content();
      default:
        break;
    }
    if (typeof delta !== "string" || delta === "" || typeof type !== "string" || !type.endsWith(".delta"))
      // Some providers say an error in the form of their chats.
      return isRecord(value.error) ? "error" : "other";
    if (type !== SOUND) written.push(delta);
    return content();
  };

  return {
    event: (data) => {
      const value = jsonRecord(data);
      return { kind: value ? read(value) : "other", value };
    },
    result: () => ({ usage, finishReason, text: written.join(""), produced }),
  };
}
