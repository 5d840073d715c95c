import type {
  LanguageModelV3Content,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
} from "@ai-sdk/provider";
import { isRecord } from "@/lib/core/is-record";
import { anthropicStopReason } from "@/lib/dialects/finish-reason";
import type { AnswerFrame } from "@/lib/dialects/openai-chat-encode";
import { redactedDataOf, refusalOf, signatureOf } from "@/lib/dialects/provider-metadata";
import { anthropicUsage, tokenCounts } from "@/lib/dialects/token-counts";
import { type Complaint, complaintOf } from "@/lib/dialects/upstream-error";

type Block =
  | { type: "text"; text: string }
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "redacted_thinking"; data: string }
  | { type: "tool_use"; id: string; name: string; input: Record<string, unknown> };

type Delta =
  | { type: "text_delta"; text: string }
  | { type: "thinking_delta"; thinking: string }
  | { type: "signature_delta"; signature: string }
  | { type: "input_json_delta"; partial_json: string };

type AnthropicUsage = ReturnType<typeof anthropicUsage>;

/** The data of an event of Anthropic's stream; its `type` is the event's name too. */
export type AnthropicEvent =
  | { type: "message_start"; message: object }
  | { type: "content_block_start"; index: number; content_block: Block }
  | { type: "content_block_delta"; index: number; delta: Delta }
  | { type: "content_block_stop"; index: number }
  | { type: "message_delta"; delta: { stop_reason: string; stop_sequence: null }; usage: AnthropicUsage }
  | { type: "message_stop" }
  | { type: "error"; error: { type: string; message: string } };

const NO_TOKENS = anthropicUsage({
  promptTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  completionTokens: 0,
  reasoningTokens: 0,
});

function usageOf(usage: LanguageModelV3Usage) {
  const counts = tokenCounts(usage);
  return counts === null ? NO_TOKENS : anthropicUsage(counts);
}

/** A tool's arguments as an object; others have a place where Anthropic's guide to streamed tool input puts them. */
function inputOf(json: string): Record<string, unknown> {
  if (json.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(json);
    if (isRecord(value)) return value;
  } catch {
    // Cut off, or never JSON.
  }
  return { INVALID_JSON: json };
}

function blockOf(part: LanguageModelV3Content): Block | null {
  switch (part.type) {
    case "text":
      return part.text === "" ? null : { type: "text", text: part.text };
    case "reasoning": {
      const data = redactedDataOf(part.providerMetadata);
      if (data !== null) return { type: "redacted_thinking", data };
      // Only Anthropic signs; elsewhere there is nothing to prove.
      return { type: "thinking", thinking: part.text, signature: signatureOf(part.providerMetadata) ?? "" };
    }
    case "tool-call":
      if (part.providerExecuted) return null;
      return { type: "tool_use", id: part.toolCallId, name: part.toolName, input: inputOf(part.input) };
    // Files, sources and the results of a provider's own tools cannot be asked for across dialects.
    case "file":
    case "source":
    case "tool-result":
    case "tool-approval-request":
      return null;
    default:
      return part satisfies never;
  }
}

/** A whole answer as Anthropic's message. */
export function anthropicMessage(result: LanguageModelV3GenerateResult, frame: AnswerFrame) {
  const content = result.content.flatMap((part) => blockOf(part) ?? []);
  const refusal = refusalOf(result.providerMetadata);
  if (refusal !== null) content.push({ type: "text", text: refusal });
  return {
    id: frame.id,
    type: "message",
    role: "assistant",
    model: frame.model,
    content,
    stop_reason:
      refusal !== null
        ? "refusal"
        : anthropicStopReason(
            result.finishReason,
            content.some(({ type }) => type === "tool_use"),
          ),
    stop_sequence: null,
    usage: usageOf(result.usage),
  };
}

interface OpenBlock {
  key: string;
  block: Block;
  /** Held back while another block is open. */
  deltas: Delta[];
  /** A tool's arguments so far. */
  json: string;
  ended: boolean;
}

function isWhole(json: string): boolean {
  try {
    return isRecord(JSON.parse(json));
  } catch {
    return false;
  }
}

/**
 * Puts blocks one after the other, as Anthropic sends them, where the other dialect lets them overlap. A text is ended by
 * the block after it and goes on as another one; a tool's block ends when its arguments are whole, and until then what
 * comes in between waits.
 */
class BlockSequence {
  readonly #events: AnthropicEvent[] = [];
  readonly #waiting: OpenBlock[] = [];
  #open: OpenBlock | null = null;
  #index = -1;

  /** The events since the last call. */
  take(): AnthropicEvent[] {
    return this.#events.splice(0);
  }

  start(key: string, block: Block): void {
    this.#waiting.push({ key, block, deltas: [], json: "", ended: false });
    this.#advance();
  }

  /** Adds to a block; where it has ended already, `anew` begins another. */
  add(key: string, delta: Delta, anew: Block | null = null): void {
    const find = () => [this.#open, ...this.#waiting].find((block) => block?.key === key);
    if (!find() && anew !== null) this.start(key, anew);
    const target = find();
    if (!target) return;
    if (delta.type === "input_json_delta") target.json += delta.partial_json;
    if (target === this.#open) this.#events.push({ type: "content_block_delta", index: this.#index, delta });
    else target.deltas.push(delta);
    this.#advance();
  }

  end(key: string): void {
    for (const block of [this.#open, ...this.#waiting]) if (block?.key === key) block.ended = true;
    this.#advance();
  }

  endAll(): void {
    for (const block of [this.#open, ...this.#waiting]) if (block) block.ended = true;
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      if (this.#open !== null && (this.#open.ended || (this.#waiting.length > 0 && mayClose(this.#open)))) {
        this.#events.push({ type: "content_block_stop", index: this.#index });
        this.#open = null;
      }
      if (this.#open !== null) return;
      const next = this.#waiting.shift();
      if (!next) return;
      this.#begin(next);
    }
  }

  #begin(next: OpenBlock): void {
    this.#index += 1;
    this.#open = next;
    const index = this.#index;
    this.#events.push({ type: "content_block_start", index, content_block: next.block });
    for (const delta of next.deltas) this.#events.push({ type: "content_block_delta", index, delta });
  }
}

function mayClose({ block, json }: OpenBlock): boolean {
  return block.type !== "tool_use" || isWhole(json);
}

const EMPTY_TEXT: Block = { type: "text", text: "" };
const EMPTY_THINKING: Block = { type: "thinking", thinking: "", signature: "" };

/**
 * A stream as the events of Anthropic's stream. How many tokens the prompt had is known at the end only, and is said
 * there. A provider's error becomes the last event; a stream that ends before its end just ends, without `message_stop`.
 */
export async function* anthropicMessageEvents(
  parts: AsyncIterable<LanguageModelV3StreamPart>,
  frame: AnswerFrame,
): AsyncGenerator<AnthropicEvent> {
  const blocks = new BlockSequence();
  const tools = new Map<string, { hasInput: boolean }>();
  const startTool = (id: string, name: string) => {
    tools.set(id, { hasInput: false });
    blocks.start(`tool ${id}`, { type: "tool_use", id, name, input: {} });
  };
  const addInput = (id: string, json: string) => {
    const tool = tools.get(id);
    if (!tool || json === "") return;
    tool.hasInput = true;
    blocks.add(`tool ${id}`, { type: "input_json_delta", partial_json: json });
  };

  const message = {
    id: frame.id,
    type: "message",
    role: "assistant",
    model: frame.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: NO_TOKENS,
  };
  let isOpen = false;
  for await (const part of parts) {
    // Not before the provider has said something: until then another one can be asked.
    if (!isOpen && part.type !== "stream-start" && part.type !== "raw" && part.type !== "error") {
      isOpen = true;
      yield { type: "message_start", message };
    }
    switch (part.type) {
      case "text-delta":
        if (part.delta !== "") blocks.add(`text ${part.id}`, { type: "text_delta", text: part.delta }, EMPTY_TEXT);
        break;
      case "text-end":
        blocks.end(`text ${part.id}`);
        break;
      case "reasoning-start": {
        const data = redactedDataOf(part.providerMetadata);
        if (data !== null) blocks.start(`thinking ${part.id}`, { type: "redacted_thinking", data });
        break;
      }
      case "reasoning-delta": {
        const key = `thinking ${part.id}`;
        if (part.delta !== "") blocks.add(key, { type: "thinking_delta", thinking: part.delta }, EMPTY_THINKING);
        const signature = signatureOf(part.providerMetadata);
        if (signature !== null) blocks.add(key, { type: "signature_delta", signature }, EMPTY_THINKING);
        break;
      }
      case "reasoning-end": {
        // Bedrock's provider has it whole at the end only, with nothing before.
        const data = redactedDataOf(part.providerMetadata);
        if (data !== null) blocks.start(`thinking ${part.id}`, { type: "redacted_thinking", data });
        blocks.end(`thinking ${part.id}`);
        break;
      }
      case "tool-input-start":
        if (!part.providerExecuted) startTool(part.id, part.toolName);
        break;
      case "tool-input-delta":
        addInput(part.id, part.delta);
        break;
      case "tool-input-end":
        break;
      case "tool-call":
        if (part.providerExecuted) break;
        if (!tools.has(part.toolCallId)) startTool(part.toolCallId, part.toolName);
        if (!tools.get(part.toolCallId)?.hasInput && part.input !== "{}") addInput(part.toolCallId, part.input);
        blocks.end(`tool ${part.toolCallId}`);
        break;
      case "error":
        yield* blocks.take();
        yield { type: "error", error: anthropicError(complaintOf(part.error), null) };
        return;
      case "finish": {
        const refusal = refusalOf(part.providerMetadata);
        if (refusal !== null) blocks.add("text refusal", { type: "text_delta", text: refusal }, EMPTY_TEXT);
        blocks.endAll();
        yield* blocks.take();
        const stopReason = refusal !== null ? "refusal" : anthropicStopReason(part.finishReason, tools.size > 0);
        const delta = { stop_reason: stopReason, stop_sequence: null };
        yield { type: "message_delta", delta, usage: usageOf(part.usage) };
        yield { type: "message_stop" };
        return;
      }
      case "stream-start":
      case "response-metadata":
      case "text-start":
      // Files, sources and the results of a provider's own tools cannot be asked for across dialects.
      case "file":
      case "source":
      case "tool-result":
      case "tool-approval-request":
      case "raw":
        break;
      default:
        part satisfies never;
    }
    yield* blocks.take();
  }
}

/** Anthropic's types of error by status (Anthropic, "Errors"). */
const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  422: "invalid_request_error",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** A provider's complaint as Anthropic words it; `status` is null within a stream. */
export function anthropicError({ message }: Complaint, status: number | null) {
  return { type: (status === null ? null : TYPES[status]) ?? "api_error", message };
}
