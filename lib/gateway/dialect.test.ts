import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { type RawEvent, splitEvents } from "@/lib/core/sse";
import { DIALECTS } from "@/lib/gateway/dialect";
import { type RelayEnd, relay } from "@/lib/gateway/relay";
import { modelRequest } from "@/lib/testing/model-request";
import { hasRecordings, RECORDINGS, recordedEvents } from "@/lib/testing/recordings";

/** A stream of a response through the relay, as its caller has it, and how it ended. */
async function relayed(...texts: string[]) {
  const ends: RelayEnd[] = [];
  async function* source() {
    for (const text of texts) yield Buffer.from(text);
  }
  const parts = relay({
    request: modelRequest({ path: "responses", dialect: "responses", model: "ours", streamed: true, wantsUsage: true }),
    model: "ours",
    events: splitEvents(source()),
    requestId: "gen_1",
    provider: "openai",
    isByok: false,
    mask: (text) => text.replaceAll("sk-secret", "…"),
    signal: new AbortController().signal,
    priceOf: async () => {
      throw new Error("a response's stream tells no cost");
    },
    onEnd: async (end) => {
      ends.push(end);
    },
  });
  let text = "";
  for await (const part of parts) text += Buffer.from(part).toString("utf8");
  return { text, end: ends[0], ends: ends.length };
}

const event = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const CREATED = event("response.created", { sequence_number: 0, response: { id: "r", model: "theirs" } });
const DELTA = event("response.output_text.delta", { sequence_number: 1, delta: '"model":"theirs"' });
const COMPLETED = event("response.completed", {
  sequence_number: 2,
  response: {
    id: "r",
    status: "completed",
    model: "theirs",
    output: [{}],
    usage: { input_tokens: 2, output_tokens: 1 },
  },
});
const named = (text: string) => text.replace('"model":"theirs"', '"model":"ours"');

describe("a stream of a response", () => {
  test("passes byte for byte but for the model's name inside its response, and ends with its last event", async () => {
    const { text, end, ends } = await relayed(CREATED, DELTA, COMPLETED, "data: [DONE]\n\n");
    expect(text).toBe(named(CREATED) + DELTA + named(COMPLETED));
    expect(ends).toBe(1);
    expect(end).toMatchObject({ end: "complete", tapped: { usage: { promptTokens: 2, completionTokens: 1 } } });
  });

  test("keeps what stands around an event's data, and numbers that no JavaScript number holds", async () => {
    const odd =
      ': hello\r\nid: 7\r\nevent: response.created\r\ndata: {"type":"response.created", "response" : {"x":12345678901234567890,"model":"theirs"} }\r\n\r\n';
    const { text } = await relayed(odd, COMPLETED);
    expect(text).toBe(named(odd) + named(COMPLETED));
  });

  test("that breaks off ends with an error event, numbered on, in both forms that clients read", async () => {
    const { text, end } = await relayed(CREATED, DELTA);
    const [, data = "{}"] = /event: error\ndata: (.*)\n\n$/.exec(text) ?? [];
    expect(JSON.parse(data)).toEqual({
      type: "error",
      sequence_number: 2,
      code: "upstream_error",
      message: expect.stringMatching(/broke off/),
      param: null,
      error: expect.objectContaining({ code: "upstream_error", type: "upstream_error", message: expect.any(String) }),
    });
    expect(end).toMatchObject({ end: "cut", tapped: { produced: true, usage: null } });
  });

  test.each([
    ["an error event", event("error", { error: { message: "no money, sk-secret" } })],
    ["an error event as documented", event("error", { code: "x", message: "no money, sk-secret", param: null })],
    [
      "a failed response",
      event("response.failed", { response: { status: "failed", error: { message: "no money, sk-secret" } } }),
    ],
  ])("that fails by %s says the provider's words without its key", async (_, failure) => {
    const { text, end } = await relayed(CREATED, failure);
    expect(text).toContain('"message":"no money, …"');
    expect(end?.end).toBe("cut");
  });
});

test("an error within no stream starts to number", () => {
  const said = DIALECTS.responses.stream.error(new GatewayError("overloaded", "Busy."), "gen_1", null);
  expect(Buffer.from(said).toString()).toContain('"sequence_number":0');
});

test("an event that names no model stays the same object", () => {
  const raw: RawEvent = { raw: Buffer.from(DELTA), data: DELTA.slice(DELTA.indexOf("{"), -2) };
  expect(DIALECTS.responses.stream.named(raw, { type: "response.output_text.delta" }, "ours")).toBe(raw.raw);
});

test("each dialect has words of its own for a usage that nobody reported", () => {
  const usage = {
    promptTokens: 5,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    completionTokens: 2,
    reasoningTokens: 0,
    estimated: true,
  };
  expect(DIALECTS.openai.usage(usage)).toEqual({ prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 });
  expect(DIALECTS.anthropic.usage(usage)).toMatchObject({ input_tokens: 5, output_tokens: 2 });
  expect(DIALECTS.responses.usage(usage)).toMatchObject({ input_tokens: 5, output_tokens: 2, total_tokens: 7 });
});

describe.skipIf(!hasRecordings)(RECORDINGS, () => {
  test.each([
    "openai-phase.1",
    "openai-custom-tool.1",
    "openai-client-tool-search.1",
    "openai-shell-local-multiturn.1",
  ])("%s: the same bytes but for the model", async (name) => {
    const events = recordedEvents(`openai/${name}`);
    const sent = events.map((data) => `event: ${JSON.parse(data).type}\ndata: ${data}\n\n`).join("");
    const model: string = JSON.parse(events[0] ?? "{}").response.model;
    const { text, end } = await relayed(sent);
    expect(text).toBe(sent.replaceAll(`"model":"${model}"`, '"model":"ours"'));
    expect(end?.end).toBe("complete");
  });
});
