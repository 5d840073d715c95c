import { describe, expect, test } from "vitest";
import type { Usage } from "@/lib/catalog/price";
import { splitEvents } from "@/lib/core/sse";
import { readUsage, streamTap, type Tapped, tapAnswer, tapEmbeddings } from "@/lib/gateway/tap";
import { hasRecordings, RECORDINGS, recordedAnswer, recordedEvents, recordedStream } from "@/lib/testing/recordings";

function usage(promptTokens: number, completionTokens: number, cachedTokens = 0, reasoningTokens = 0): Usage {
  return { promptTokens, completionTokens, cachedTokens, cacheWriteTokens: 0, reasoningTokens, estimated: false };
}

function listen(events: readonly string[]): Tapped {
  const tap = streamTap();
  for (const event of events) tap.event(event);
  return tap.result();
}

async function* parts(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

describe.skipIf(!hasRecordings)(RECORDINGS, () => {
  test.each<[string, Usage, string]>([
    ["openai/openai-text", usage(16, 363), "stop"],
    ["openai/openai-completion-text", usage(14, 16), "length"],
    ["deepseek/deepseek-text", usage(13, 300), "length"],
    ["deepseek/deepseek-json", usage(495, 144, 320, 118), "stop"],
    ["deepseek/deepseek-reasoning", usage(18, 345, 0, 315), "stop"],
    ["deepseek/deepseek-tool-call", usage(339, 92, 320, 48), "tool_calls"],
    ["mistral/mistral-text", usage(13, 434), "stop"],
    ["mistral/mistral-reasoning", usage(10, 46), "stop"],
    ["mistral/mistral-tool-call", usage(124, 22), "tool_calls"],
    // xAI counts reasoning beside the completion and not within it; its totals are 334 and 588.
    ["openai-compatible/xai-text", usage(12, 322, 2, 320), "stop"],
    ["openai-compatible/xai-tool-call", usage(307, 281, 244, 255), "tool_calls"],
  ])("whole %s: usage exact", (name, expected, finishReason) => {
    const tapped = tapAnswer(recordedAnswer(name));
    expect(tapped).toMatchObject({ usage: expected, finishReason, produced: true });
    expect(tapped.text.length).toBeGreaterThan(0);
  });

  test("whole openai/openai-embedding: usage exact, vectors and no text", () => {
    expect(tapEmbeddings(recordedAnswer("openai/openai-embedding"))).toEqual({
      usage: usage(12, 0),
      finishReason: null,
      text: "",
      produced: true,
    });
  });

  const STREAMS: [name: string, usage: Usage, finishReason: string, text: string | RegExp][] = [
    ["openai/openai-text", usage(16, 300), "stop", /^\*\*Holiday Name/],
    ["openai/openai-completion-text", usage(14, 16), "length", /^The/],
    ["openai/azure-model-router.1", usage(15, 78, 0, 64), "stop", /./],
    ["deepseek/deepseek-text", usage(13, 400), "length", /./],
    ["deepseek/deepseek-reasoning", usage(18, 219, 0, 205), "stop", /strawberry/],
    ["deepseek/deepseek-tool-call", usage(339, 83, 320, 39), "tool_calls", /\{"location": ?"San Francisco"\}$/],
    ["mistral/mistral-text", usage(13, 8), "stop", /response\.$/],
    ["mistral/mistral-reasoning", usage(10, 46), "stop", /^The user is asking.*2 \+ 2 = 4$/s],
    ["mistral/mistral-tool-call", usage(124, 22), "tool_calls", '{"location": "San Francisco"}'],
    ["mistral/mistral-incremental-tool-call", usage(171, 14, 128), "tool_calls", '{"query": "current Berlin weather"}'],
    ["openai-compatible/xai-text", usage(12, 342, 11, 340), "stop", /Grok$/],
    ["openai-compatible/xai-tool-call", usage(307, 253, 306, 227), "tool_calls", /\}$/],
  ];

  test.each(STREAMS)("stream %s: usage exact, and all that was generated", (name, expected, finishReason, text) => {
    const tapped = listen(recordedEvents(name));
    expect(tapped).toMatchObject({ usage: expected, finishReason, produced: true });
    if (typeof text === "string") expect(tapped.text).toBe(text);
    else expect(tapped.text).toMatch(text);
  });

  test.each(STREAMS)("stream %s: the same however the reads cut it", async (name) => {
    const whole = listen(recordedEvents(name));
    for (const size of [1, 7, 1_000, 1_000_000]) {
      const tap = streamTap();
      for await (const event of splitEvents(parts(recordedStream(name), size)))
        if (event.data !== null) tap.event(event.data);
      expect(tap.result()).toEqual(whole);
    }
  });

  test.each(STREAMS)("stream %s, cut before its end: no usage, and what came of the text", (name) => {
    const events = recordedEvents(name);
    const whole = listen(events).text;
    const tapped = listen(events.slice(0, -1));
    expect(tapped.usage).toBeNull();
    expect(whole.startsWith(tapped.text)).toBe(true);
    expect(listen(events.slice(0, 1)).usage).toBeNull();
  });
});

describe("reported usage", () => {
  test("is read with whatever details it has", () => {
    expect(readUsage({ prompt_tokens: 3, completion_tokens: 4 })).toEqual(usage(3, 4));
    expect(readUsage({ prompt_tokens: 12, total_tokens: 12 })).toEqual(usage(12, 0));
    expect(
      readUsage({
        prompt_tokens: 3,
        completion_tokens: 4,
        prompt_tokens_details: null,
        completion_tokens_details: { reasoning_tokens: null },
      }),
    ).toEqual(usage(3, 4));
    expect(
      readUsage({
        prompt_tokens: 3,
        completion_tokens: 9,
        total_tokens: 12,
        completion_tokens_details: { reasoning_tokens: 5 },
      }),
    ).toEqual(usage(3, 9, 0, 5));
  });

  test("that no answer can have is none", () => {
    for (const value of [
      null,
      undefined,
      7,
      "x",
      [],
      {},
      { prompt_tokens: null },
      { prompt_tokens: -1 },
      { completion_tokens: 1.5 },
      { prompt_tokens: "3" },
      { prompt_tokens: 1e13 },
      { prompt_tokens: 3, completion_tokens: Number.NaN },
    ]) {
      expect(readUsage(value), JSON.stringify(value)).toBeNull();
    }
  });
});

describe("the answer of an embeddings call", () => {
  test("has produced something once there is a vector, whatever it reports", () => {
    const data = [{ object: "embedding", index: 0, embedding: [1] }];
    expect(tapEmbeddings({ data, usage: { prompt_tokens: 3, total_tokens: 3 } })).toMatchObject({
      usage: usage(3, 0),
      produced: true,
    });
    expect(tapEmbeddings({ data })).toMatchObject({ usage: null, produced: true });
    for (const nothing of [{}, { data: [] }, { data: "x" }])
      expect(tapEmbeddings(nothing)).toMatchObject({ usage: null, produced: false });
  });
});

describe("a stream's events", () => {
  const content = (text: string) =>
    JSON.stringify({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });

  test("are told apart", () => {
    const tap = streamTap();
    const kindOf = (data: string) => tap.event(data).kind;
    expect(
      kindOf(
        JSON.stringify({ choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] }),
      ),
    ).toBe("other");
    expect(kindOf(content("Hi"))).toBe("content");
    expect(
      kindOf(
        JSON.stringify({
          choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { name: "f", arguments: "" } }] } }],
        }),
      ),
    ).toBe("content");
    expect(kindOf(JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }))).toBe("usage");
    expect(kindOf(JSON.stringify({ choices: [], prompt_filter_results: [] }))).toBe("other");
    expect(kindOf(JSON.stringify({ error: { message: "overloaded" } }))).toBe("error");
    expect(kindOf(JSON.stringify({ error: null, choices: [] }))).toBe("other");
    expect(kindOf("[DONE]")).toBe("done");
    expect(kindOf(" [DONE] ")).toBe("done");
    for (const nonsense of [
      "",
      "{",
      "null",
      "7",
      "[]",
      '"x"',
      "{}",
      '{"choices":7}',
      '{"choices":[null,7,{"delta":7}]}',
    ])
      expect(kindOf(nonsense), nonsense).toBe("other");
  });

  test("say nothing was produced until something of the answer itself comes", () => {
    const frame = JSON.stringify({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] });
    expect(listen([frame, frame])).toMatchObject({ produced: false, text: "" });
    expect(listen([frame, content("H")])).toMatchObject({ produced: true, text: "H" });
  });

  test("of several choices, refusals, reasoning and tool arguments are all counted, frames are not", () => {
    const events = [
      {
        choices: [
          { index: 0, delta: { role: "assistant", content: "a" } },
          { index: 1, delta: { content: "b" } },
        ],
      },
      {
        choices: [
          { index: 0, delta: { reasoning_content: "c" } },
          { index: 1, delta: { refusal: "d" } },
        ],
      },
      {
        choices: [
          {
            index: 0,
            delta: {
              tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "f", arguments: '{"e"' } }],
            },
          },
        ],
      },
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: ":1}" } }] } }] },
    ];
    expect(listen(events.map((event) => JSON.stringify(event))).text).toBe('abcd{"e":1}');
  });

  test("of text completions are counted as those of a chat are", () => {
    const chunk = (text: string, finish: string | null) =>
      JSON.stringify({
        object: "text_completion",
        choices: [{ text, index: 0, logprobs: null, finish_reason: finish }],
      });
    const tap = streamTap();
    expect(tap.event(chunk("Once", null)).kind).toBe("content");
    expect(tap.event(chunk(" upon", null)).kind).toBe("content");
    expect(tap.event(chunk("", "length")).kind).toBe("other");
    expect(tap.result()).toEqual({ usage: null, finishReason: "length", text: "Once upon", produced: true });
  });

  test("with usage more than once count by the last that can be read", () => {
    const chunk = (value: unknown) => JSON.stringify({ choices: [], usage: value });
    expect(
      listen([
        chunk({ prompt_tokens: 1, completion_tokens: 1 }),
        chunk({ prompt_tokens: 1, completion_tokens: 5 }),
        chunk({ prompt_tokens: -1 }),
      ]).usage,
    ).toEqual(usage(1, 5));
  });
});

test("what was written to the cache for an hour is read where a translated answer says it", () => {
  const details = { cache_write_tokens: 30, cache_creation_token_details: { ephemeral_1h_input_tokens: 20 } };
  expect(readUsage({ prompt_tokens: 50, completion_tokens: 1, prompt_tokens_details: details })).toMatchObject({
    cacheWriteTokens: 30,
    cacheWriteHourTokens: 20,
  });
  expect(
    readUsage({ prompt_tokens: 50, completion_tokens: 1, prompt_tokens_details: { cache_write_tokens: 30 } }),
  ).not.toHaveProperty("cacheWriteHourTokens");
});
