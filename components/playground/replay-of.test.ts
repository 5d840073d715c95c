import { expect, test } from "vitest";
import { chatBody, readParameters } from "@/components/playground/chat-body";
import { userMessage } from "@/components/playground/conversation";
import { type ReplayDraft, replayOf } from "@/components/playground/replay-of";

function draftOf(body: unknown): ReplayDraft {
  const replay = replayOf("chat/completions", { text: JSON.stringify(body), cut: false });
  if (!replay.ok) throw new Error(replay.reason);
  return replay.draft;
}

/** What the playground sends where nothing is changed. */
function sentAgain(body: unknown): unknown {
  const { model, fields, earlier, prompt, images } = draftOf(body);
  const read = readParameters(fields);
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return chatBody(model, read.parameters, earlier, prompt === "" ? [] : [userMessage(prompt, images)]);
}

const TOOL = { type: "function", function: { name: "weather", parameters: { type: "object" } } };
const CALL = { id: "call_1", type: "function", function: { name: "weather", arguments: '{"in":"Rome"}' } };

test("what is sent again is the call: messages, model, and every parameter", () => {
  const body = {
    model: "openai/gpt-4o",
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Weather?" },
      { role: "assistant", content: null, tool_calls: [CALL] },
      { role: "tool", tool_call_id: "call_1", content: "Sunny" },
      { role: "assistant", content: "Sunny." },
      { role: "user", content: "And tomorrow?" },
    ],
    temperature: 0.2,
    max_tokens: 64,
    tools: [TOOL],
    top_p: 0.9,
    response_format: { type: "json_object" },
  };
  expect(sentAgain(body)).toEqual(body);
});

test("a call that ended with what a tool said goes on from there", () => {
  const body = {
    model: "m",
    messages: [
      { role: "user", content: "Weather?" },
      { role: "assistant", content: null, tool_calls: [CALL] },
      { role: "tool", tool_call_id: "call_1", content: "Sunny" },
    ],
  };
  expect(sentAgain(body)).toEqual(body);
});

test("pictures come along, and streaming, which the playground does by itself, does not", () => {
  const picture = "data:image/png;base64,AAAA";
  const content = [
    { type: "text", text: "What is it?" },
    { type: "image_url", image_url: { url: picture } },
  ];
  const body = { model: "m", messages: [{ role: "user", content }], stream: true, stream_options: {}, n: 2 };
  expect(sentAgain(body)).toEqual({ model: "m", messages: [{ role: "user", content }] });
});

test.each([
  ["another endpoint's call", "embeddings", '{"model":"m","input":"x"}', false, "a call of embeddings"],
  ["a body that was cut", "chat/completions", '{"model":"m","mess', true, "only the beginning"],
  ["what is no JSON any more", "chat/completions", '{"model":', false, "no whole JSON"],
  [
    "a message with sound",
    "chat/completions",
    '{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio"}]}]}',
    false,
    "more than the playground can",
  ],
])("%s cannot be replayed, and a sentence says why", (_, endpoint, text, cut, words) => {
  const replay = replayOf(endpoint, { text, cut });
  expect(replay.ok ? "" : replay.reason).toContain(words);
});
