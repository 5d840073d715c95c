import { describe, expect, test } from "vitest";
import { prepareTranslation, sendTranslated } from "@/lib/dialects/translate";
import {
  anthropicClient,
  anthropicStreamOf,
  blocksOf,
  CLAUDE,
  GPT,
  jsonAnswer,
  openAiClient,
  openAiStreamOf,
  type StubUpstream,
  saidByAnthropic,
  streamAnswer,
  stubUpstream,
} from "@/lib/testing/dialects";

const USER = { role: "user" as const, content: "Hello" };
const askOpenAi = { model: "claude", messages: [USER] };
const askAnthropic = { model: "gpt", max_tokens: 100, messages: [USER] };

const chunk = (delta: object, finish: string | null = null) =>
  JSON.stringify({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "gpt-5",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
const call = (index: number, rest: object, id?: string) =>
  chunk({ tool_calls: [{ index, ...(id ? { id, type: "function" } : {}), function: rest }] });

const START = JSON.stringify({
  type: "message_start",
  message: {
    id: "m",
    type: "message",
    role: "assistant",
    model: "c",
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 1 },
  },
});
const block = (index: number, content_block: object) =>
  JSON.stringify({ type: "content_block_start", index, content_block });
const delta = (index: number, part: object) => JSON.stringify({ type: "content_block_delta", index, delta: part });
const TEXT = [START, block(0, { type: "text", text: "" }), delta(0, { type: "text_delta", text: "Hi" })];
const OVERLOADED = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };

/** What is sent to a client, byte by byte, for an upstream's answer. */
async function translated(client: "openai-chat" | "anthropic-messages", upstream: StubUpstream, body: object = {}) {
  const target = client === "openai-chat" ? CLAUDE : GPT;
  const ask = client === "openai-chat" ? askOpenAi : askAnthropic;
  const translation = await prepareTranslation(client, { ...ask, stream: true, ...body }, target);
  return sendTranslated(
    translation,
    { baseUrl: "https://provider.test/v1", key: "k", maxTokensField: "max_tokens", fetch: upstream.fetch },
    { id: "id_1", created: 1, model: "m" },
    null,
    null,
  );
}

/** An answer that breaks off with an error after its text. */
function broken(text: string, failure: Error): () => Response {
  return () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(text)),
      pull: (controller) => controller.error(failure),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

class NetworkFailure extends Error {}

describe("a stream from OpenAI's dialect", () => {
  test("with overlapping tool calls reaches Anthropic's client as one block after the other", async () => {
    const upstream = stubUpstream(
      openAiStreamOf([
        chunk({ role: "assistant", content: "Wait" }),
        call(0, { name: "f", arguments: '{"a"' }, "call_a"),
        call(1, { name: "g", arguments: '{"b":' }, "call_b"),
        call(0, { arguments: ":1}" }),
        chunk({ content: "ing." }),
        call(1, { arguments: "2}" }),
        chunk({}, "tool_calls"),
      ]),
    );
    const answer = await (await translated("anthropic-messages", upstream)).text();
    const events = answer.split("\n").flatMap((line) => (line.startsWith("data: ") ? [line.slice(6)] : []));
    expect(saidByAnthropic(blocksOf(events))).toEqual({
      text: "Waiting.",
      reasoning: "",
      calls: [
        { id: "call_a", name: "f", input: { a: 1 } },
        { id: "call_b", name: "g", input: { b: 2 } },
      ],
    });
    let open: number | null = null;
    let next = 0;
    for (const { type, index } of events.map((data) => JSON.parse(data))) {
      if (type === "content_block_start") {
        expect([open, index]).toEqual([null, next]);
        open = next;
        next += 1;
      } else if (type === "content_block_delta") expect(index).toBe(open);
      else if (type === "content_block_stop") {
        expect(index).toBe(open);
        open = null;
      }
    }
    expect([open, next]).toEqual([null, 4]);
  });

  test("passes a second call's arguments on as they come, not at the end", async () => {
    let send: (event: string) => void = () => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        send = (event) => controller.enqueue(Buffer.from(`data: ${event}\n\n`));
      },
    });
    const upstream = stubUpstream(() => new Response(body, { headers: { "content-type": "text/event-stream" } }));
    send(call(0, { name: "f", arguments: '{"a":1}' }, "call_a"));
    const answer = await translated("anthropic-messages", upstream);
    const reader = answer.body[Symbol.asyncIterator]();
    let seen = "";
    const readUntil = async (text: string) => {
      while (!seen.includes(text)) seen += Buffer.from((await reader.next()).value ?? []).toString();
    };
    await readUntil('"{\\"a\\":1}"');
    send(call(1, { name: "g", arguments: '{"b' }, "call_b"));
    await readUntil('"{\\"b"');
    expect(seen).toContain('{"type":"content_block_stop","index":0}');
    send(call(1, { arguments: '":2}' }));
    await readUntil('"\\":2}"');
    expect(seen).not.toContain("message_delta");
    await reader.return?.();
  });

  test("that refuses says so, in the model's words", async () => {
    const refusal = "I cannot help with that.";
    const streamed = stubUpstream(
      openAiStreamOf([
        chunk({ role: "assistant", content: null, refusal: "I cannot " }),
        chunk({ refusal: "help with that." }),
        chunk({}, "stop"),
      ]),
    );
    const whole = stubUpstream(
      jsonAnswer({ choices: [{ message: { role: "assistant", content: null, refusal }, finish_reason: "stop" }] }),
    );
    for (const message of [
      await anthropicClient(streamed).messages.stream(askAnthropic).finalMessage(),
      await anthropicClient(whole).messages.create(askAnthropic),
    ]) {
      expect(message.content).toEqual([{ type: "text", text: refusal }]);
      expect(message.stop_reason).toBe("refusal");
    }
  });

  test("whose forced tool call finishes with a stop still waits for the tool", async () => {
    const upstream = stubUpstream(
      openAiStreamOf([call(0, { name: "f", arguments: "{}" }, "call_a"), chunk({}, "stop")]),
    );
    const message = await anthropicClient(upstream).messages.stream(askAnthropic).finalMessage();
    expect(message.stop_reason).toBe("tool_use");
    expect(message.content).toEqual([{ type: "tool_use", id: "call_a", name: "f", input: {} }]);
  });

  test("that fails in its midst gives what came, then Anthropic's error", async () => {
    const upstream = stubUpstream(
      openAiStreamOf([
        chunk({ role: "assistant", content: "Hi" }),
        JSON.stringify({ error: { message: "Too much at once", type: "server_error", code: "busy" } }),
      ]),
    );
    const answer = await (await translated("anthropic-messages", upstream)).text();
    expect(answer).toContain('"text":"Hi"');
    expect(answer).toMatch(
      /event: error\ndata: \{"type":"error","error":\{"type":"api_error","message":"Too much at once"\}\}\n\n$/,
    );
    expect(answer).not.toContain("message_stop");
    const stream = anthropicClient(upstream).messages.stream(askAnthropic);
    await expect(stream.finalMessage()).rejects.toThrow("Too much at once");
  });

  test("with arguments that are no JSON gives them whole, where Anthropic's guide puts them", async () => {
    const message = {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_a", type: "function", function: { name: "f", arguments: '{"a": "cut o' } }],
    };
    const upstream = stubUpstream(jsonAnswer({ choices: [{ message, finish_reason: "length" }] }));
    expect(await anthropicClient(upstream).messages.create(askAnthropic)).toMatchObject({
      content: [{ type: "tool_use", input: { INVALID_JSON: '{"a": "cut o' } }],
      stop_reason: "max_tokens",
    });
  });
});

describe("a stream from Anthropic's dialect", () => {
  test("ends with [DONE], and with usage only where it was asked for", async () => {
    const events = [
      ...TEXT,
      JSON.stringify({ type: "content_block_stop", index: 0 }),
      JSON.stringify({
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: 5 },
      }),
      JSON.stringify({ type: "message_stop" }),
    ];
    const without = await (await translated("openai-chat", stubUpstream(anthropicStreamOf(events)))).text();
    expect(without).not.toContain("usage");
    expect(without).toMatch(/"finish_reason":"stop"\}\]\}\n\ndata: \[DONE\]\n\n$/);
    const asked = { stream_options: { include_usage: true } };
    const with_ = await (await translated("openai-chat", stubUpstream(anthropicStreamOf(events)), asked)).text();
    expect(with_).toMatch(
      /"choices":\[\],"usage":\{"prompt_tokens":3,"completion_tokens":5,.*\}\n\ndata: \[DONE\]\n\n$/,
    );
  });

  test("that fails in its midst gives what came, then OpenAI's error and no [DONE]", async () => {
    const upstream = stubUpstream(anthropicStreamOf([...TEXT, JSON.stringify(OVERLOADED)]));
    const answer = await (await translated("openai-chat", upstream)).text();
    expect(answer).toContain('"content":"Hi"');
    expect(answer).toMatch(
      /data: \{"error":\{"message":"Overloaded","type":"overloaded_error","param":null,"code":null\}\}\n\n$/,
    );
  });

  test("that begins with an error is a refusal with a status", async () => {
    const answer = await translated("openai-chat", stubUpstream(anthropicStreamOf([JSON.stringify(OVERLOADED)])));
    expect(answer.status).toBe(529);
    expect(JSON.parse(await answer.text())).toMatchObject({
      error: { message: "Overloaded", type: "overloaded_error" },
    });
  });

  test("whose last event has no newline after it is whole all the same", async () => {
    const events = [
      ...TEXT,
      JSON.stringify({ type: "content_block_stop", index: 0 }),
      JSON.stringify({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }),
      JSON.stringify({ type: "message_stop" }),
    ];
    const bytes = (await anthropicStreamOf(events)().text()).trimEnd();
    const answer = await translated("openai-chat", stubUpstream(streamAnswer(bytes, 10)));
    const text = await answer.text();
    expect(text).toContain('"finish_reason":"stop"');
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
  });

  test("that is cut off ends without a finish reason and without [DONE]", async () => {
    const answer = await (await translated("openai-chat", stubUpstream(anthropicStreamOf(TEXT)))).text();
    expect(answer).toContain('"content":"Hi"');
    expect(answer).not.toMatch(/"finish_reason":"|\[DONE\]/);
  });

  test("keeps thinking that only Anthropic can read for the next turn", async () => {
    const upstream = stubUpstream(
      jsonAnswer({
        id: "m",
        type: "message",
        role: "assistant",
        model: "c",
        content: [
          { type: "redacted_thinking", data: "sealed" },
          { type: "text", text: "Hi" },
        ],
        stop_reason: "end_turn",
        usage: { input_tokens: 1, output_tokens: 1 },
      }),
    );
    const client = openAiClient(upstream);
    const first = await client.chat.completions.create(askOpenAi);
    const message = first.choices[0]?.message;
    if (!message) throw new Error("no message");
    await client.chat.completions.create({ ...askOpenAi, messages: [USER, message, USER] });
    expect(upstream.asked[1]?.body.messages).toMatchObject([
      {},
      {
        content: [
          { type: "redacted_thinking", data: "sealed" },
          { type: "text", text: "Hi" },
        ],
      },
      {},
    ]);
  });
});

describe("what goes wrong on the way", () => {
  test("is a refusal with the provider's status, words and retry-after, in the caller's dialect", async () => {
    const upstream = stubUpstream(
      jsonAnswer({ type: "error", error: { type: "rate_limit_error", message: "Slow down" } }, 429, {
        "retry-after": "12",
      }),
    );
    const answer = await translated("openai-chat", upstream);
    expect(answer).toMatchObject({ status: 429, headers: { "retry-after": "12" } });
    expect(JSON.parse(await answer.text())).toEqual({
      error: { message: "Slow down", type: "rate_limit_error", param: null, code: null },
    });
    await expect(openAiClient(upstream).chat.completions.create(askOpenAi)).rejects.toMatchObject({
      status: 429,
      type: "rate_limit_error",
      message: expect.stringContaining("Slow down"),
    });
  });

  test("is said as it is where the provider answers with a page", async () => {
    const upstream = stubUpstream(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    const answer = await translated("anthropic-messages", upstream);
    expect(answer.status).toBe(502);
    expect(JSON.parse(await answer.text())).toEqual({
      type: "error",
      error: { type: "api_error", message: "<h1>Bad gateway</h1>" },
    });
  });

  test.each([
    ["no JSON", () => new Response("hello")],
    ["no message", jsonAnswer({ hello: 1 })],
    ["no choice", jsonAnswer({ choices: [] })],
  ])("is a 502 for an answer that is none: %s", async (_, respond) => {
    for (const client of ["openai-chat", "anthropic-messages"] as const) {
      const answer = await translated(client, stubUpstream(respond), { stream: false });
      expect(answer.status).toBe(502);
      expect(JSON.parse(await answer.text())).toMatchObject({
        error: { message: "The provider's answer could not be read." },
      });
    }
  });

  test("is thrown as it was where no answer came, or it broke off", async () => {
    const failure = new NetworkFailure("gone", { cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }) });
    const silent: StubUpstream = { asked: [], fetch: () => Promise.reject(failure) };
    await expect(translated("openai-chat", silent)).rejects.toBe(failure);
    await expect(translated("anthropic-messages", silent, { stream: false })).rejects.toBe(failure);
    const text = TEXT.map((data) => `event: x\ndata: ${data}\n\n`).join("");
    const streaming = await translated("openai-chat", stubUpstream(broken(text, failure)));
    let seen = "";
    await expect(async () => {
      for await (const part of streaming.body) seen += Buffer.from(part).toString();
    }).rejects.toBe(failure);
    expect(seen).toContain('"content":"Hi"');
    const whole = stubUpstream(broken('{"choices":', failure));
    await expect(translated("anthropic-messages", whole, { stream: false })).rejects.toBe(failure);
  });

  test("is no failure once the answer is complete", async () => {
    const events = [call(0, { name: "f", arguments: "" }, "call_a"), chunk({}, "tool_calls")];
    const text = events.map((data) => `data: ${data}\n\n`).join("");
    const upstream = stubUpstream(broken(text, new NetworkFailure("gone")));
    const message = await anthropicClient(upstream).messages.stream(askAnthropic).finalMessage();
    expect(message).toMatchObject({ content: [{ type: "tool_use", name: "f", input: {} }], stop_reason: "tool_use" });
  });

  test("before the provider's first word shows nothing to the caller, so that another can be asked", async () => {
    for (const client of ["openai-chat", "anthropic-messages"] as const) {
      const failure = new NetworkFailure("gone");
      const seen: Uint8Array[] = [];
      await expect(async () => {
        const answer = await translated(client, stubUpstream(broken("", failure)));
        for await (const part of answer.body) seen.push(part);
      }).rejects.toBe(failure);
      expect(seen).toEqual([]);
    }
  });

  test("nothing is sent while a call is looked at, and a reader that stops ends the upstream call", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(TEXT.map((data) => `data: ${data}\n\n`).join(""))),
      cancel: () => {
        cancelled = true;
      },
    });
    const upstream = stubUpstream(() => new Response(body, { headers: { "content-type": "text/event-stream" } }));
    await prepareTranslation("openai-chat", askOpenAi, CLAUDE);
    expect(upstream.asked).toEqual([]);
    const answer = await translated("openai-chat", upstream);
    for await (const part of answer.body) if (Buffer.from(part).includes("Hi")) break;
    expect(cancelled).toBe(true);
  });

  test("a clamp below the caller's maximum holds, whatever is thought", async () => {
    const upstream = stubUpstream(jsonAnswer({ choices: [] }));
    const settings = { baseUrl: "https://provider.test/v1", key: "k", maxTokensField: "max_tokens" as const };
    const frame = { id: "i", created: 1, model: "m" };
    const thinking = await prepareTranslation("openai-chat", { ...askOpenAi, reasoning_effort: "high" }, CLAUDE);
    await sendTranslated(thinking, { ...settings, fetch: upstream.fetch }, frame, 2_000, null);
    const plain = await prepareTranslation("anthropic-messages", askAnthropic, GPT);
    await sendTranslated(plain, { ...settings, fetch: upstream.fetch }, frame, 20, null);
    expect(upstream.asked.map((sent) => sent.body.max_tokens)).toEqual([2_000, 20]);
  });
});
