import { isRecord } from "@/lib/core/is-record";
import { PICTURE, TOOL, TOOL_ANSWER } from "@/lib/testing/clients";
import { PLAIN_PIECES, PLAIN_USAGE, type UpstreamCall, type UpstreamScript } from "@/lib/testing/upstream";

/** What Anthropic counts apart; 1,000 of the prompt read from its cache, 200 written to it. */
export const CLAUDE_USAGE = {
  input_tokens: 12,
  cache_creation_input_tokens: 200,
  cache_read_input_tokens: 1_000,
  output_tokens: 7,
};

export const TOOL_INPUT = { city: "Paris" };
export const SCHEMA_ANSWER = { city: "Paris", degrees: 21 };
export const PICTURE_TEXT = "One pixel.";
export const AFTER_TOOL_TEXT = "It is sunny in Paris.";

const STREAM = { "content-type": "text/event-stream" };

/** What a model that understands a request says to it: the same in both dialects. */
function replyTo(body: string): { pieces: readonly string[] } | { call: { name: string; input: object } } {
  if (body.includes(TOOL_ANSWER)) return { pieces: [AFTER_TOOL_TEXT] };
  if (body.includes(TOOL.description)) return { call: { name: TOOL.name, input: TOOL_INPUT } };
  // The AI SDK has a tool of its own for models that it does not know to follow a schema.
  if (body.includes('"name":"json"')) return { call: { name: "json", input: SCHEMA_ANSWER } };
  if (body.includes('"degrees":{')) return { pieces: [JSON.stringify(SCHEMA_ANSWER)] };
  if (body.includes(PICTURE)) return { pieces: [PICTURE_TEXT] };
  return { pieces: PLAIN_PIECES };
}

function openAiAnswer(body: string): UpstreamScript {
  const reply = replyTo(body);
  if ("pieces" in reply) return { pieces: reply.pieces };
  const call = {
    id: "call_1",
    type: "function",
    function: { name: reply.call.name, arguments: JSON.stringify(reply.call.input) },
  };
  const message = { role: "assistant", content: null, tool_calls: [call] };
  return {
    body: JSON.stringify({
      id: "chatcmpl-test",
      object: "chat.completion",
      created: 1_760_000_000,
      model: "gpt-4o-mini",
      choices: [{ index: 0, message, finish_reason: "tool_calls" }],
      usage: PLAIN_USAGE,
    }),
  };
}

const MESSAGE = {
  id: "msg_01",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  stop_sequence: null,
};

function anthropicFrames(pieces: readonly string[]): string[] {
  const events = [
    {
      type: "message_start",
      message: { ...MESSAGE, content: [], stop_reason: null, usage: { ...CLAUDE_USAGE, output_tokens: 1 } },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "ping" },
    ...pieces.map((text) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } })),
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: CLAUDE_USAGE.output_tokens },
    },
    { type: "message_stop" },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function anthropicAnswer(body: string): UpstreamScript {
  const reply = replyTo(body);
  const asked: unknown = JSON.parse(body);
  if ("pieces" in reply && isRecord(asked) && asked.stream === true)
    return { chunks: anthropicFrames(reply.pieces), headers: STREAM };
  const content =
    "pieces" in reply
      ? [{ type: "text", text: reply.pieces.join("") }]
      : [{ type: "tool_use", id: "toolu_1", ...reply.call }];
  const stop_reason = "pieces" in reply ? "end_turn" : "tool_use";
  return { body: JSON.stringify({ ...MESSAGE, content, stop_reason, usage: CLAUDE_USAGE }) };
}

/** A provider that is Anthropic at `messages` and OpenAI everywhere else, and does what the clients' skills ask of it. */
export function bothDialects(call: UpstreamCall): UpstreamScript {
  if (call.path.endsWith("/messages/count_tokens")) return { body: '{"input_tokens":14}' };
  if (call.path.endsWith("/messages")) return anthropicAnswer(call.body);
  return call.path.endsWith("/chat/completions") ? openAiAnswer(call.body) : {};
}
