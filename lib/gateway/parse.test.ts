import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { type Incoming, incomingFromWeb } from "@/lib/gateway/incoming";
import * as parse from "@/lib/gateway/parse";
import { awaited } from "@/lib/testing/awaited";

type ModelRequest = parse.ModelRequest;
const parseChat = awaited(parse.parseChat);
const parseCompletions = awaited(parse.parseCompletions);
const parseCountTokens = awaited(parse.parseCountTokens);
const parseEmbeddings = awaited(parse.parseEmbeddings);
const parseMessages = awaited(parse.parseMessages);
const readJson = awaited(parse.readJson);

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

describe("a request for completions", () => {
  const complete = (fields: Record<string, unknown>, limit = LIMIT) =>
    parseCompletions(post(JSON.stringify({ model: "gpt-3.5-turbo-instruct", ...fields })), limit);

  test("keeps its text byte for byte, with whatever fields it has", async () => {
    const text = ' {"prompt":"Once","suffix":"end.","logprobs":5,"echo":true,"seed":12345678901234567890,"model":"m"} ';
    const parsed = await parseCompletions(post(text), LIMIT);
    expect(parsed).toMatchObject({ path: "completions", text, mostPromptTokens: Buffer.byteLength(text), echoes: 1 });
  });

  test.each<[string, unknown, Partial<ModelRequest>, string]>([
    ["a text", "Once", { prompts: 1, choices: 1, tokensBesideText: 0 }, "Once"],
    ["several texts", ["Once", "upon"], { prompts: 2, choices: 2, tokensBesideText: 0 }, "Once\nupon"],
    ["token numbers", [1, 20_000, 3], { prompts: 1, choices: 1, tokensBesideText: 3, mostPromptTokens: 3 }, ""],
    ["several lists of them", [[1, 2], [3]], { prompts: 2, choices: 2, tokensBesideText: 3, mostPromptTokens: 3 }, ""],
    ["none", null, { prompts: 1, choices: 1, tokensBesideText: 0 }, "<|endoftext|>"],
  ])("reads %s for a prompt", async (_, prompt, expected, text) => {
    const parsed = await complete({ prompt });
    expect(parsed).toMatchObject(expected);
    expect(parsed.promptText()).toBe(text);
  });

  test("is bounded by every choice of every prompt, those of best_of that are not shown included", async () => {
    expect(await complete({ prompt: "a", n: 2, best_of: 5 })).toMatchObject({ choices: 5 });
    expect(await complete({ prompt: "a", n: 5, best_of: 2 })).toMatchObject({ choices: 5 });
    expect(await complete({ prompt: ["a", "b", "c"], n: 2 })).toMatchObject({ choices: 6 });
  });

  test("without a maximum has none, and says what providers then give", async () => {
    expect(await complete({ prompt: "a" })).toMatchObject({ maxTokens: null, usualMaxTokens: 16 });
    expect(await complete({ prompt: "a", max_tokens: 0 })).toMatchObject({ maxTokens: 0 });
    expect(await complete({ prompt: "a", max_tokens: 5, max_completion_tokens: 9 })).toMatchObject({ maxTokens: 9 });
  });

  test("counts a suffix beside tokens that came as numbers", async () => {
    const parsed = await complete({ prompt: [1, 2], suffix: "žluť" });
    expect(parsed.mostPromptTokens).toBe(2 + Buffer.byteLength("žluť"));
    expect(parsed.promptText()).toBe("žluť");
  });

  test("tells whether it is streamed, and who wants usage", async () => {
    expect(await complete({ prompt: "a", stream: true, stream_options: { include_usage: true } })).toMatchObject({
      streamed: true,
      wantsUsage: true,
    });
    expect(await complete({ prompt: "a" })).toMatchObject({ streamed: false, wantsUsage: false });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["a number for a prompt", { prompt: 7 }, "prompt"],
    ["an empty list of prompts", { prompt: [] }, "prompt"],
    ["an empty list of tokens", { prompt: [[1], []] }, "prompt"],
    ["texts and tokens together", { prompt: ["a", 1] }, "prompt"],
    ["a token below zero", { prompt: [1, -1] }, "prompt"],
    ["half a token", { prompt: [[0.5]] }, "prompt"],
    ["more prompts than any provider takes", { prompt: Array.from({ length: 2_049 }, () => "a") }, "prompt"],
    ["a number for a suffix", { prompt: "a", suffix: 7 }, "suffix"],
    ["a negative maximum", { prompt: "a", max_tokens: -1 }, "max_tokens"],
    ["more choices than any provider gives", { prompt: "a", best_of: 129 }, "best_of"],
    ["text for echo", { prompt: "a", echo: "yes" }, "echo"],
  ])("with %s is refused, naming the field", async (_, fields, field) => {
    const error = await refusalOf(complete(fields, 100_000));
    expect(error).toMatchObject({ code: "invalid_body", options: { param: field } });
  });
});

describe("a request for embeddings", () => {
  const embed = (fields: Record<string, unknown>, limit = LIMIT) =>
    parseEmbeddings(post(JSON.stringify({ model: "text-embedding-3-small", ...fields })), limit);

  test("keeps its text byte for byte, and asks for no answer tokens", async () => {
    const text = ' {"input":["one","two"],"model":"m","dimensions":256,"encoding_format":"base64","user":"u"} ';
    expect(await parseEmbeddings(post(text), LIMIT)).toMatchObject({
      path: "embeddings",
      text,
      mostPromptTokens: Buffer.byteLength(text),
      prompts: 2,
      streamed: false,
      maxTokens: 0,
      choices: 1,
    });
  });

  test("counts each token that came as a number as one, and text by its bytes", async () => {
    expect(await embed({ input: [100_000, 100_001] })).toMatchObject({ mostPromptTokens: 2, tokensBesideText: 2 });
    expect(await embed({ input: [[100_000], [1, 2]] })).toMatchObject({ mostPromptTokens: 3, prompts: 2 });
    const parsed = await embed({ input: "žluť" });
    expect(parsed.mostPromptTokens).toBe(Buffer.byteLength(parsed.text));
    expect(parsed.promptText()).toBe("žluť");
  });

  test("takes as many texts as OpenAI does", async () => {
    expect(await embed({ input: Array.from({ length: 2_048 }, () => "a") }, 100_000)).toMatchObject({ prompts: 2_048 });
  });

  test("is never streamed", async () => {
    expect(await embed({ input: "a", stream: false })).toMatchObject({ streamed: false });
    const error = await refusalOf(embed({ input: "a", stream: true }));
    expect(error).toMatchObject({ code: "invalid_body", status: 400, options: { param: "stream" } });
    expect(error.message).toContain("never streamed");
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["no input", {}, "input"],
    ["null for input", { input: null }, "input"],
    ["an object for input", { input: { text: "a" } }, "input"],
    ["an empty list", { input: [] }, "input"],
    ["lists of texts", { input: [["a"]] }, "input"],
    ["more texts than OpenAI takes", { input: Array.from({ length: 2_049 }, () => "a") }, "input"],
    ["no model", { model: undefined, input: "a" }, "model"],
  ])("with %s is refused, naming the field", async (_, fields, field) => {
    const error = await refusalOf(embed(fields, 100_000));
    expect(error).toMatchObject({ code: "invalid_body", options: { param: field } });
    expect(error.message.length).toBeLessThan(250);
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

  test("in which a name that decides stands twice is refused, however it is spelled, whatever it asks for", async () => {
    const messages = '"messages":[{"role":"user","content":"a"}]';
    const wrong: [string, typeof parseChat, string][] = [
      [`{"model":"cheap",${messages},"model":"dear"}`, parseChat, "model"],
      [`{"model":"m",${messages},"max_tokens":9,"max\\u005ftokens":9}`, parseChat, "max_tokens"],
      [`{"model":"m",${messages},"max_tokens":9,"stream":true,"stream":false}`, parseMessages, "stream"],
      [`{"model":"m",${messages},${messages}}`, parseCountTokens, "messages"],
      ['{"model":"m","prompt":"a","best_of":1,"best_of":9}', parseCompletions, "best_of"],
      ['{"model":"m","input":"a","input":"b"}', parseEmbeddings, "input"],
    ];
    for (const [text, parse, param] of wrong) {
      const error = await refusalOf(parse(post(text), LIMIT));
      expect(error, text).toMatchObject({ code: "invalid_body", status: 400, options: { param } });
      expect(error.message).toContain("stands twice in the request body");
    }
  });

  test("may say twice what decides nothing, and nest any name as often as it likes", async () => {
    const text =
      '{"model":"m","seed":1,"seed":2,"messages":[{"role":"user","content":"\\"model\\":1","model":1,"model":2}],"tools":[{"n":1},{"n":1}]}';
    expect((await parseChat(post(text), LIMIT)).text).toBe(text);
    expect((await readJson(post('["model","model","model"]'), LIMIT)).value).toHaveLength(3);
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
