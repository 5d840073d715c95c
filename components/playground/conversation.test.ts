import { expect, test } from "vitest";
import { toldMessages, toolMessages, userMessage } from "@/components/playground/conversation";

const words = (text: string) => ({ text, toolCalls: [] });
const call = { text: "", toolCalls: [{ id: "call_1", name: "weather", arguments: '{"city":"Bern"}' }] };
const ask = [userMessage("Weather?", [])];

test("a picture goes with the words, and alone where there are none", () => {
  const url = "data:image/png;base64,AA==";
  expect(userMessage("What is it?", [url])).toEqual({
    role: "user",
    content: [
      { type: "text", text: "What is it?" },
      { type: "image_url", image_url: { url } },
    ],
  });
  expect(userMessage(" ", [url]).content).toHaveLength(1);
  expect(userMessage("Hi", [])).toEqual({ role: "user", content: "Hi" });
});

test("what was answered is told again, what failed is not", () => {
  const turns = [
    { said: [userMessage("A?", [])], answer: words("B.") },
    { said: [userMessage("C?", [])], answer: words("") },
  ];
  expect(toldMessages(turns)).toEqual({
    settled: [
      { role: "user", content: "A?" },
      { role: "assistant", content: "B." },
    ],
    open: [],
  });
});

test("a call of a tool is open until its answer led to words; one that nobody answered is not told", () => {
  const { settled, open } = toldMessages([{ said: ask, answer: call }]);
  expect(settled).toEqual([]);
  expect(open).toEqual([
    ...ask,
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } }],
    },
  ]);
  const said = toolMessages(call, ["sunny"]);
  expect(said).toEqual([{ role: "tool", tool_call_id: "call_1", content: "sunny" }]);
  const done = toldMessages([
    { said: ask, answer: call },
    { said, answer: words("Sunny.") },
  ]);
  expect(done.open).toEqual([]);
  expect(done.settled.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "assistant"]);
  const left = toldMessages([
    { said: ask, answer: call },
    { said: [userMessage("Never mind.", [])], answer: words("Fine.") },
  ]);
  expect(left.settled.map(({ content }) => content)).toEqual(["Never mind.", "Fine."]);
});

test("after an answer to a tool that failed, neither the call nor the answer is told", () => {
  const turns = [
    { said: ask, answer: call },
    { said: toolMessages(call, ["sunny"]), answer: words("") },
  ];
  expect(toldMessages(turns)).toEqual({ settled: [], open: [] });
});
