import { EventStreamCodec } from "@smithy/eventstream-codec";

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString("utf8"),
  (text) => Buffer.from(text, "utf8"),
);

/** One message of AWS's event stream, framed with its lengths and checksums as Bedrock sends it. */
export function bedrockMessage(name: string, payload: object, kind: "event" | "exception" = "event"): Uint8Array {
  return codec.encode({
    headers: {
      [`:${kind}-type`]: { type: "string", value: name },
      ":content-type": { type: "string", value: "application/json" },
      ":message-type": { type: "string", value: kind },
    },
    // The letters hide how long the message is, and say nothing.
    body: Buffer.from(JSON.stringify({ ...payload, p: "abcdefghij" })),
  });
}

export const EVENT_STREAM = { "content-type": "application/vnd.amazon.eventstream" } as const;

/** 1,000 tokens of the prompt read from the cache and 200 written to it; Bedrock counts them beside the input. */
export const BEDROCK_USAGE = {
  inputTokens: 12,
  outputTokens: 7,
  totalTokens: 1_219,
  cacheReadInputTokens: 1_000,
  cacheWriteInputTokens: 200,
} as const;

/** A whole answer of Converse. */
export function converseAnswer(content: readonly object[], stopReason = "end_turn", usage: object = BEDROCK_USAGE) {
  return { output: { message: { role: "assistant", content } }, stopReason, usage, metrics: { latencyMs: 12 } };
}

const delta = (contentBlockIndex: number, part: object) =>
  bedrockMessage("contentBlockDelta", { contentBlockIndex, delta: part });
const stop = (contentBlockIndex: number) => bedrockMessage("contentBlockStop", { contentBlockIndex });

/** The messages of a block of text. */
export function textBlock(index: number, pieces: readonly string[]): Uint8Array[] {
  return [...pieces.map((text) => delta(index, { text })), stop(index)];
}

/** The messages of a tool's use, its arguments in pieces. */
export function toolBlock(index: number, id: string, name: string, pieces: readonly string[]): Uint8Array[] {
  return [
    bedrockMessage("contentBlockStart", { contentBlockIndex: index, start: { toolUse: { toolUseId: id, name } } }),
    ...pieces.map((input) => delta(index, { toolUse: { input } })),
    stop(index),
  ];
}

/** The messages of a block of thinking: text with a signature, or what only Bedrock can read. */
export function thinkingBlock(index: number, parts: readonly object[]): Uint8Array[] {
  return [...parts.map((reasoningContent) => delta(index, { reasoningContent })), stop(index)];
}

/** All messages of a stream of ConverseStream around those of its blocks. */
export function converseStream(
  blocks: readonly Uint8Array[],
  stopReason = "end_turn",
  usage: object = BEDROCK_USAGE,
): Uint8Array[] {
  return [
    bedrockMessage("messageStart", { role: "assistant" }),
    ...blocks,
    bedrockMessage("messageStop", { stopReason }),
    bedrockMessage("metadata", { usage, metrics: { latencyMs: 12 } }),
  ];
}
