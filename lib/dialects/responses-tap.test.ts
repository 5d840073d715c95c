import { describe, expect, test } from "vitest";
import { responsesTap, tapResponse } from "@/lib/dialects/responses-tap";
import { hasRecordings, RECORDINGS, recordedAnswer, recordedEvents } from "@/lib/testing/recordings";

const USAGE = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 5 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 27,
};
const COUNTS = {
  promptTokens: 20,
  cachedTokens: 5,
  cacheWriteTokens: 0,
  completionTokens: 7,
  reasoningTokens: 3,
  estimated: false,
};

function tapped(events: readonly object[]) {
  const tap = responsesTap();
  const kinds = events.map((event) => tap.event(JSON.stringify(event)).kind);
  return { kinds, ...tap.result() };
}

const end = (type: string, response: object) => ({ type, sequence_number: 9, response });

describe("the usage of a response", () => {
  test.each([
    ["is read with its details", USAGE, COUNTS],
    [
      "may lack details",
      { input_tokens: 2, output_tokens: 1 },
      { promptTokens: 2, completionTokens: 1, cachedTokens: 0 },
    ],
    [
      "counts reasoning once where it stands beside the output, as at xAI",
      { input_tokens: 32, output_tokens: 9, output_tokens_details: { reasoning_tokens: 110 }, total_tokens: 151 },
      { promptTokens: 32, completionTokens: 119, reasoningTokens: 110 },
    ],
    [
      "tells what was written to a cache",
      { input_tokens: 9, output_tokens: 1, input_tokens_details: { cached_tokens: 0, cache_write_tokens: 4 } },
      { promptTokens: 9, cacheWriteTokens: 4 },
    ],
  ])("%s", (_, usage, counts) => {
    expect(tapResponse({ status: "completed", output: [], usage }).usage).toMatchObject(counts);
    expect(tapped([end("response.completed", { usage, output: [] })]).usage).toMatchObject(counts);
  });

  test.each([null, undefined, {}, [], "many", { input_tokens: -1 }, { input_tokens: "7" }, { output_tokens: 1.5 }])(
    "is none where it says nothing that can be: %s",
    (usage) => {
      expect(tapResponse({ output: [], usage }).usage).toBeNull();
    },
  );
});

describe("a stream of a response", () => {
  test("ends with its last event, which tells usage and why", () => {
    const completed = end("response.completed", { status: "completed", usage: USAGE, output: [{ type: "message" }] });
    expect(tapped([{ type: "response.created", response: { usage: null } }, completed])).toEqual({
      kinds: ["other", "done"],
      usage: COUNTS,
      finishReason: "completed",
      text: "",
      produced: true,
    });
    const incomplete = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, usage: USAGE };
    expect(tapped([end("response.incomplete", incomplete)])).toMatchObject({
      kinds: ["done"],
      usage: COUNTS,
      finishReason: "max_output_tokens",
    });
  });

  test("fails with the usage that it had", () => {
    const failed = { status: "failed", error: { code: "server_error", message: "broken" }, usage: USAGE };
    expect(tapped([end("response.failed", failed)])).toMatchObject({
      kinds: ["error"],
      usage: COUNTS,
      finishReason: "failed",
    });
    expect(tapped([{ type: "error", code: "x", message: "broken", param: null }]).kinds).toEqual(["error"]);
    expect(tapped([{ error: { message: "broken" } }]).kinds).toEqual(["error"]);
  });

  test("is listened to for all that the model writes, and for nothing else", () => {
    const heard = tapped([
      { type: "response.output_item.added", item: { type: "reasoning", summary: [] } },
      { type: "response.reasoning_summary_text.delta", delta: "think " },
      { type: "response.output_item.added", item: { type: "message", content: [] } },
      { type: "response.output_text.delta", delta: "say " },
      { type: "response.output_text.done", text: "say " },
      { type: "response.refusal.delta", delta: "no " },
      { type: "response.function_call_arguments.delta", delta: "{}" },
      { type: "response.audio.delta", delta: "UklGRg==" },
      { type: "response.image_generation_call.partial_image", partial_image_b64: "iVBOR" },
      { type: "response.output_text.delta", delta: "" },
      { type: "keepalive" },
    ]);
    expect(heard.text).toBe("think say no {}");
    expect(heard.kinds).toEqual([
      ...["other", "content", "other", "content", "other", "content", "content", "content", "other", "other", "other"],
    ]);
  });

  test("has produced something once a tool is called, and nothing while only its frame is there", () => {
    const frame = [
      { type: "response.created", response: {} },
      { type: "response.output_item.added", item: { type: "message", content: [] } },
    ];
    expect(tapped(frame).produced).toBe(false);
    const call = { type: "response.output_item.added", item: { type: "function_call", arguments: "" } };
    expect(tapped([...frame, call]).produced).toBe(true);
  });

  test("may hold what is no JSON, or no object", () => {
    const tap = responsesTap();
    for (const data of ["", "{", "[DONE]", "null", "[]", '"x"', "7"])
      expect(tap.event(data)).toEqual({ kind: "other", value: null });
    expect(tap.result()).toEqual({ usage: null, finishReason: null, text: "", produced: false });
  });
});

test("of a whole response all that the model wrote is counted, tools' arguments and reasoning included", () => {
  expect(
    tapResponse({
      status: "completed",
      output: [
        { type: "reasoning", summary: [{ type: "summary_text", text: "a" }], encrypted_content: "zzz" },
        { type: "message", content: [{ type: "output_text", text: "b" }, { type: "refusal", refusal: "c" }, null] },
        { type: "function_call", arguments: "d" },
        { type: "custom_tool_call", input: "e" },
        "f",
      ],
    }),
  ).toEqual({ usage: null, finishReason: "completed", text: "abcde", produced: true });
});

describe.skipIf(!hasRecordings)(RECORDINGS, () => {
  test.each([
    "openai-phase.1",
    "openai-custom-tool.1",
    "openai-client-tool-search.1",
    "openai-shell-local-multiturn.1",
  ])("%s: stream and whole answer tell usage and an end", (name) => {
    const whole = recordedAnswer(`openai/${name}`);
    expect(tapResponse(whole)).toMatchObject({ finishReason: "completed", produced: true, usage: expect.anything() });
    const events = recordedEvents(`openai/${name}`);
    const tap = responsesTap();
    const kinds = events.map((data) => tap.event(data).kind);
    expect(kinds.indexOf("done")).toBe(events.length - 1);
    const reported = JSON.parse(events.at(-1) ?? "{}").response.usage;
    expect(tap.result()).toMatchObject({
      finishReason: "completed",
      usage: { promptTokens: reported.input_tokens, completionTokens: reported.output_tokens },
    });
  });

  test("a stream that fails says so before it ends", () => {
    const tap = responsesTap();
    expect(recordedEvents("openai/openai-error.1").map((data) => tap.event(data).kind)).toEqual([
      "other",
      "other",
      "error",
      "error",
    ]);
    expect(tap.result()).toMatchObject({ usage: null, produced: false });
  });
});
