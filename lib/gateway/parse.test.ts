import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { type Incoming, incomingFromWeb } from "@/lib/gateway/incoming";
import { parseChat, readJson } from "@/lib/gateway/parse";

const LIMIT = 10_000;
const MESSAGES = [{ role: "user", content: "hi" }];

function post(body: BodyInit, headers: Record<string, string> = { "content-type": "application/json" }): Incoming {
  // Node's fetch needs `duplex` for a streamed body; the DOM's types do not know it.
  const init: RequestInit & { duplex: "half" } = { method: "POST", body, headers, duplex: "half" };
  return incomingFromWeb(new Request("http://localhost/v1/chat/completions", init), "");
}

function chat(fields: Record<string, unknown>, limit = LIMIT) {
  return parseChat(post(JSON.stringify({ model: "gpt-4o-mini", messages: MESSAGES, ...fields })), limit);
}

async function refusalOf(work: Promise<unknown>): Promise<GatewayError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

/** A body whose length nobody announced, and how much of it was read. */
function streamed(chunk: Uint8Array, chunks: number): { body: ReadableStream<Uint8Array>; read: () => number } {
  let read = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (read === chunks) return controller.close();
        read += 1;
        controller.enqueue(chunk);
      },
    },
    { highWaterMark: 0 },
  );
  return { body, read: () => read };
}

describe("a chat request", () => {
  test("keeps its text byte for byte, and its size in bytes", async () => {
    const text =
      ' { "model":"gpt-4o-mini","seed":12345678901234567890,\n"messages":[{"role":"user","content":"žluť 😀 \\ud83d"}] , "new_field":{"a":1.10}}';
    const parsed = await parseChat(post(text), LIMIT);
    expect(parsed.text).toBe(text);
    expect(parsed.mostPromptTokens).toBe(Buffer.byteLength(text));
  });

  test("tells what the pipeline needs of it", async () => {
    expect(await chat({})).toMatchObject({
      model: "gpt-4o-mini",
      streamed: false,
      wantsUsage: false,
      maxTokens: null,
      choices: 1,
      textOnly: true,
    });
    expect(
      await chat({ stream: true, stream_options: { include_usage: true, other: 1 }, n: 3, max_tokens: 7 }),
    ).toMatchObject({
      streamed: true,
      wantsUsage: true,
      choices: 3,
      maxTokens: 7,
    });
    expect(
      await chat({ stream: null, stream_options: null, n: null, max_tokens: null, max_completion_tokens: null }),
    ).toMatchObject({ streamed: false, choices: 1, maxTokens: null });
  });

  test("with both maxima is bounded by the larger, whichever the provider heeds", async () => {
    expect(await chat({ max_tokens: 5, max_completion_tokens: 9 })).toMatchObject({ maxTokens: 9 });
    expect(await chat({ max_tokens: 9, max_completion_tokens: 5 })).toMatchObject({ maxTokens: 9 });
  });

  test("is text only where every part of every message is text", async () => {
    const of = async (content: unknown) =>
      (await chat({ messages: [...MESSAGES, { role: "user", content }] })).textOnly;
    expect(await of([{ type: "text", text: "a" }])).toBe(true);
    expect(await of(null)).toBe(true);
    expect(
      await of([
        { type: "text", text: "a" },
        { type: "image_url", image_url: { url: "http://x" } },
      ]),
    ).toBe(false);
    expect(await of([{ type: "input_audio", input_audio: {} }])).toBe(false);
    expect(await of([{ type: "something_new" }])).toBe(false);
  });

  test("gives the messages' text for counting", async () => {
    const parsed = await chat({
      messages: [
        { role: "system", content: "be kind" },
        { role: "user", content: [{ type: "text", text: "one" }, { type: "image_url" }] },
        { role: "assistant" },
      ],
    });
    expect(parsed.promptText()).toBe("be kind\none\n\n");
  });
});

describe("a poisonous request", () => {
  test("with a number that is no concern of ours goes on as it came", async () => {
    const text =
      '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"a\\u0000b\\ud83dc"}],"temperature":1e39,"top_p":-0,"x":1e999}';
    expect((await parseChat(post(text), LIMIT)).text).toBe(text);
  });

  test("with a maximum beyond all models is read exactly, beyond all counting is refused", async () => {
    expect(await chat({ max_tokens: 1e12 })).toMatchObject({ maxTokens: 1e12 });
    for (const max_tokens of [1e39, 2 ** 53, -1, 0, 1.5, "7", true]) {
      const error = await refusalOf(chat({ max_tokens }));
      expect([error.code, error.options.param], String(max_tokens)).toEqual(["invalid_body", "max_tokens"]);
    }
  });

  test("with a model's name of any size or kind is read, for the catalogue to refuse", async () => {
    const name = `${"x".repeat(1_000_000)}\u0000\ud83d`;
    expect((await chat({ model: name }, 2_000_000)).model).toBe(name);
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["a number for the model", { model: 7 }, "model"],
    ["no name at all", { model: "" }, "model"],
    ["no messages", { messages: [] }, "messages"],
    ["text for messages", { messages: "hi" }, "messages"],
    ["a message that is none", { messages: [MESSAGES[0], "hi"] }, "messages[1]"],
    ["a message without a role", { messages: [{ content: "hi" }] }, "messages[0].role"],
    ["a number for content", { messages: [{ role: "user", content: 7 }] }, "messages[0].content"],
    ["text for stream", { stream: "yes" }, "stream"],
    ["a list for stream options", { stream_options: [] }, "stream_options"],
    ["text for include_usage", { stream_options: { include_usage: "yes" } }, "stream_options.include_usage"],
    ["more choices than any provider gives", { n: 129 }, "n"],
    ["no choice", { n: 0 }, "n"],
    ["half a choice", { n: 1.5 }, "n"],
  ])("with %s is refused, naming the field", async (_, fields, field) => {
    const error = await refusalOf(chat(fields));
    expect(error).toMatchObject({ code: "invalid_body", status: 400 });
    expect(error.options.param).toBe(field);
    expect(error.message).toContain(`'${field}'`);
  });

  test.each(["[]", "null", '"text"', "7", "true"])("that is %s and no object is refused", async (text) => {
    expect(await refusalOf(parseChat(post(text), LIMIT))).toMatchObject({ code: "invalid_body" });
  });

  test("named after what objects inherit lacks its fields like any other", async () => {
    const error = await refusalOf(
      parseChat(post('{"__proto__":{"model":"gpt-4o-mini","messages":[{"role":"user"}]}}'), LIMIT),
    );
    expect(error.code).toBe("invalid_body");
    expect(error.options.param).toBe("model");
  });

  test("nested a hundred thousand deep does no harm", async () => {
    const deep = `{"model":"m","messages":[{"role":"user"}],"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const outcome = await parseChat(post(deep), 1_000_000).then(
      () => "read",
      (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
    );
    expect(["read", "invalid_json"]).toContain(outcome);
  });
});

describe("a body", () => {
  test("that is no JSON is refused without repeating much of it", async () => {
    for (const text of ["", "{", '{"a":1,}', "{'a':1}", `{"a":${"9".repeat(5_000)}x`, "\ufeff{}"]) {
      const error = await refusalOf(readJson(post(text), LIMIT));
      expect(error).toMatchObject({ code: "invalid_json", status: 400 });
      expect(error.message.length).toBeLessThan(250);
    }
  });

  test("that is not UTF-8 is refused, never repaired", async () => {
    for (const bytes of [
      [0x22, 0xff, 0x22],
      [0x22, 0xc3, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xc0, 0x80, 0x22],
    ]) {
      expect(await refusalOf(readJson(post(Uint8Array.from(bytes)), LIMIT))).toMatchObject({ code: "invalid_json" });
    }
  });

  test("of another media type is refused; JSON's own kinds and none at all are read", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/jsonx",
    ]) {
      expect(await refusalOf(readJson(post("{}", { "content-type": type }), LIMIT))).toMatchObject({
        code: "unsupported_media_type",
        status: 415,
      });
    }
    for (const type of ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"]) {
      expect((await readJson(post("{}", { "content-type": type }), LIMIT)).value).toEqual({});
    }
    expect((await readJson(post(Buffer.from("{}"), {}), LIMIT)).value).toEqual({});
  });

  test("whose announced length is over the limit is refused unread", async () => {
    const { body, read } = streamed(Buffer.from("x".repeat(100)), 1_000);
    const error = await refusalOf(readJson(post(body, { "content-length": String(LIMIT + 1) }), LIMIT));
    expect(error).toMatchObject({ code: "body_too_large", status: 413, metadata: { limit_bytes: LIMIT } });
    expect(read()).toBe(0);
  });

  test("of no announced length is counted as it comes, and no more of it read than the limit", async () => {
    const { body, read } = streamed(Buffer.from("x".repeat(100)), 1_000_000);
    expect(await refusalOf(readJson(post(body, {}), LIMIT))).toMatchObject({ code: "body_too_large" });
    expect(read()).toBeLessThanOrEqual(LIMIT / 100 + 2);
  });

  test("of exactly the limit is read, of one byte more is not", async () => {
    const text = JSON.stringify("x".repeat(LIMIT - 2));
    for (const announced of [true, false]) {
      const sent = (body: string) =>
        announced
          ? post(Buffer.from(body), { "content-length": String(body.length) })
          : post(streamed(Buffer.from(body), 1).body, {});
      expect((await readJson(sent(text), LIMIT)).bytes).toBe(LIMIT);
      expect(await refusalOf(readJson(sent(`${text} `), LIMIT))).toMatchObject({ code: "body_too_large" });
    }
  });
});
