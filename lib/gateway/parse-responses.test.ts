import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { type Incoming, incomingFromWeb } from "@/lib/gateway/incoming";
import { needsOf } from "@/lib/gateway/needs";
import { parseResponses as parseNow } from "@/lib/gateway/parse-responses";
import { awaited } from "@/lib/testing/awaited";

const parseResponses = awaited(parseNow);

const LIMIT = 1_000_000;

function post(body: string): Incoming {
  const headers = { "content-type": "application/json" };
  return incomingFromWeb(new Request("http://localhost/v1/responses", { method: "POST", body, headers }), "");
}

const read = (fields: Record<string, unknown>) =>
  parseResponses(post(JSON.stringify({ model: "gpt-4o-mini", input: "Hi", ...fields })), LIMIT);

const FUNCTION = { type: "function", name: "f", parameters: {} };
const message = (...content: object[]) => ({ role: "user", content });

describe("a request for a response", () => {
  test("keeps its text byte for byte, and its size in bytes", async () => {
    const text = ' { "model":"gpt-4o-mini","seed":12345678901234567890,\n"input":"žluť 😀" , "new_field":{"a":1.10}}';
    const parsed = await parseResponses(post(text), LIMIT);
    expect(parsed).toMatchObject({
      path: "responses",
      dialect: "responses",
      text,
      mostPromptTokens: Buffer.byteLength(text),
      model: "gpt-4o-mini",
      maxTokens: null,
      choices: 1,
      streamed: false,
      textOnly: true,
      ownKeyOnly: [],
    });
  });

  test("says its maximum, and whether it is streamed", async () => {
    expect(await read({ max_output_tokens: 7, stream: true })).toMatchObject({ maxTokens: 7, streamed: true });
  });

  test("is counted by the text of its input, instructions, tools' arguments and results", async () => {
    const request = await read({
      instructions: "a",
      input: [
        { role: "user", content: "b" },
        message({ type: "input_text", text: "c" }, { type: "input_image", image_url: "https://x.test/i" }),
        { type: "function_call", call_id: "1", name: "f", arguments: "d" },
        { type: "function_call_output", call_id: "1", output: "e" },
        { type: "custom_tool_call_output", call_id: "2", output: [{ type: "input_text", text: "f" }] },
      ],
    });
    expect(request.promptText()).toBe("a\nb\nc\nd\ne\nf");
    expect((await read({})).promptText()).toBe("\nHi");
  });

  test.each<[string, Record<string, unknown>, string]>([
    ["no model", { model: undefined }, "model"],
    ["a number for input", { input: 7 }, "input"],
    ["a text as an item", { input: ["Hi"] }, "input"],
    ["no room for an answer", { max_output_tokens: 0 }, "max_output_tokens"],
    ["tools without a type", { tools: [{ name: "f" }] }, "tools[0].type"],
    ["work in the background, which cannot be metered", { background: true }, "background"],
  ])("is refused for %s", async (_, fields, param) => {
    const refused = await read(fields).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(GatewayError);
    expect(refused).toMatchObject({ code: "invalid_body", options: { param } });
  });

  test.each(["input", "tools", "background", "previous_response_id", "conversation", "max_output_tokens"])(
    "is refused where '%s' stands twice: a provider may read the other one",
    async (name) => {
      const twice = `{"model":"m","${name}":null,"${name}":null}`;
      await expect(parseResponses(post(twice), LIMIT)).rejects.toMatchObject({
        code: "invalid_body",
        options: { param: name },
      });
    },
  );
});

describe("the prompt of a response is bounded by the body's bytes", () => {
  test.each<[string, Record<string, unknown>]>([
    ["a text", {}],
    [
      "texts of every role",
      { input: [message({ type: "input_text", text: "a" }), { role: "assistant", content: "b" }] },
    ],
    [
      "an answer that is handed back",
      { input: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "a" }] }] },
    ],
    [
      "reasoning, whose tokens are fewer than its bytes",
      { input: [{ type: "reasoning", summary: [], encrypted_content: "gAAAA" }] },
    ],
    [
      "calls of tools and their results",
      { input: [{ type: "function_call" }, { type: "function_call_output", output: "x" }] },
    ],
    ["tools that the caller runs", { tools: [FUNCTION, { type: "custom", name: "c" }] }],
    ["tools in a namespace", { tools: [{ type: "namespace", name: "n", tools: [FUNCTION] }] }],
  ])("where it is %s", async (_, fields) => {
    expect(await read(fields)).toMatchObject({ textOnly: true, ownKeyOnly: [] });
  });

  test.each<[string, Record<string, unknown>]>([
    ["an image", { input: [message({ type: "input_image", image_url: "https://x.test/i" })] }],
    ["a file", { input: [message({ type: "input_file", file_url: "https://x.test/f" })] }],
    [
      "an image that a tool gave",
      { input: [{ type: "function_call_output", output: [{ type: "input_image", image_url: "x" }] }] },
    ],
    ["a screenshot", { input: [{ type: "computer_call_output", call_id: "1", output: {} }] }],
    ["a conversation that was compacted", { input: [{ type: "compaction", encrypted_content: "gAAAA" }] }],
    ["tools that a search found", { input: [{ type: "tool_search_output", tools: [FUNCTION] }] }],
    ["a tool whose instructions are the provider's", { tools: [{ type: "computer_use_preview" }] }],
    ["a shell of the caller's own", { tools: [{ type: "shell", environment: { type: "local" } }] }],
    ["a search among tools that the caller makes", { tools: [FUNCTION, { type: "tool_search", execution: "client" }] }],
  ])("and by the whole window where there is %s", async (_, fields) => {
    expect(await read(fields)).toMatchObject({ textOnly: false, ownKeyOnly: [] });
  });
});

describe("only a project's own provider key may be asked for", () => {
  test.each<[string, Record<string, unknown>]>([
    ["tools[0]", { tools: [{ type: "web_search" }] }],
    ["tools[1]", { tools: [FUNCTION, { type: "file_search", vector_store_ids: ["vs_1"] }] }],
    ["tools[0]", { tools: [{ type: "code_interpreter", container: { type: "auto" } }] }],
    ["tools[0]", { tools: [{ type: "image_generation" }] }],
    ["tools[0]", { tools: [{ type: "mcp", server_label: "x", server_url: "https://x.test" }] }],
    ["tools[0]", { tools: [{ type: "shell", environment: { type: "container_auto" } }] }],
    ["tools[0]", { tools: [{ type: "shell" }] }],
    ["tools[0]", { tools: [{ type: "tool_search" }] }],
    ["tools[0]", { tools: [{ type: "namespace", name: "n", tools: [{ type: "mcp" }] }] }],
    ["tools[0]", { tools: [{ type: "brand_new" }] }],
    ["previous_response_id", { previous_response_id: "resp_1" }],
    ["conversation", { conversation: { id: "conv_1" } }],
    ["prompt", { prompt: { id: "pmpt_1" } }],
    ["context_management", { context_management: [{ type: "compaction" }] }],
    ["plugins", { plugins: [{ id: "web" }] }],
    [
      "input[1]",
      {
        input: [
          { role: "user", content: "x" },
          { type: "item_reference", id: "msg_1" },
        ],
      },
    ],
    ["input[0]", { input: [message({ type: "input_file", file_id: "file_1" })] }],
    ["input[0]", { input: [{ type: "computer_call_output", output: { type: "computer_screenshot", file_id: "f" } }] }],
    ["input[0]", { input: [{ type: "compaction_trigger" }] }],
    ["input[0]", { input: [{ type: "additional_tools", tools: [{ type: "web_search" }] }] }],
    ["input[0]", { input: [{ type: "tool_search_output", tools: [{ type: "mcp" }] }] }],
    ["input[0]", { input: [{ type: "brand_new" }] }],
    ["service_tier", { service_tier: "priority" }],
    ["search_parameters", { search_parameters: { mode: "on" } }],
  ])("%s: %j", async (field, fields) => {
    const request = await read(fields);
    expect(request.ownKeyOnly.map((wish) => wish.field)).toEqual([field]);
    expect(request.textOnly).toBe(false);
  });

  test("what is not asked for needs none", async () => {
    const request = await read({
      tools: [],
      previous_response_id: null,
      context_management: [],
      plugins: [],
      service_tier: "auto",
    });
    expect(request).toMatchObject({ ownKeyOnly: [], textOnly: true });
  });
});

test("what 'auto' has to look for is read from a response's own fields", async () => {
  const needs = needsOf(
    await read({
      input: [
        message({ type: "input_image", image_url: "https://x.test/i" }),
        { type: "function_call_output", output: [{ type: "input_file", file_data: "x" }] },
      ],
      tools: [FUNCTION],
      text: { format: { type: "json_schema", name: "x", schema: {} } },
      max_output_tokens: 50,
    }),
  );
  expect([...needs.capabilities].toSorted()).toEqual(["json_schema", "tools", "vision"]);
  expect([...needs.input].toSorted()).toEqual(["image", "pdf"]);
  expect(needs.answerTokens).toBe(50);
});
