import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { decodeResponses } from "@/lib/dialects/responses-decode";
import { Untranslatable } from "@/lib/dialects/untranslatable";

const PNG = "data:image/png;base64,iVBORw0KGgo=";
const PDF = "data:application/pdf;base64,JVBERi0=";
const WEATHER = {
  type: "function",
  name: "weather",
  description: "The weather",
  parameters: { type: "object", properties: { city: { type: "string" } } },
};

const decode = (body: Record<string, unknown>) => decodeResponses({ model: "m", input: "Hi", ...body });

function refusal(body: Record<string, unknown>): GatewayError {
  try {
    decode(body);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("the input of a response", () => {
  test("is a text, or messages of every role", () => {
    expect(decode({ instructions: "Be brief" }).options.prompt).toEqual([
      { role: "system", content: "Be brief" },
      { role: "user", content: [{ type: "text", text: "Hi" }] },
    ]);
    expect(
      decode({
        input: [
          { role: "developer", content: "Be brief" },
          { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
          {
            type: "message",
            id: "msg_1",
            status: "completed",
            role: "assistant",
            content: [{ type: "output_text", text: "Hello", annotations: [], logprobs: [] }],
          },
          { role: "user", content: "Bye" },
        ],
      }).options.prompt,
    ).toEqual([
      { role: "system", content: "Be brief" },
      { role: "user", content: [{ type: "text", text: "Hi" }] },
      { role: "assistant", content: [{ type: "text", text: "Hello" }] },
      { role: "user", content: [{ type: "text", text: "Bye" }] },
    ]);
  });

  test("shows images and files", () => {
    const content = [
      { type: "input_image", image_url: PNG, detail: "high" },
      { type: "input_image", image_url: "https://example.com/a.png" },
      { type: "input_file", file_data: PDF, filename: "a.pdf" },
    ];
    expect(decode({ input: [{ role: "user", content }] }).options.prompt).toEqual([
      {
        role: "user",
        content: [
          { type: "file", mediaType: "image/png", data: "iVBORw0KGgo=" },
          { type: "file", mediaType: "image/*", data: new URL("https://example.com/a.png") },
          { type: "file", mediaType: "application/pdf", data: "JVBERi0=", filename: "a.pdf" },
        ],
      },
    ]);
  });

  test("is one message of the model's and one of its tools' for each turn, with the reasoning in its place", () => {
    const call = (id: string) => ({
      type: "function_call",
      id: `fc_${id}`,
      call_id: id,
      name: "weather",
      arguments: '{"city":"Paris"}',
    });
    const prompt = decode({
      input: [
        { role: "user", content: "Weather?" },
        {
          type: "reasoning",
          id: "rs_1",
          summary: [{ type: "summary_text", text: "Hm" }],
          encrypted_content: "anthropic.signature.sig==",
        },
        { type: "reasoning", id: "rs_2", summary: [], encrypted_content: "anthropic.redacted.data==" },
        { type: "reasoning", id: "rs_3", summary: [], encrypted_content: "gAAAAA-of-another-provider" },
        call("a"),
        call("b"),
        { type: "function_call_output", call_id: "a", output: "Sunny" },
        {
          type: "function_call_output",
          call_id: "b",
          output: [
            { type: "input_text", text: "See" },
            { type: "input_image", image_url: PNG },
            { type: "input_file", file_data: PDF },
          ],
        },
      ],
      tools: [WEATHER],
    }).options.prompt;
    expect(prompt.slice(1)).toEqual([
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm", providerOptions: { anthropic: { signature: "sig==" } } },
          { type: "reasoning", text: "", providerOptions: { anthropic: { redactedData: "data==" } } },
          { type: "reasoning", text: "" },
          { type: "tool-call", toolCallId: "a", toolName: "weather", input: { city: "Paris" } },
          { type: "tool-call", toolCallId: "b", toolName: "weather", input: { city: "Paris" } },
        ],
      },
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "a", toolName: "weather", output: { type: "text", value: "Sunny" } },
          {
            type: "tool-result",
            toolCallId: "b",
            toolName: "weather",
            output: {
              type: "content",
              value: [
                { type: "text", text: "See" },
                { type: "image-data", data: "iVBORw0KGgo=", mediaType: "image/png" },
                { type: "file-data", data: "JVBERi0=", mediaType: "application/pdf" },
              ],
            },
          },
        ],
      },
    ]);
  });
});

test("settings, tools and formats become the AI SDK's", () => {
  const schema = { type: "object", properties: {} };
  const { options, ...call } = decode({
    stream: true,
    max_output_tokens: 99,
    temperature: 0.5,
    top_p: 0.9,
    tools: [{ ...WEATHER, strict: true }],
    tool_choice: { type: "function", name: "weather" },
    parallel_tool_calls: false,
    text: { format: { type: "json_schema", name: "answer", schema, strict: true }, verbosity: "medium" },
    reasoning: { effort: "low", summary: "auto" },
    user: "u1",
    metadata: { a: "b" },
    store: true,
    include: ["reasoning.encrypted_content"],
    truncation: "disabled",
    background: false,
    service_tier: "auto",
    previous_response_id: null,
  });
  expect(options).toMatchObject({
    maxOutputTokens: 99,
    temperature: 0.5,
    topP: 0.9,
    tools: [
      { type: "function", name: "weather", description: "The weather", inputSchema: WEATHER.parameters, strict: true },
    ],
    toolChoice: { type: "tool", toolName: "weather" },
    responseFormat: { type: "json", name: "answer", schema },
    providerOptions: {
      anthropic: { disableParallelToolUse: true, metadata: { userId: "u1" } },
      openaiCompatible: { parallel_tool_calls: false },
    },
  });
  expect(call).toMatchObject({
    streamed: true,
    reasoning: { kind: "effort", effort: "low" },
    repeated: { max_output_tokens: 99, metadata: { a: "b" }, store: false, user: "u1", temperature: 0.5 },
  });
});

describe("what is no chat is refused by name, as a thing of this provider's", () => {
  test.each<[string, Record<string, unknown>]>([
    ["previous_response_id", { previous_response_id: "resp_1" }],
    ["conversation", { conversation: "conv_1" }],
    ["prompt", { prompt: { id: "pmpt_1" } }],
    ["background", { background: true }],
    ["truncation", { truncation: "auto" }],
    ["include", { include: ["message.output_text.logprobs"] }],
    ["top_logprobs", { top_logprobs: 2 }],
    ["context_management", { context_management: [{ type: "compaction" }] }],
    ["new_field", { new_field: 1 }],
    ["text.verbosity", { text: { verbosity: "low" } }],
    ["reasoning.new", { reasoning: { new: true } }],
    ["tool_choice", { tools: [WEATHER], tool_choice: { type: "allowed_tools", mode: "auto", tools: [] } }],
    ["tools[1].type", { tools: [WEATHER, { type: "web_search" }] }],
    ["tools[0].defer_loading", { tools: [{ ...WEATHER, defer_loading: true }] }],
    ["input[0].type", { input: [{ type: "item_reference", id: "msg_1" }] }],
    ["input[0].content[0].type", { input: [{ role: "user", content: [{ type: "input_audio" }] }] }],
    ["input[0].content[0].file_id", { input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] }],
    [
      "input[0].content[0].type",
      { input: [{ role: "assistant", content: [{ type: "input_image", image_url: PNG }] }] },
    ],
  ])("%s", (field, body) => {
    const error = refusal(body);
    expect(error).toBeInstanceOf(Untranslatable);
    expect(error.options.param).toBe(field);
  });
});

describe("what is wrong is refused by name, wherever it is asked", () => {
  test.each<[string, Record<string, unknown>]>([
    ["model", { model: "" }],
    ["input", { input: 7 }],
    ["input", { input: [] }],
    ["input", { input: undefined }],
    ["input[0].role", { input: [{ role: "robot", content: "x" }] }],
    ["input[0].content[0].text", { input: [{ role: "user", content: [{ type: "input_text" }] }] }],
    ["input[0].content[0].image_url", { input: [{ role: "user", content: [{ type: "input_image" }] }] }],
    [
      "input[0].content[0].image_url",
      { input: [{ role: "user", content: [{ type: "input_image", image_url: PDF }] }] },
    ],
    ["input[0].call_id", { input: [{ type: "function_call_output", call_id: "x", output: "y" }] }],
    ["input[0].arguments", { input: [{ type: "function_call", call_id: "a", name: "f", arguments: "{" }] }],
    ["input[0].name", { input: [{ type: "function_call", call_id: "a", arguments: "{}" }] }],
    ["max_output_tokens", { max_output_tokens: 0 }],
    ["text.format.schema", { text: { format: { type: "json_schema", name: "x" } } }],
    ["tools[0].name", { tools: [{ type: "function" }] }],
  ])("%s", (field, body) => {
    const error = refusal(body);
    expect(error).not.toBeInstanceOf(Untranslatable);
    expect({ code: error.code, param: error.options.param }).toEqual({ code: "invalid_body", param: field });
  });
});
