import { describe, expect, test } from "vitest";
import { prepareTranslation, type TargetModel } from "@/lib/dialects/translate";
import { CLAUDE, jsonAnswer, openAiClient, stubUpstream, translatingFetch } from "@/lib/testing/dialects";

const PNG = "iVBORw0KGgo=";
const ANSWER = jsonAnswer({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude",
  content: [{ type: "text", text: "Hi" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
});

const USER = { role: "user", content: "Hello" };
const TOOL = { type: "function", function: { name: "f", description: "does f", parameters: { type: "object" } } };

/** The body that Anthropic gets for a chat body. */
async function sentFor(body: object, target: TargetModel = CLAUDE): Promise<Record<string, unknown>> {
  const upstream = stubUpstream(ANSWER);
  const fetch = translatingFetch("openai-chat", target, upstream);
  const response = await fetch("https://gateway.test", {
    method: "POST",
    body: JSON.stringify({ model: "claude", messages: [USER], ...body }),
  });
  if (!response.ok) throw new Error(await response.text());
  return upstream.asked[0]?.body ?? {};
}

function refusalOf(body: object, target: TargetModel = CLAUDE): Promise<unknown> {
  return prepareTranslation("openai-chat", { model: "claude", messages: [USER], ...body }, target).then(
    () => "accepted",
    (error: unknown) => error,
  );
}

describe("a chat body for Anthropic", () => {
  test("goes to the provider's address with its key and model, and the model's maximum where none was asked", async () => {
    const upstream = stubUpstream(ANSWER);
    await openAiClient(upstream).chat.completions.create({
      model: "claude",
      messages: [{ role: "user", content: "Hi" }],
    });
    expect(upstream.asked[0]).toMatchObject({
      url: "https://provider.test/v1/messages",
      body: {
        model: "claude-sonnet-4-5",
        max_tokens: 64_000,
        messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
      },
    });
    expect(upstream.asked[0]?.headers.get("x-api-key")).toBe("the-provider-key");
  });

  test("keeps system prompts, their order and their cache marks", async () => {
    const mark = { type: "ephemeral", ttl: "1h" };
    const sent = await sentFor({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "developer", content: [{ type: "text", text: "Be kind.", cache_control: mark }] },
        USER,
      ],
    });
    expect(sent.system).toEqual([
      { type: "text", text: "Be brief." },
      { type: "text", text: "Be kind.", cache_control: mark },
    ]);
  });

  test("with instructions in its midst has all of them first", async () => {
    const sent = await sentFor({
      messages: [{ role: "system", content: "Be brief." }, USER, { role: "system", content: "Be kind." }, USER],
    });
    expect(sent.system).toEqual([
      { type: "text", text: "Be brief." },
      { type: "text", text: "Be kind." },
    ]);
    const text = { type: "text", text: "Hello" };
    expect(sent.messages).toEqual([{ role: "user", content: [text, text] }]);
  });

  test("keeps images, inline and by address, and PDF", async () => {
    const sent = await sentFor({
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}`, detail: "auto" } },
            { type: "image_url", image_url: { url: "https://example.com/a.jpg" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
          ],
        },
      ],
    });
    expect(sent.messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "What is this?" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
          { type: "image", source: { type: "url", url: "https://example.com/a.jpg" } },
          {
            type: "document",
            title: "a.pdf",
            source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
          },
        ],
      },
    ]);
  });

  test("keeps tools, the choice among them, and parallel calls with their results in one message", async () => {
    const call = (id: string, args: string) => ({ id, type: "function", function: { name: "f", arguments: args } });
    const sent = await sentFor({
      tools: [TOOL, { type: "function", function: { name: "g" } }],
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
      messages: [
        USER,
        { role: "assistant", content: "Wait.", tool_calls: [call("functions.f:0", '{"a":1}'), call("call_2", "")] },
        { role: "tool", tool_call_id: "functions.f:0", content: "one" },
        { role: "tool", tool_call_id: "call_2", content: [{ type: "text", text: "two" }] },
      ],
    });
    expect(sent.tools).toMatchObject([
      { name: "f", description: "does f", input_schema: { type: "object" } },
      { name: "g", input_schema: { type: "object", properties: {} } },
    ]);
    expect(sent.tool_choice).toEqual({ type: "tool", name: "f", disable_parallel_tool_use: true });
    const id = "functions_2e_f_3a_0";
    expect(sent.messages).toEqual([
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      {
        role: "assistant",
        content: [
          { type: "text", text: "Wait." },
          { type: "tool_use", id, name: "f", input: { a: 1 } },
          { type: "tool_use", id: "call_2", name: "f", input: {} },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: id, content: "one" },
          { type: "tool_result", tool_use_id: "call_2", content: "two" },
        ],
      },
    ]);
  });

  test("asks for no way of streaming tools that the caller did not ask for", async () => {
    const sent = await sentFor({ tools: [TOOL], stream: true }).catch((error: unknown) => error);
    expect(sent).toMatchObject({ stream: true, tools: [{ name: "f" }] });
    expect(JSON.stringify(sent)).not.toContain("eager");
  });

  test("with a schema and a forced tool keeps both, also where the AI SDK has a way round for older models", async () => {
    const response_format = { type: "json_schema", json_schema: { name: "x", schema: { type: "object" } } };
    const old = { ...CLAUDE, model: "claude-sonnet-4-0" };
    const forced = await sentFor({ tools: [TOOL], tool_choice: "none", response_format }, old);
    expect(forced).toMatchObject({ tool_choice: { type: "none" }, output_config: { format: { type: "json_schema" } } });
    const free = await sentFor({ tools: [TOOL], response_format }, old);
    expect(free).toMatchObject({ tool_choice: { type: "any" }, tools: [{ name: "f" }, { name: "json" }] });
  });

  test("keeps limits, sampling, stops and who asks; says nothing that goes without saying", async () => {
    expect(
      await sentFor({
        max_completion_tokens: 50,
        temperature: 0.2,
        top_p: 1,
        stop: "END",
        user: "u1",
        n: 1,
        logprobs: false,
      }),
    ).toEqual({
      model: "claude-sonnet-4-5",
      max_tokens: 50,
      temperature: 0.2,
      stop_sequences: ["END"],
      metadata: { user_id: "u1" },
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    });
    const plain = await sentFor({
      temperature: 1,
      top_p: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
      seed: null,
      audio: null,
      store: true,
      metadata: { a: "b" },
      service_tier: "auto",
    });
    expect(Object.keys(plain).sort()).toEqual(["max_tokens", "messages", "model"]);
  });

  test("asking for more than the model can give asks for all of it", async () => {
    expect(await sentFor({ max_tokens: 1_000_000 })).toMatchObject({ max_tokens: 64_000 });
  });

  test("with a JSON schema asks for that schema", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    };
    const sent = await sentFor({ response_format: { type: "json_schema", json_schema: { name: "city", schema } } });
    expect(sent.output_config).toEqual({ format: { type: "json_schema", schema } });
  });

  test("lets a model think within the maximum, never beyond it", async () => {
    const budget = await sentFor({ reasoning_effort: "medium", max_completion_tokens: 10_000 });
    expect(budget).toMatchObject({ max_tokens: 10_000, thinking: { type: "enabled", budget_tokens: 5_000 } });
    const adaptive = await sentFor(
      { reasoning_effort: "high", max_completion_tokens: 10_000 },
      { ...CLAUDE, model: "claude-opus-4-6" },
    );
    expect(adaptive).toMatchObject({
      max_tokens: 10_000,
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high" },
    });
    expect(await sentFor({ reasoning_effort: "none" })).toMatchObject({ thinking: { type: "disabled" } });
  });

  test.each([
    ["claude-3-7-sonnet-20250219", "enabled"],
    ["claude-sonnet-4-20250514", "enabled"],
    ["claude-opus-4-1", "enabled"],
    ["claude-haiku-4-5-20251001", "enabled"],
    ["claude-opus-4-6", "adaptive"],
    ["claude-sonnet-5", "adaptive"],
    ["claude-haiku-5-5", "adaptive"],
  ])("lets %s think in its way: %s", async (model, type) => {
    const sent = await sentFor({ reasoning_effort: "low", max_tokens: 30_000 }, { ...CLAUDE, model });
    expect(sent).toMatchObject({ max_tokens: 30_000, thinking: { type } });
  });

  test("without its own history's signatures sends no thinking back, and no empty text", async () => {
    const sent = await sentFor({
      messages: [
        USER,
        { role: "assistant", content: "", reasoning_content: "hm", refusal: null, annotations: [] },
        { role: "assistant", content: "Hi", reasoning_content: "hm" },
        USER,
      ],
    });
    expect(sent.messages).toEqual([
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      { role: "assistant", content: [{ type: "text", text: "Hi" }] },
      { role: "user", content: [{ type: "text", text: "Hello" }] },
    ]);
  });
});

describe("what Anthropic has no word for is a 400 that names it", () => {
  test.each<[param: string, body: object, target?: Partial<TargetModel>]>([
    ["n", { n: 2 }],
    ["logprobs", { logprobs: true }],
    ["top_logprobs", { top_logprobs: 3 }],
    ["logit_bias", { logit_bias: { 50256: -100 } }],
    ["audio", { audio: { voice: "alloy", format: "mp3" } }],
    ["modalities", { modalities: ["text", "audio"] }],
    ["prediction", { prediction: { type: "content", content: "x" } }],
    ["web_search_options", { web_search_options: {} }],
    ["functions", { functions: [] }],
    ["seed", { seed: 7 }],
    ["frequency_penalty", { frequency_penalty: 0.5 }],
    ["presence_penalty", { presence_penalty: -0.5 }],
    ["temperature", { temperature: 1.5 }],
    ["top_p", { temperature: 0.5, top_p: 0.5 }],
    ["temperature", { temperature: 0.5 }, { model: "claude-opus-4-8" }],
    ["response_format", { response_format: { type: "json_object" } }],
    ["tool_choice", { tools: [TOOL], tool_choice: "required", reasoning_effort: "low" }],
    ["tool_choice", { tools: [TOOL], tool_choice: { type: "allowed_tools", allowed_tools: {} } }],
    ["tools[0].type", { tools: [{ type: "custom", custom: { name: "c" } }] }],
    ["tools", { tools: [{ ...TOOL, function: { ...TOOL.function, strict: true } }] }, { model: "claude-sonnet-4-0" }],
    ["reasoning_effort", { reasoning_effort: "low", max_tokens: 500 }],
    ["reasoning.max_tokens", { reasoning: { max_tokens: 2_000 } }, { model: "claude-opus-4-6" }],
    ["verbosity", { verbosity: "low" }],
    ["brand_new", { brand_new: false }],
    ["messages[0].name", { messages: [{ ...USER, name: "Ann" }] }],
    ["messages[0].role", { messages: [{ role: "function", name: "f", content: "x" }] }],
    [
      "messages[0].content[0].input_audio",
      { messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "", format: "mp3" } }] }] },
    ],
    [
      "messages[0].content[0].file",
      { messages: [{ role: "user", content: [{ type: "file", file: { file_id: "f" } }] }] },
    ],
    [
      "messages[0].content[0].brand_new",
      { messages: [{ role: "user", content: [{ type: "text", text: "x", brand_new: 1 }] }] },
    ],
    ["messages[0].audio", { messages: [{ role: "assistant", content: "x", audio: { id: "a" } }, USER] }],
  ])("%s", async (param, body, target) => {
    expect(await refusalOf(body, { ...CLAUDE, ...target })).toMatchObject({
      status: 400,
      wireCode: "invalid_body",
      options: { param },
      message: expect.stringContaining(`'${param}'`),
    });
  });

  test.each<[param: string, body: object]>([
    ["messages", { messages: [] }],
    ["messages[0].role", { messages: [{ role: "wizard", content: "x" }] }],
    ["messages[0].content[0].type", { messages: [{ role: "user", content: [{ type: "video" }] }] }],
    ["messages[0].tool_call_id", { messages: [{ role: "tool", tool_call_id: "nobody", content: "x" }] }],
    [
      "messages[0].tool_calls[0].function.arguments",
      { messages: [{ role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: '{"a' } }] }] },
    ],
    [
      "messages[0].content[0].image_url.url",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "file:///etc/passwd" } }] }] },
    ],
    ["max_tokens", { max_tokens: 0 }],
  ])("and so is what is wrong: %s", async (param, body) => {
    expect(await refusalOf(body)).toMatchObject({ status: 400, options: { param } });
  });

  test("a body that is no object", async () => {
    for (const body of [null, 7, "x", []])
      await expect(prepareTranslation("openai-chat", body, CLAUDE)).rejects.toMatchObject({ status: 400 });
  });
});
