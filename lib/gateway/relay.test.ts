import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { splitEvents } from "@/lib/core/sse";
import type { ModelRequest } from "@/lib/gateway/parse";
import { type RelayEnd, type RelayOptions, relay } from "@/lib/gateway/relay";
import { modelRequest } from "@/lib/testing/model-request";
import { hasRecordings, RECORDINGS, recordedEvents, recordedStream } from "@/lib/testing/recordings";

const DONE = "data: [DONE]\n\n";
const USAGE =
  '{"id":"c1","created":7,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"x_new":12345678901234567890}}';

const content = (text: string, model = "m") =>
  `{"id":"c1","created":7,"model":"${model}","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}`;
const STOP = '{"id":"c1","created":7,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}';
const framed = (...events: string[]) => events.map((data) => `data: ${data}\n\n`).join("");

const request = (changes: Partial<ModelRequest> = {}) => modelRequest({ model: "m", streamed: true, ...changes });

/** A source that sends these texts, one a read, and then ends or fails. */
async function* sending(texts: readonly string[], failure?: Error): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
  if (failure) throw failure;
}

interface Run {
  text: string;
  ends: RelayEnd[];
  /** What the caller had when the request was settled. */
  textAtEnd: string;
}

/** Relays a source as the pipeline does; `stopAfter` is where the caller goes away. */
async function run(
  source: AsyncIterable<Uint8Array>,
  asked: Partial<ModelRequest> = {},
  options: Partial<RelayOptions> & { stopAfter?: number } = {},
): Promise<Run> {
  const result: Run = { text: "", ends: [], textAtEnd: "" };
  let parts = 0;
  const stream = relay({
    request: request(asked),
    model: request(asked).model,
    events: splitEvents(source),
    requestId: "gen_1",
    provider: "openai",
    isByok: false,
    mask: (text) => text,
    signal: new AbortController().signal,
    priceOf: async (tapped) => ({
      usage: tapped.usage ?? {
        promptTokens: 9,
        cachedTokens: 0,
        cacheWriteTokens: 0,
        completionTokens: 4,
        reasoningTokens: 0,
        estimated: true,
      },
      cost: 0.5,
    }),
    onEnd: async (end) => {
      result.ends.push(end);
      result.textAtEnd = result.text;
    },
    ...options,
  });
  for await (const part of stream) {
    result.text += Buffer.from(part).toString("utf8");
    parts += 1;
    if (parts === options.stopAfter) break;
  }
  return result;
}

function eventsIn(text: string): unknown[] {
  return text
    .split("\n\n")
    .filter((event) => event.startsWith("data: {"))
    .map((event) => JSON.parse(event.slice(6)));
}

describe("a stream that is whole", () => {
  const whole = framed(content("Hel"), content("lo"), STOP);

  test("passes byte for byte, and is settled as complete before its last byte", async () => {
    const { text, ends, textAtEnd } = await run(sending([whole + DONE]));
    expect(text).toBe(whole + DONE);
    expect(textAtEnd).toBe(whole);
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({
      end: "complete",
      error: null,
      tapped: { text: "Hello", finishReason: "stop", usage: null },
    });
    expect(ends[0]?.firstTokenAt).toBeTypeOf("number");
  });

  test("carries the caller's name for the model and is else unchanged", async () => {
    const { text } = await run(sending([framed(content("Hi", "gpt-4o-mini-2024-07-18"), STOP), DONE]), {
      model: "openai/gpt-4o-mini",
    });
    expect(text).toBe(
      framed(content("Hi", "openai/gpt-4o-mini"), STOP.replace('"model":"m"', '"model":"openai/gpt-4o-mini"')) + DONE,
    );
  });

  test("keeps its usage to itself unless the caller asked for it, and is metered by it all the same", async () => {
    const { text, ends } = await run(sending([whole, framed(USAGE), DONE]));
    expect(text).toBe(whole + DONE);
    expect(ends[0]?.tapped.usage).toMatchObject({ promptTokens: 3, completionTokens: 2 });
  });

  test("shows usage to a caller who asked, as reported, with what it cost", async () => {
    const { text } = await run(sending([whole, framed(USAGE), DONE]), { wantsUsage: true });
    expect(text.startsWith(whole)).toBe(true);
    expect(text.slice(whole.length)).toBe(
      framed(
        '{"id":"c1","created":7,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"x_new":12345678901234567890,"cost":0.5,"is_byok":false}}',
      ) + DONE,
    );
  });

  test("without usage of the provider's gets a counted one, for a caller who asked", async () => {
    const { text } = await run(sending([whole, DONE]), { wantsUsage: true });
    expect(text.endsWith(DONE)).toBe(true);
    expect(eventsIn(text).at(-1)).toEqual({
      id: "gen_1",
      object: "chat.completion.chunk",
      created: 7,
      model: "m",
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13, cost: 0.5, is_byok: false, estimated: true },
    });
  });

  test("of text completions is passed on as one of chat is, and its counted usage has its form", async () => {
    const chunk = (text: string, finish: string | null) =>
      `{"id":"cmpl-1","object":"text_completion","created":7,"model":"m","choices":[{"text":"${text}","index":0,"logprobs":null,"finish_reason":${JSON.stringify(finish)}}]}`;
    const source = framed(chunk("Once", null), chunk(" upon", "length"));
    const { text, ends } = await run(sending([source + DONE]), { path: "completions", wantsUsage: true });
    expect(text.startsWith(source)).toBe(true);
    expect(eventsIn(text).at(-1)).toMatchObject({
      id: "gen_1",
      object: "text_completion",
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 4, cost: 0.5 },
    });
    expect(ends).toMatchObject([{ end: "complete", tapped: { text: "Once upon", finishReason: "length" } }]);
  });

  test("passes comments on as comments, and never wraps them", async () => {
    const { text } = await run(sending([": PROCESSING\n\n", whole, ": note\n\n", DONE]));
    expect(text).toBe(`: PROCESSING\n\n${whole}: note\n\n${DONE}`);
  });

  test("that ends after its finish reason, without [DONE], is complete and gets one", async () => {
    const { text, ends } = await run(sending([whole]));
    expect(text).toBe(whole + DONE);
    expect(ends).toMatchObject([{ end: "complete", error: null }]);
  });

  test("is over at [DONE]: nothing after it passes, and the upstream call is ended", async () => {
    let ended = false;
    async function* source() {
      try {
        yield Buffer.from(whole + DONE);
        yield Buffer.from(framed(content("more")));
      } finally {
        ended = true;
      }
    }
    expect((await run(source())).text).toBe(whole + DONE);
    expect(ended).toBe(true);
  });
});

describe("a stream that breaks off", () => {
  const begun = framed(content("Hel"), content("lo"));

  test.each<[string, AsyncGenerator<Uint8Array>, string]>([
    [
      "by a failing connection",
      sending([begun], new Error("reset")),
      "The connection to the provider openai broke off.",
    ],
    ["by ending too soon", sending([begun]), "The connection to the provider openai broke off."],
    [
      "inside an event",
      sending([begun, 'data: {"choices":[{"ind']),
      "The connection to the provider openai broke off.",
    ],
  ])("%s gives what came, one error, and the end", async (_, source, message) => {
    const { text, ends, textAtEnd } = await run(source);
    expect(text.startsWith(begun)).toBe(true);
    const errors = eventsIn(text.slice(begun.length).replace('data: {"choices":[{"ind\n\n', ""));
    expect(errors).toMatchObject([{ error: { message, code: "upstream_error" } }]);
    expect(text.endsWith(`}\n\n${DONE}`)).toBe(true);
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({
      end: "cut",
      error: { code: "upstream_error" },
      tapped: { text: "Hello", produced: true },
    });
    expect(textAtEnd).not.toContain('"error"');
  });

  test("with the provider's own error passes its text, secrets removed, and no more", async () => {
    const error =
      '{"error":{"message":"Overloaded, key sk-proj-abcdefghijklmnopqrstuvwxyz0123","type":"server_error"}}';
    const { text, ends } = await run(sending([begun, framed(error), framed(content("never")), DONE]));
    expect(text.startsWith(begun)).toBe(true);
    expect(text).not.toContain("never");
    expect(text).not.toContain("sk-proj-abcdefghijklmnopqrstuvwxyz0123");
    const [shown, ...more] = eventsIn(text.slice(begun.length));
    expect(shown).toMatchObject({
      error: { code: "upstream_error", message: expect.stringContaining("Overloaded, key sk-") },
    });
    expect(more).toEqual([]);
    expect(ends).toMatchObject([{ end: "cut" }]);
  });

  test("before anything was generated has no first token", async () => {
    const { ends } = await run(sending([": hi\n\n"], new Error("reset")));
    expect(ends).toMatchObject([{ end: "cut", firstTokenAt: null, tapped: { produced: false, text: "" } }]);
  });

  test("sends no usage after an error, asked for or not", async () => {
    const { text } = await run(sending([begun], new Error("reset")), { wantsUsage: true });
    expect(text).not.toContain('"usage"');
  });
});

describe("a caller that goes away", () => {
  const pieces = ["one ", "two ", "three ", "four "];

  test("after any chunk ends the upstream call and is settled once, with what was produced", async () => {
    for (let stopAfter = 1; stopAfter <= pieces.length; stopAfter += 1) {
      let ended = false;
      async function* source() {
        try {
          for (const piece of pieces) yield Buffer.from(framed(content(piece)));
          yield Buffer.from(framed(STOP) + DONE);
        } finally {
          ended = true;
        }
      }
      const { ends } = await run(source(), {}, { stopAfter });
      expect(ended).toBe(true);
      expect(ends).toHaveLength(1);
      expect(ends[0]).toMatchObject({
        end: "cancelled",
        error: null,
        tapped: { produced: true, text: pieces.slice(0, stopAfter).join("") },
      });
    }
  });

  test("while the provider is silent is settled once, as cancelled and not as a failure", async () => {
    const gone = new AbortController();
    async function* source() {
      yield Buffer.from(framed(content("one")));
      gone.abort();
      throw new Error("aborted");
    }
    const { ends, text } = await run(source(), {}, { signal: gone.signal });
    expect(ends).toMatchObject([{ end: "cancelled", error: null }]);
    expect(text).not.toContain("error");
  });

  test("at the very end, with [DONE] on its way, is settled once and as complete", async () => {
    const { ends } = await run(sending([framed(content("one"), STOP), DONE]), {}, { stopAfter: 3 });
    expect(ends).toMatchObject([{ end: "complete" }]);
  });
});

test("what fails in settling reaches the door, and is not tried twice", async () => {
  let calls = 0;
  const failing = run(
    sending([framed(content("one"), STOP), DONE]),
    {},
    {
      onEnd: async () => {
        calls += 1;
        throw new GatewayError("internal_error", "no");
      },
    },
  );
  await expect(failing).rejects.toThrow("no");
  expect(calls).toBe(1);
});

describe.skipIf(!hasRecordings)(RECORDINGS, () => {
  test.each([
    ["openai/openai-text", "gpt-4.1-nano-2025-04-14"],
    ["deepseek/deepseek-text", "deepseek-chat"],
    ["deepseek/deepseek-tool-call", "deepseek-reasoner"],
    ["mistral/mistral-reasoning", "magistral-medium-2507"],
    ["openai-compatible/xai-text", "grok-3-mini"],
  ])("%s passes byte for byte, but for a usage chunk that nobody asked for", async (name, model) => {
    const passing = recordedEvents(name).filter((data) => !/"choices":\[\],.*"usage":\{/.test(data));
    const { text, ends } = await run(sending([recordedStream(name).toString("utf8")]), { model });
    expect(text).toBe(framed(...passing) + DONE);
    expect(ends).toMatchObject([{ end: "complete", tapped: { produced: true } }]);
    expect(ends[0]?.tapped.usage).not.toBeNull();
  });
});
