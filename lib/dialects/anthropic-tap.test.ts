import { describe, expect, test } from "vitest";
import type { Usage } from "@/lib/catalog/price";
import { splitEvents } from "@/lib/core/sse";
import {
  type AnthropicTapped,
  anthropicTap,
  readAnthropicUsage,
  tapAnthropicMessage,
} from "@/lib/dialects/anthropic-tap";
import type { StreamTap, Tapped } from "@/lib/gateway/tap";
import { inPieces } from "@/lib/testing/dialects";
import { hasRecordings, RECORDINGS, recordedAnswer, recordedEvents } from "@/lib/testing/recordings";

function usage(promptTokens: number, completionTokens: number, cachedTokens = 0, cacheWriteTokens = 0): Usage {
  return { promptTokens, completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens: 0, estimated: false };
}

function listen(events: readonly string[]): Tapped {
  const tap: StreamTap = anthropicTap();
  for (const event of events) tap.event(event);
  return tap.result();
}

async function* bytesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

describe.skipIf(!hasRecordings)(RECORDINGS, () => {
  test.each<[name: string, usage: Usage, finishReason: string, text: RegExp, produced: boolean]>([
    ["anthropic-text", usage(12, 29), "end_turn", /^Hello!.*with\?$/, true],
    ["anthropic-clear-thinking.1", usage(69, 33), "end_turn", /^925 divided by 5 = 185925 ÷ 5 = 185$/, true],
    ["anthropic-fallback", usage(412, 264), "end_turn", /1440\.$/, true],
    ["anthropic-json-other-tool.1", usage(843, 28), "tool_use", /^\{"location":"San Francisco"\}$/, true],
    ["anthropic-refusal", usage(18, 5), "refusal", /^$/, false],
    ["anthropic-tool-no-args", usage(602, 93), "tool_use", /issue list:$/, true],
  ])("whole %s: usage exact", (name, expected, finishReason, text, produced) => {
    const tapped = tapAnthropicMessage(recordedAnswer(`anthropic/${name}`));
    expect(tapped).toEqual({ usage: expected, finishReason, text: expect.stringMatching(text), produced });
  });

  const STREAMS: [name: string, usage: Usage, finishReason: string, text: RegExp, produced: boolean][] = [
    ["anthropic-text", usage(12, 30), "end_turn", /^Hello/, true],
    ["anthropic-clear-thinking.1", usage(69, 53), "end_turn", /925/, true],
    ["anthropic-code-execution-20260120-prompt-cache.1", usage(9_632, 198, 6_289, 3_337), "end_turn", /command/, true],
    ["anthropic-fallback", usage(412, 264), "end_turn", /./, true],
    ["anthropic-json-other-tool.1", usage(843, 28), "tool_use", /^\{"location": ?"San Francisco"\}$/, true],
    ["anthropic-message-delta-input-tokens", usage(61, 2), "end_turn", /./, true],
    ["anthropic-refusal", usage(18, 5), "refusal", /^$/, false],
    ["anthropic-tool-no-args", usage(565, 48), "tool_use", /./, true],
    ["duplicate-message-start", usage(17, 227), "end_turn", /./, true],
  ];

  test.each(STREAMS)(
    "stream %s: usage exact, and all that was generated",
    (name, expected, finishReason, text, produced) => {
      const tapped = listen(recordedEvents(`anthropic/${name}`));
      // None of the recordings keeps anything for an hour.
      const kept = expected.cacheWriteTokens > 0 ? { cacheWriteHourTokens: 0 } : {};
      expect(tapped).toEqual({
        usage: { ...expected, ...kept },
        finishReason,
        text: expect.stringMatching(text),
        produced,
      });
    },
  );

  test.each(STREAMS)("stream %s: the same however the reads cut it", async (name) => {
    const events = recordedEvents(`anthropic/${name}`);
    const framed = Buffer.from(events.map((data) => `event: x\ndata: ${data}\n\n`).join(""));
    for (const size of [1, 7, 1_000]) {
      const tap = anthropicTap();
      for await (const event of splitEvents(bytesOf(inPieces(framed, size))))
        if (event.data !== null) tap.event(event.data);
      expect(tap.result()).toEqual(listen(events));
    }
  });

  test.each(STREAMS)("stream %s, cut before its last report: the prompt's usage, and no completion", (name) => {
    const events = recordedEvents(`anthropic/${name}`);
    const cut = listen(events.slice(0, -2));
    expect(cut.usage).toMatchObject({ completionTokens: 0 });
    expect(cut.usage?.promptTokens).toBeGreaterThan(0);
    expect(cut.finishReason).toBeNull();
    expect(cut.text).toBe(listen(events).text);
  });
});

describe("what was written to the cache", () => {
  const USAGE = {
    input_tokens: 5,
    output_tokens: 7,
    cache_creation_input_tokens: 100,
    cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
  };
  const WRITTEN = { promptTokens: 105, cacheWriteTokens: 100, cacheWriteHourTokens: 40 };

  test("is told by how long it is kept, in a whole message", () => {
    expect(tapAnthropicMessage({ usage: USAGE }).usage).toMatchObject({ ...WRITTEN, completionTokens: 7 });
    expect(tapAnthropicMessage({ usage: { ...USAGE, cache_creation: null } }).usage).not.toHaveProperty(
      "cacheWriteHourTokens",
    );
  });

  test("is told by it in a stream too, whose last report says nothing of it", () => {
    expect(
      listen([
        JSON.stringify({ type: "message_start", message: { content: [], usage: { ...USAGE, output_tokens: 1 } } }),
        JSON.stringify({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } }),
      ]).usage,
    ).toMatchObject({ ...WRITTEN, completionTokens: 9 });
  });
});

describe("a stream's events", () => {
  test("are told apart", () => {
    const tap = anthropicTap();
    const kindOf = (value: unknown) => tap.event(typeof value === "string" ? value : JSON.stringify(value)).kind;
    const start = (block: object) => ({ type: "content_block_start", index: 0, content_block: block });
    const delta = (part: object) => ({ type: "content_block_delta", index: 0, delta: part });
    expect(kindOf({ type: "message_start", message: { content: [], usage: { input_tokens: 3 } } })).toBe("other");
    expect(kindOf({ type: "ping" })).toBe("other");
    expect(kindOf(start({ type: "text", text: "" }))).toBe("other");
    expect(kindOf(start({ type: "web_search_tool_result", content: [{ text: "page" }] }))).toBe("other");
    expect(tap.result()).toMatchObject({ produced: false, text: "" });
    expect(kindOf(start({ type: "tool_use", id: "t", name: "f", input: {} }))).toBe("content");
    expect(kindOf(start({ type: "redacted_thinking", data: "x" }))).toBe("content");
    expect(kindOf(delta({ type: "text_delta", text: "a" }))).toBe("content");
    expect(kindOf(delta({ type: "thinking_delta", thinking: "b" }))).toBe("content");
    expect(kindOf(delta({ type: "input_json_delta", partial_json: "{" }))).toBe("content");
    expect(kindOf(delta({ type: "signature_delta", signature: "s" }))).toBe("other");
    expect(kindOf({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } })).toBe(
      "usage",
    );
    expect(kindOf({ type: "message_stop" })).toBe("done");
    expect(kindOf({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } })).toBe("error");
    expect(tap.result()).toEqual({ usage: usage(3, 4), finishReason: "end_turn", text: "ab{", produced: true });
    for (const nonsense of ["", "{", "null", "7", "[]", '"x"', "{}", '{"type":7}', '{"type":"message_delta"}'])
      expect(["other", "usage"], nonsense).toContain(kindOf(nonsense));
    expect(tap.result().usage).toEqual(usage(3, 4));
  });
});

describe("reported usage", () => {
  test("counts what the cache had a part in as prompt", () => {
    expect(
      readAnthropicUsage({
        input_tokens: 3,
        cache_read_input_tokens: 50,
        cache_creation_input_tokens: 7,
        output_tokens: 4,
        output_tokens_details: { thinking_tokens: 2 },
      }),
    ).toEqual({ ...usage(60, 4, 50, 7), reasoningTokens: 2 });
    expect(readAnthropicUsage({ input_tokens: 3, output_tokens: 4, cache_read_input_tokens: null })).toEqual(
      usage(3, 4),
    );
  });

  test("counts what compacting the context took, and not what an adviser of another model did", () => {
    const iterations = [
      { type: "compaction", input_tokens: 1_000, output_tokens: 100 },
      { type: "message", input_tokens: 200, output_tokens: 20 },
      { type: "advisor_message", input_tokens: 9_999, output_tokens: 999 },
    ];
    expect(readAnthropicUsage({ input_tokens: 200, output_tokens: 20, iterations })).toEqual(usage(1_200, 120));
  });

  test("that no answer can have is none", () => {
    const values: unknown[] = [
      null,
      7,
      "x",
      [],
      {},
      { input_tokens: -1 },
      { output_tokens: 1.5 },
      { input_tokens: "3" },
    ];
    for (const value of values) expect(readAnthropicUsage(value), JSON.stringify(value)).toBeNull();
    const none: AnthropicTapped = { usage: null, finishReason: null, text: "", produced: false };
    expect(tapAnthropicMessage(null)).toEqual(none);
  });
});
