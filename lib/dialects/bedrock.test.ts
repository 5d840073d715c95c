import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { prepareTranslation, sendTranslated, type TargetModel } from "@/lib/dialects/translate";
import {
  BEDROCK_USAGE,
  bedrockMessage,
  converseAnswer,
  converseStream,
  EVENT_STREAM,
  textBlock,
  thinkingBlock,
  toolBlock,
} from "@/lib/testing/bedrock";
import {
  anthropicClient,
  inPieces,
  jsonAnswer,
  openAiClient,
  type StubUpstream,
  stubUpstream,
} from "@/lib/testing/dialects";

const CLAUDE: TargetModel = {
  dialect: "bedrock",
  model: "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
  maxOutputTokens: 64_000,
  reasons: true,
  wantsReasoningBack: true,
};
const NOVA: TargetModel = { ...CLAUDE, model: "amazon.nova-lite-v1:0", maxOutputTokens: 8_192, reasons: false };
const LLAMA: TargetModel = { ...NOVA, model: "us.meta.llama3-3-70b-instruct-v1:0" };
const GPT_OSS: TargetModel = { ...CLAUDE, model: "openai.gpt-oss-120b-1:0", maxOutputTokens: 16_384 };

const USER = { role: "user" as const, content: "Hello" };
const TEXT = converseAnswer([{ text: "I am Claude." }]);
const TOOL = { type: "object" as const, properties: { city: { type: "string" } } };
const WEATHER = { type: "function" as const, function: { name: "weather", parameters: TOOL } };

function streamOf(messages: readonly Uint8Array[], size = 1_000): () => Response {
  return () => new Response(inPieces(Buffer.concat(messages), size), { headers: EVENT_STREAM });
}

/** The body that an OpenAI or Anthropic client's request becomes. */
async function bodyOf(
  client: "openai-chat" | "anthropic-messages",
  request: object,
  target: TargetModel = CLAUDE,
): Promise<Record<string, unknown>> {
  const upstream = stubUpstream(jsonAnswer(TEXT));
  await (await sent(client, request, upstream, target)).text();
  return upstream.asked[0]?.body ?? {};
}

async function sent(
  client: "openai-chat" | "anthropic-messages",
  request: object,
  upstream: StubUpstream,
  target: TargetModel = CLAUDE,
  limit: number | null = null,
) {
  const least = client === "openai-chat" ? { messages: [USER] } : { messages: [USER], max_tokens: 100 };
  const translation = await prepareTranslation(client, { model: "m", ...least, ...request }, target);
  return sendTranslated(
    translation,
    { baseUrl: "https://provider.test", key: "k", maxTokensField: "max_tokens", fetch: upstream.fetch },
    { id: "id_1", created: 1, model: "m" },
    limit,
    null,
  );
}

async function refusalOf(client: "openai-chat" | "anthropic-messages", request: object, target = CLAUDE) {
  const upstream = stubUpstream(jsonAnswer(TEXT));
  const error = await sent(client, request, upstream, target).catch((thrown: unknown) => thrown);
  if (!(error instanceof GatewayError)) throw new Error(`not refused: ${String(error)}`);
  expect(upstream.asked).toEqual([]);
  return { code: error.code, param: error.options.param };
}

describe("a whole answer of Bedrock", () => {
  test("reaches OpenAI's client, with what the cache had in its usage, and was asked for under the model's escaped name", async () => {
    const upstream = stubUpstream(jsonAnswer(TEXT));
    const answer = await openAiClient(upstream, 1_000, CLAUDE).chat.completions.create({
      model: "claude",
      messages: [{ role: "system", content: "Be brief." }, USER],
      max_tokens: 50,
      stop: ["END"],
    });
    expect(answer.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "I am Claude." } });
    expect(answer.usage).toMatchObject({
      prompt_tokens: 1_212,
      completion_tokens: 7,
      prompt_tokens_details: { cached_tokens: 1_000, cache_write_tokens: 200 },
    });
    const [asked] = upstream.asked;
    expect(asked?.url).toMatch(/\/model\/global\.anthropic\.claude-sonnet-4-5-20250929-v1%3A0\/converse$/);
    expect(asked?.body).toMatchObject({
      system: [{ text: "Be brief." }],
      messages: [{ role: "user", content: [{ text: "Hello" }] }],
      inferenceConfig: { maxTokens: 50, stopSequences: ["END"] },
    });
  });

  test("reaches Anthropic's client, with what the cache had beside its input", async () => {
    const answer = await anthropicClient(stubUpstream(jsonAnswer(TEXT)), 1_000, CLAUDE).messages.create({
      model: "claude",
      max_tokens: 50,
      messages: [USER],
    });
    expect(answer).toMatchObject({
      content: [{ type: "text", text: "I am Claude." }],
      stop_reason: "end_turn",
      usage: {
        input_tokens: 12,
        cache_read_input_tokens: 1_000,
        cache_creation_input_tokens: 200,
        output_tokens: 7,
      },
    });
  });

  test.each([
    ["max_tokens", "length", "max_tokens"],
    ["stop_sequence", "stop", "end_turn"],
    ["content_filtered", "content_filter", "refusal"],
    ["guardrail_intervened", "content_filter", "refusal"],
  ])("that stopped for %s says so as %s and as %s", async (reason, openai, anthropic) => {
    const upstream = () => stubUpstream(jsonAnswer(converseAnswer([{ text: "…" }], reason)));
    const chat = await openAiClient(upstream(), 1_000, CLAUDE).chat.completions.create({
      model: "m",
      messages: [USER],
    });
    const message = await anthropicClient(upstream(), 1_000, CLAUDE).messages.create({
      model: "m",
      max_tokens: 50,
      messages: [USER],
    });
    expect([chat.choices[0]?.finish_reason, message.stop_reason]).toEqual([openai, anthropic]);
  });
});

describe("a stream of Bedrock", () => {
  const messages = converseStream(
    [...textBlock(0, ["Let me", " look."]), ...toolBlock(1, "tooluse_1", "weather", ['{"city"', ':"Paris"}'])],
    "tool_use",
  );
  const events = converseStream(textBlock(0, ["I am", " Claude."]));

  test.each([1, 7, 1_000_000])("reaches OpenAI's client the same in pieces of %i bytes", async (size) => {
    const upstream = stubUpstream(streamOf(messages, size));
    const chunks = await openAiClient(upstream, 1_000, CLAUDE).chat.completions.create({
      model: "m",
      messages: [USER],
      tools: [WEATHER],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let input = "";
    let finish: string | null = null;
    let usage: unknown = null;
    for await (const chunk of chunks) {
      const [choice] = chunk.choices;
      text += choice?.delta.content ?? "";
      input += choice?.delta.tool_calls?.[0]?.function?.arguments ?? "";
      finish = choice?.finish_reason ?? finish;
      usage = chunk.usage ?? usage;
    }
    expect([text, input, finish]).toEqual(["Let me look.", '{"city":"Paris"}', "tool_calls"]);
    expect(usage).toMatchObject({ prompt_tokens: 1_212, completion_tokens: 7 });
    expect(upstream.asked[0]?.url).toMatch(/\/converse-stream$/);
  });

  test.each([1, 7, 1_000_000])("reaches Anthropic's client the same in pieces of %i bytes", async (size) => {
    const stream = anthropicClient(stubUpstream(streamOf(messages, size)), 1_000, CLAUDE).messages.stream({
      model: "m",
      max_tokens: 50,
      messages: [USER],
      tools: [{ name: "weather", input_schema: TOOL }],
    });
    expect(await stream.finalMessage()).toMatchObject({
      content: [
        { type: "text", text: "Let me look." },
        { type: "tool_use", id: "tooluse_1", name: "weather", input: { city: "Paris" } },
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 12, cache_read_input_tokens: 1_000, cache_creation_input_tokens: 200, output_tokens: 7 },
    });
  });

  test.each([
    ["between two messages", events.slice(0, 3)],
    ["within a message", [...events.slice(0, 3), (events[3] ?? new Uint8Array()).subarray(0, 9)]],
    ["within the length of a message", [...events.slice(0, 3), new Uint8Array([0, 0])]],
  ])("that is cut off %s has all its text, and neither a finish reason nor [DONE]", async (_, cut) => {
    const text = await (await sent("openai-chat", { stream: true }, stubUpstream(streamOf(cut)))).text();
    expect(text).toContain('"content":"I am"');
    expect(text).toContain('"content":" Claude."');
    expect(text).not.toContain("[DONE]");
    expect(text).not.toMatch(/"finish_reason":"/);
    const message = await (await sent("anthropic-messages", { stream: true }, stubUpstream(streamOf(cut)))).text();
    expect(message).toContain(" Claude.");
    expect(message).not.toContain("message_stop");
  });

  test("whose connection breaks is thrown as it was, after all that came", async () => {
    const failure = new Error("reset");
    const broken = () =>
      new Response(
        new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(Buffer.concat(events.slice(0, 3))),
          pull: (controller) => controller.error(failure),
        }),
        { headers: EVENT_STREAM },
      );
    const { body } = await sent("openai-chat", { stream: true }, stubUpstream(broken));
    let text = "";
    const read = async () => {
      for await (const part of body) text += Buffer.from(part).toString();
    };
    await expect(read()).rejects.toBe(failure);
    expect(text).toContain(" Claude.");
  });

  test.each(["throttlingException", "modelStreamErrorException", "validationException", "modelTimeoutException"])(
    "that ends with a %s ends with an error and no finish reason",
    async (name) => {
      const cut = [...events.slice(0, 3), bedrockMessage(name, { message: "Not now." }, "exception")];
      const text = await (await sent("openai-chat", { stream: true }, stubUpstream(streamOf(cut)))).text();
      expect(text).toContain(" Claude.");
      expect(text.trimEnd().split("\n\n").at(-1)).toMatch(/^data: \{"error":\{"message":"/);
      expect(text).not.toContain("[DONE]");
    },
  );

  test("says nothing before Bedrock does, so that until then another provider can be asked", async () => {
    let reached = false;
    const waiting = () =>
      new Response(
        new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(events[0] ?? new Uint8Array()),
        }),
        { headers: EVENT_STREAM },
      );
    const { body } = await sent("openai-chat", { stream: true }, stubUpstream(waiting));
    const first = body[Symbol.asyncIterator]().next();
    void first.then(() => {
      reached = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(reached).toBe(false);
  });
});

describe("thinking of Claude's at Bedrock", () => {
  const thought = { reasoningText: { text: "Hm.", signature: "sig==" } };
  const whole = converseAnswer([
    { reasoningContent: thought },
    { reasoningContent: { redactedContent: "c2VjcmV0" } },
    { text: "Yes." },
  ]);
  const streamed = converseStream([
    ...thinkingBlock(0, [{ text: "Hm." }, { signature: "sig==" }]),
    ...thinkingBlock(1, [{ redactedContent: "c2Vj" }, { redactedContent: "cmV0" }]),
    ...textBlock(2, ["Yes."]),
  ]);
  const blocks = [
    { type: "thinking", thinking: "Hm.", signature: "sig==" },
    { type: "redacted_thinking", data: "c2VjcmV0" },
    { type: "text", text: "Yes." },
  ];
  const back = [
    { reasoningContent: { reasoningText: { text: "Hm.", signature: "sig==" } } },
    { reasoningContent: { redactedContent: "c2VjcmV0" } },
    { text: "Yes." },
  ];

  test("comes to Anthropic's client signed or sealed, whole and streamed, and goes back unchanged", async () => {
    const request = { model: "m", max_tokens: 4_096, messages: [USER] };
    const message = await anthropicClient(stubUpstream(jsonAnswer(whole)), 1_000, CLAUDE).messages.create(request);
    const stream = anthropicClient(stubUpstream(streamOf(streamed)), 1_000, CLAUDE).messages.stream(request);
    expect(message.content).toEqual(blocks);
    expect((await stream.finalMessage()).content).toEqual(blocks);
    const messages = [USER, { role: "assistant", content: message.content }, USER];
    const body = await bodyOf("anthropic-messages", { messages });
    expect(body.messages).toMatchObject([{}, { role: "assistant", content: back }, {}]);
  });

  test("comes to OpenAI's client as reasoning_details, and goes back unchanged", async () => {
    const upstream = stubUpstream(jsonAnswer(whole));
    const answer = await openAiClient(upstream, 1_000, CLAUDE).chat.completions.create({
      model: "m",
      messages: [USER],
    });
    const message = answer.choices[0]?.message;
    expect(message).toMatchObject({ reasoning_content: "Hm.", content: "Yes." });
    const body = await bodyOf("openai-chat", { messages: [USER, message, USER] });
    expect(body.messages).toMatchObject([{}, { role: "assistant", content: back }, {}]);
  });

  test("stays within the maximum, which the AI SDK would add its budget to", async () => {
    const body = await bodyOf("anthropic-messages", {
      max_tokens: 10_000,
      thinking: { type: "enabled", budget_tokens: 4_000 },
    });
    expect(body).toMatchObject({
      inferenceConfig: { maxTokens: 10_000 },
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 4_000 } },
    });
    const clamped = stubUpstream(jsonAnswer(TEXT));
    await (await sent("openai-chat", { reasoning_effort: "high" }, clamped, CLAUDE, 2_000)).text();
    expect(clamped.asked[0]?.body).toMatchObject({
      inferenceConfig: { maxTokens: 2_000 },
      additionalModelRequestFields: { thinking: { budget_tokens: 1_600 } },
    });
  });

  test("is as much as an effort tells for later models, and none where it is switched off", async () => {
    const opus = { ...CLAUDE, model: "eu.anthropic.claude-opus-4-7" };
    expect(await bodyOf("openai-chat", { reasoning_effort: "high" }, opus)).toMatchObject({
      additionalModelRequestFields: {
        thinking: { type: "adaptive", display: "summarized" },
        output_config: { effort: "high" },
      },
    });
    expect(await bodyOf("openai-chat", { reasoning_effort: "none" }, opus)).toMatchObject({
      additionalModelRequestFields: { thinking: { type: "disabled" } },
    });
  });
});

describe("what is asked of Bedrock", () => {
  test("always has a maximum: the caller's, the model's where that is less or none is said, or a clamp", async () => {
    const most = async (request: object, limit: number | null) => {
      const upstream = stubUpstream(jsonAnswer(TEXT));
      await (await sent("openai-chat", request, upstream, NOVA, limit)).text();
      return upstream.asked[0]?.body.inferenceConfig;
    };
    expect(await most({}, null)).toEqual({ maxTokens: 8_192 });
    expect(await most({ max_tokens: 50_000 }, null)).toEqual({ maxTokens: 8_192 });
    expect(await most({ max_tokens: 50 }, null)).toEqual({ maxTokens: 50 });
    expect(await most({}, 16)).toEqual({ maxTokens: 16 });
  });

  test("has tools, their calls and results over two turns, and says of an error that it is one", async () => {
    const body = await bodyOf("anthropic-messages", {
      messages: [
        USER,
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "tooluse_1", name: "weather", input: { city: "Rome" } }],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "tooluse_1", is_error: true, content: "no such city" }],
        },
      ],
      tools: [{ name: "weather", description: "Weather", input_schema: TOOL }],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
    });
    expect(body).toMatchObject({
      messages: [
        {},
        { content: [{ toolUse: { toolUseId: "tooluse_1", name: "weather", input: { city: "Rome" } } }] },
        { content: [{ toolResult: { toolUseId: "tooluse_1", content: [{ text: "Error: no such city" }] } }] },
      ],
      toolConfig: { tools: [{ toolSpec: { name: "weather", inputSchema: { json: TOOL } } }] },
      additionalModelRequestFields: { tool_choice: { type: "any", disable_parallel_tool_use: true } },
    });
  });

  test("has images as bytes", async () => {
    const body = await bodyOf("openai-chat", {
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,aGk=" } }] }],
    });
    expect(body.messages).toEqual([
      { role: "user", content: [{ image: { format: "png", source: { bytes: "aGk=" } } }] },
    ]);
  });

  test("and what was kept for an hour is told apart from what was kept for minutes, by Bedrock's own count", async () => {
    const cacheDetails = [
      { inputTokens: 150, ttl: "1h" },
      { inputTokens: 50, ttl: "5m" },
    ];
    const usage = { ...BEDROCK_USAGE, cacheDetails };
    const said = jsonAnswer(converseAnswer([{ text: "Hi" }], "end_turn", usage));
    const answer = await sent("anthropic-messages", {}, stubUpstream(said));
    expect(JSON.parse(await answer.text())).toMatchObject({
      usage: { cache_creation: { ephemeral_1h_input_tokens: 150, ephemeral_5m_input_tokens: 50 } },
    });
  });

  test("has cache points where the caller marked, for models that keep a cache, for an hour at those that can", async () => {
    const marked = (text: string) => ({ type: "text", text, cache_control: { type: "ephemeral", ttl: "1h" } });
    const request = {
      system: [marked("Rules.")],
      messages: [{ role: "user", content: [marked("Long."), { type: "text", text: "Short." }] }],
    };
    const minutes = { cachePoint: { type: "default" } };
    const hour = { cachePoint: { type: "default", ttl: "1h" } };
    for (const [target, point] of [
      [CLAUDE, hour],
      [NOVA, minutes],
    ] as const) {
      const body = await bodyOf("anthropic-messages", request, target);
      expect(body.system).toEqual([{ text: "Rules." }, point]);
      expect(body.messages).toMatchObject([{ content: [{ text: "Long." }, point, { text: "Short." }] }]);
    }
    const plain = { system: [{ type: "text", text: "Rules.", cache_control: { type: "ephemeral" } }] };
    expect((await bodyOf("anthropic-messages", plain)).system).toEqual([{ text: "Rules." }, minutes]);
    expect(JSON.stringify(await bodyOf("anthropic-messages", request, LLAMA))).not.toContain("cachePoint");
  });

  test("has what only some models know where they look for it, and what Claude means anyway not at all", async () => {
    const claude = await bodyOf("anthropic-messages", { top_k: 5, temperature: 1, top_p: 1 });
    expect(claude).toMatchObject({ additionalModelRequestFields: { top_k: 5 }, inferenceConfig: { maxTokens: 100 } });
    expect(claude.inferenceConfig).toEqual({ maxTokens: 100 });
    expect(await bodyOf("openai-chat", { temperature: 1 }, NOVA)).toMatchObject({
      inferenceConfig: { temperature: 1 },
    });
    expect(await bodyOf("openai-chat", { reasoning_effort: "xhigh" }, GPT_OSS)).toMatchObject({
      additionalModelRequestFields: { reasoning_effort: "high" },
    });
    expect(JSON.stringify(await bodyOf("openai-chat", { reasoning_effort: "high" }, NOVA))).not.toContain("effort");
  });

  test("has a JSON schema in the model's own way, and the answer is JSON for the client", async () => {
    const response_format = {
      type: "json_schema",
      json_schema: { name: "w", schema: { ...TOOL, required: ["city"] } },
    };
    expect(await bodyOf("openai-chat", { response_format })).toMatchObject({
      additionalModelRequestFields: { output_config: { format: { type: "json_schema" } } },
    });
    const used = converseAnswer([{ toolUse: { toolUseId: "t", name: "json", input: { city: "Rome" } } }], "tool_use");
    const answer = await (await sent("openai-chat", { response_format }, stubUpstream(jsonAnswer(used)), NOVA)).text();
    expect(JSON.parse(answer).choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { content: '{"city":"Rome"}' },
    });
  });

  test.each<[string, "openai-chat" | "anthropic-messages", object, TargetModel]>([
    ["seed", "openai-chat", { seed: 1 }, CLAUDE],
    ["frequency_penalty", "openai-chat", { frequency_penalty: 1 }, CLAUDE],
    ["temperature", "openai-chat", { temperature: 1.5 }, NOVA],
    ["temperature", "openai-chat", { temperature: 0.5, reasoning_effort: "low" }, CLAUDE],
    ["response_format", "openai-chat", { response_format: { type: "json_object" } }, CLAUDE],
    ["top_k", "anthropic-messages", { top_k: 5 }, NOVA],
    ["parallel_tool_calls", "openai-chat", { tools: [WEATHER], parallel_tool_calls: false }, NOVA],
    [
      "tool_choice",
      "openai-chat",
      {
        tools: [WEATHER],
        tool_choice: "required",
        response_format: { type: "json_schema", json_schema: { name: "w", schema: TOOL } },
      },
      CLAUDE,
    ],
    [
      "messages",
      "openai-chat",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example/b.png" } }] }] },
      CLAUDE,
    ],
    [
      "tools",
      "openai-chat",
      {
        messages: [
          USER,
          {
            role: "assistant",
            tool_calls: [{ id: "t", type: "function", function: { name: "weather", arguments: "{}" } }],
          },
          { role: "tool", tool_call_id: "t", content: "Sunny" },
        ],
      },
      CLAUDE,
    ],
  ])("is refused, naming '%s', where it would be lost (%s)", async (param, client, request, target) => {
    expect(await refusalOf(client, request, target)).toEqual({ code: "invalid_body", param });
  });
});

describe("a refusal of Bedrock", () => {
  test.each([
    [429, { message: "Too many requests, please wait before trying again." }, "Too many requests"],
    [400, { message: "The provided model identifier is invalid." }, "model identifier"],
    // AWS's front door has a capital.
    [403, { Message: "User is not authorized to perform: bedrock:InvokeModel" }, "not authorized"],
    [503, { message: "Service is unavailable." }, "unavailable"],
  ])("of status %i keeps its status, its words and when to come again", async (status, body, words) => {
    for (const stream of [false, true]) {
      const upstream = () => stubUpstream(jsonAnswer(body, status, { "retry-after": "7" }));
      const chat = await sent("openai-chat", { stream }, upstream());
      const message = await sent("anthropic-messages", { stream }, upstream());
      for (const answer of [chat, message]) {
        expect([answer.status, answer.headers["retry-after"]]).toEqual([status, "7"]);
        expect(JSON.parse(await answer.text()).error.message).toContain(words);
      }
    }
  });
});
