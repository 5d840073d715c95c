import { describe, expect, test } from "vitest";
import { prepareTranslation, type TargetModel } from "@/lib/dialects/translate";
import { GPT, jsonAnswer, stubUpstream, translatingFetch } from "@/lib/testing/dialects";

const PNG = "iVBORw0KGgo=";
const ANSWER = jsonAnswer({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "gpt-5",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

const USER = { role: "user", content: "Hello" };
const TOOL = {
  name: "f",
  description: "does f",
  input_schema: { type: "object", properties: { a: { type: "number" } } },
};

/** The body that an OpenAI-compatible provider gets for a messages body. */
async function sentFor(body: object, target: TargetModel = GPT): Promise<Record<string, unknown>> {
  const upstream = stubUpstream(ANSWER);
  const fetch = translatingFetch("anthropic-messages", target, upstream);
  const response = await fetch("https://gateway.test", {
    method: "POST",
    body: JSON.stringify({ model: "gpt", max_tokens: 100, messages: [USER], ...body }),
  });
  if (!response.ok) throw new Error(await response.text());
  return upstream.asked[0]?.body ?? {};
}

function refusalOf(body: object): Promise<unknown> {
  return prepareTranslation(
    "anthropic-messages",
    { model: "gpt", max_tokens: 100, messages: [USER], ...body },
    GPT,
  ).then(
    () => "accepted",
    (error: unknown) => error,
  );
}

const withUser = (block: object) => ({ messages: [{ role: "user", content: [block] }] });

describe("a messages body for OpenAI's dialect", () => {
  test("keeps its system prompt, limits, sampling and stops, and says no more", async () => {
    expect(
      await sentFor({
        system: [
          { type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } },
          { type: "text", text: "Be kind." },
        ],
        temperature: 0.2,
        top_p: 0.9,
        stop_sequences: ["END"],
        metadata: { user_id: "user_0123456789abcdef_account__session_0123" },
      }),
    ).toEqual({
      model: "gpt-5",
      max_completion_tokens: 100,
      temperature: 0.2,
      top_p: 0.9,
      stop: ["END"],
      messages: [
        { role: "system", content: "Be brief.\n\nBe kind." },
        { role: "user", content: "Hello" },
      ],
    });
  });

  test("asking for more than the model can give asks for all of it", async () => {
    expect(await sentFor({ max_tokens: 500_000 })).toMatchObject({ max_completion_tokens: 128_000 });
  });

  test("keeps images and PDF, and writes text documents out", async () => {
    const sent = await sentFor({
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
            { type: "image", source: { type: "url", url: "https://example.com/a.jpg" } },
            {
              type: "document",
              title: "report",
              context: "from March",
              source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
            },
            { type: "document", title: "notes", source: { type: "text", media_type: "text/plain", data: "plain" } },
            { type: "text", text: "What is this?" },
          ],
        },
      ],
    });
    expect(sent.messages).toEqual([
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } },
          { type: "image_url", image_url: { url: "https://example.com/a.jpg" } },
          { type: "text", text: "from March" },
          { type: "file", file: { filename: "report.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
          { type: "text", text: "notes" },
          { type: "text", text: "plain" },
          { type: "text", text: "What is this?" },
        ],
      },
    ]);
  });

  test("keeps tools and parallel calls; results stay text, errors say so, their images follow", async () => {
    const sent = await sentFor({
      tools: [{ ...TOOL, cache_control: { type: "ephemeral" }, eager_input_streaming: true, type: "custom" }],
      tool_choice: { type: "any", disable_parallel_tool_use: true },
      messages: [
        USER,
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "s" },
            { type: "text", text: "Wait." },
            { type: "tool_use", id: "toolu_1", name: "f", input: { a: 1 } },
            { type: "tool_use", id: "toolu_2", name: "f", input: {} },
            { type: "tool_use", id: "toolu_3", name: "f", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "one" }] },
            { type: "tool_result", tool_use_id: "toolu_2", content: "broke", is_error: true },
            {
              type: "tool_result",
              tool_use_id: "toolu_3",
              content: [
                { type: "text", text: "a picture" },
                { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
              ],
            },
            { type: "text", text: "Go on." },
          ],
        },
      ],
    });
    expect(sent.tools).toEqual([
      { type: "function", function: { name: "f", description: "does f", parameters: TOOL.input_schema } },
    ]);
    expect(sent).toMatchObject({ tool_choice: "required", parallel_tool_calls: false });
    const call = (id: string, args: string) => ({ id, type: "function", function: { name: "f", arguments: args } });
    expect(sent.messages).toEqual([
      { role: "user", content: "Hello" },
      {
        role: "assistant",
        content: "Wait.",
        tool_calls: [call("toolu_1", '{"a":1}'), call("toolu_2", "{}"), call("toolu_3", "{}")],
      },
      { role: "tool", tool_call_id: "toolu_1", content: "one" },
      { role: "tool", tool_call_id: "toolu_2", content: "Error: broke" },
      { role: "tool", tool_call_id: "toolu_3", content: "a picture\n(1 attached to the next message)" },
      {
        role: "user",
        content: [
          { type: "text", text: "Result of f (toolu_3):" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } },
        ],
      },
      { role: "user", content: "Go on." },
    ]);
  });

  test("gives reasoning back to the providers that want it", async () => {
    const messages = [
      USER,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "" },
          { type: "text", text: "Hi" },
        ],
      },
      USER,
    ];
    const back = await sentFor({ messages }, { ...GPT, wantsReasoningBack: true });
    expect(back.messages).toMatchObject([{}, { role: "assistant", content: "Hi", reasoning_content: "hm" }, {}]);
    expect(JSON.stringify(await sentFor({ messages }))).not.toContain("hm");
  });

  test("with a JSON schema asks for that schema", async () => {
    const format = { type: "json_schema", schema: { type: "object", properties: {} } };
    const sent = await sentFor({ output_config: { format } });
    expect(sent.response_format).toEqual({
      type: "json_schema",
      json_schema: { name: "response", schema: format.schema, strict: false },
    });
    expect((await sentFor({ output_format: format })).response_format).toEqual(sent.response_format);
  });

  test.each<[string, object, string | undefined]>([
    ["a small budget", { thinking: { type: "enabled", budget_tokens: 2_000 } }, "low"],
    ["a large budget", { thinking: { type: "enabled", budget_tokens: 31_999 } }, "high"],
    ["as it likes", { thinking: { type: "adaptive" } }, undefined],
    ["with an effort", { thinking: { type: "adaptive" }, output_config: { effort: "max" } }, "xhigh"],
    ["not at all", { thinking: { type: "disabled" }, output_config: { effort: "low" } }, undefined],
  ])("lets a model that reasons think %s", async (_, body, effort) => {
    expect((await sentFor(body)).reasoning_effort).toBe(effort);
    expect((await sentFor(body, { ...GPT, reasons: false })).reasoning_effort).toBeUndefined();
  });

  test("as Claude Code sends it is understood", async () => {
    const sent = await sentFor({
      max_tokens: 32_000,
      stream: false,
      temperature: 1,
      system: [
        { type: "text", text: "You are Claude Code.", cache_control: { type: "ephemeral" } },
        { type: "text", text: "Long instructions.", cache_control: { type: "ephemeral", ttl: "1h" } },
      ],
      metadata: { user_id: `user_${"0".repeat(64)}_account_1_session_2` },
      thinking: { type: "enabled", budget_tokens: 31_999 },
      context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
      tools: [
        { ...TOOL, name: "Bash" },
        { ...TOOL, name: "Read" },
      ],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "<system-reminder>…</system-reminder>" },
            { type: "text", text: "List the files.", cache_control: { type: "ephemeral" } },
          ],
        },
      ],
    });
    expect(sent).toMatchObject({ max_completion_tokens: 32_000, reasoning_effort: "high", temperature: 1 });
    expect(sent.messages).toMatchObject([
      { role: "system", content: "You are Claude Code.\n\nLong instructions." },
      { role: "user", content: [{ text: "<system-reminder>…</system-reminder>" }, { text: "List the files." }] },
    ]);
  });
});

describe("what OpenAI's dialect has no word for is a 400 that names it", () => {
  test.each<[param: string, body: object]>([
    ["top_k", { top_k: 5 }],
    ["mcp_servers", { mcp_servers: [{ type: "url", url: "https://example.com", name: "x" }] }],
    ["container", { container: "c" }],
    ["speed", { speed: "fast" }],
    ["brand_new", { brand_new: false }],
    ["output_config.task_budget", { output_config: { task_budget: { type: "tokens", total: 50_000 } } }],
    ["context_management.edits[0]", { context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } }],
    ["tools[0].type", { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 3 }] }],
    ["tools[0].input_examples", { tools: [{ ...TOOL, input_examples: [{ a: 1 }] }] }],
    ["tools[0].defer_loading", { tools: [{ ...TOOL, defer_loading: true }] }],
    ["tools[0].allowed_callers", { tools: [{ ...TOOL, allowed_callers: ["code_execution_20260120"] }] }],
    ["messages", { messages: [USER, { role: "assistant", content: "{" }] }],
    ["messages[0].content[0].type", withUser({ type: "search_result", source: "x", title: "x", content: [] })],
    ["messages[0].content[0].type", withUser({ type: "container_upload", file_id: "x" })],
    ["messages[0].content[0].brand_new", withUser({ type: "text", text: "x", brand_new: 1 })],
    ["messages[0].content[0].source", withUser({ type: "image", source: { type: "file", file_id: "x" } })],
    [
      "messages[0].content[0].source",
      withUser({ type: "document", source: { type: "url", url: "https://example.com/a.pdf" } }),
    ],
    [
      "messages[0].content[0].citations",
      withUser({ type: "document", source: { type: "text", data: "x" }, citations: { enabled: true } }),
    ],
    [
      "messages[1].content[0].type",
      {
        messages: [
          USER,
          { role: "assistant", content: [{ type: "server_tool_use", id: "s", name: "web_search", input: {} }] },
          USER,
        ],
      },
    ],
  ])("%s", async (param, body) => {
    expect(await refusalOf(body)).toMatchObject({
      status: 400,
      wireCode: "invalid_body",
      options: { param },
      message: expect.stringContaining(`'${param}'`),
    });
  });

  test.each<[param: string, body: object]>([
    ["max_tokens", { max_tokens: null }],
    ["messages[0].content[0].tool_use_id", withUser({ type: "tool_result", tool_use_id: "nobody", content: "x" })],
    [
      "messages[0].content[0].source.url",
      withUser({ type: "image", source: { type: "url", url: "file:///etc/passwd" } }),
    ],
    ["messages[0].content[0].text", withUser({ type: "text" })],
    ["thinking.type", { thinking: { type: "sometimes" } }],
  ])("and so is what is wrong: %s", async (param, body) => {
    expect(await refusalOf(body)).toMatchObject({ status: 400, options: { param } });
  });
});
