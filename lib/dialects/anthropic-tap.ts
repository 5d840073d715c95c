import { z } from "zod";
import { isRecord } from "@/lib/core/is-record";
import { jsonRecord } from "@/lib/core/json-record";
import type { TokenCounts } from "@/lib/dialects/token-counts";

const tokens = z.number().int().min(0).max(1e12);

/** Anthropic's usage object; in a stream it comes in parts, each count the last that was said. */
const ReportedUsage = z.looseObject({
  input_tokens: tokens.nullish(),
  cache_creation_input_tokens: tokens.nullish(),
  cache_creation: z.looseObject({ ephemeral_1h_input_tokens: tokens.nullish() }).nullish(),
  cache_read_input_tokens: tokens.nullish(),
  output_tokens: tokens.nullish(),
  output_tokens_details: z.looseObject({ thinking_tokens: tokens.nullish() }).nullish(),
  iterations: z.array(z.looseObject({ type: z.string(), input_tokens: tokens, output_tokens: tokens })).nullish(),
});
type ReportedUsage = z.infer<typeof ReportedUsage>;

/** What was learnt from an answer on its way through. */
export interface AnthropicTapped {
  /** null: the provider reported none. Before a stream's last report the completion counts as none. */
  usage: (TokenCounts & { estimated: false }) | null;
  /** Anthropic's `stop_reason`. */
  finishReason: string | null;
  /** The answer's text, its thinking and tool inputs included; for counting where no usage was reported. */
  text: string;
  /** Whether anything of the answer itself has come, beyond the frame around it. */
  produced: boolean;
}

/** What one event of a stream means to the pipeline. A `usage` event also carries the stop reason, and always passes on. */
export type AnthropicEventKind = "content" | "usage" | "error" | "done" | "other";

export interface AnthropicTap {
  /** Reads one event's data. */
  event: (data: string) => { kind: AnthropicEventKind; value: Record<string, unknown> | null };
  /** All that was learnt so far. */
  result: () => AnthropicTapped;
}

/**
 * Input and output at the model's own rate. Where the provider compacted the context on its way, its totals leave that
 * out and the iterations have it (Anthropic, "Compaction"); an answer by a fallback model is in the totals already.
 */
function executed(usage: ReportedUsage): { input: number; output: number } {
  const iterations = usage.iterations ?? [];
  const own = iterations.filter(({ type }) => type === "message" || type === "compaction");
  const isFallback = iterations.some(({ type }) => type === "fallback_message");
  if (own.length === 0 || isFallback) return { input: usage.input_tokens ?? 0, output: usage.output_tokens ?? 0 };
  return {
    input: own.reduce((sum, iteration) => sum + iteration.input_tokens, 0),
    output: own.reduce((sum, iteration) => sum + iteration.output_tokens, 0),
  };
}

function countsOf(usage: ReportedUsage): AnthropicTapped["usage"] {
  if (typeof usage.input_tokens !== "number" && typeof usage.output_tokens !== "number") return null;
  const { input, output } = executed(usage);
  const cachedTokens = usage.cache_read_input_tokens ?? 0;
  const cacheWriteTokens = usage.cache_creation_input_tokens ?? 0;
  return {
    promptTokens: input + cachedTokens + cacheWriteTokens,
    cachedTokens,
    cacheWriteTokens,
    ...(usage.cache_creation && cacheWriteTokens > 0
      ? { cacheWriteHourTokens: usage.cache_creation.ephemeral_1h_input_tokens ?? 0 }
      : {}),
    completionTokens: output,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
    estimated: false,
  };
}

/** Reads a whole usage object; null when it is none. */
export function readAnthropicUsage(value: unknown): AnthropicTapped["usage"] {
  const parsed = ReportedUsage.safeParse(value);
  return parsed.success ? countsOf(parsed.data) : null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function inputText(value: unknown): string {
  return isRecord(value) && Object.keys(value).length > 0 ? JSON.stringify(value) : "";
}

/** What the model itself wrote into a block, and whether the block is its work at all: results of tools are not. */
function readBlock(block: unknown): { text: string; produced: boolean } {
  if (!isRecord(block)) return { text: "", produced: false };
  switch (block.type) {
    case "text":
    case "thinking": {
      const written = text(block.text) + text(block.thinking);
      return { text: written, produced: written !== "" };
    }
    case "redacted_thinking":
      return { text: "", produced: true };
    case "tool_use":
    case "server_tool_use":
    case "mcp_tool_use":
      return { text: inputText(block.input), produced: true };
    default:
      return { text: "", produced: false };
  }
}

function readBlocks(content: unknown): { text: string; produced: boolean } {
  const blocks = (Array.isArray(content) ? content : []).map(readBlock);
  return { text: blocks.map((block) => block.text).join(""), produced: blocks.some(({ produced }) => produced) };
}

/** Reads a whole message. */
export function tapAnthropicMessage(value: unknown): AnthropicTapped {
  const message = isRecord(value) ? value : {};
  return {
    usage: readAnthropicUsage(message.usage),
    finishReason: typeof message.stop_reason === "string" ? message.stop_reason : null,
    ...readBlocks(message.content),
  };
}

/** Listens to the events of a message's stream. */
export function anthropicTap(): AnthropicTap {
  let usage: ReportedUsage | null = null;
  let finishReason: string | null = null;
  let produced = false;
  const written: string[] = [];

  const report = (value: unknown, isLast: boolean) => {
    const parsed = ReportedUsage.safeParse(value);
    if (!parsed.success) return;
    const said = Object.entries(parsed.data).filter(([, part]) => part !== null && part !== undefined);
    usage = { ...usage, ...Object.fromEntries(said) };
    // What the beginning says of the output is where the count stood then.
    if (!isLast) usage.output_tokens = 0;
  };
  const take = (part: { text: string; produced: boolean }): AnthropicEventKind => {
    if (part.text !== "") written.push(part.text);
    produced ||= part.produced;
    return part.produced ? "content" : "other";
  };
  const read = (value: Record<string, unknown>): AnthropicEventKind => {
    switch (value.type) {
      case "message_start": {
        const message = isRecord(value.message) ? value.message : {};
        report(message.usage, false);
        return take(readBlocks(message.content));
      }
      case "content_block_start":
        return take(readBlock(value.content_block));
      case "content_block_delta": {
        const delta = isRecord(value.delta) ? value.delta : {};
        const part = text(delta.text) + text(delta.thinking) + text(delta.partial_json);
        return take({ text: part, produced: part !== "" });
      }
      case "message_delta": {
        const delta = isRecord(value.delta) ? value.delta : {};
        if (typeof delta.stop_reason === "string") finishReason = delta.stop_reason;
        report(value.usage, true);
        return "usage";
      }
      case "message_stop":
        return "done";
      case "error":
        return "error";
      default:
        return "other";
    }
  };

  return {
    event: (data) => {
      const value = jsonRecord(data);
      return { kind: value ? read(value) : "other", value };
    },
    result: () => ({
      usage: usage === null ? null : countsOf(usage),
      finishReason,
      text: written.join(""),
      produced,
    }),
  };
}
