import type OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { prepareTranslation, type TargetModel } from "@/lib/dialects/translate";
import {
  anthropicStreamOf,
  blocksOf,
  CLAUDE,
  GPT,
  jsonAnswer,
  messagesOf,
  openAiStreamOf,
  recordedStreamAnswer,
  responsesClient,
  type Said,
  saidByAnthropic,
  saidByOpenAi,
  stubUpstream,
} from "@/lib/testing/dialects";
import { hasRecordings, RECORDINGS, recordedAnswer, recordedEvents } from "@/lib/testing/recordings";

type Event = OpenAI.Responses.ResponseStreamEvent;

const CHUNK = { id: "c", object: "chat.completion.chunk", created: 1, model: "gpt" };
const USAGE = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };

function chunk(delta: object, finishReason: string | null = null): string {
  return JSON.stringify({ ...CHUNK, choices: [{ index: 0, delta, finish_reason: finishReason }] });
}

const usageChunk = JSON.stringify({ ...CHUNK, choices: [], usage: USAGE });

const toolChunk = (index: number, call: object) => chunk({ tool_calls: [{ index, ...call }] });

/** Claude begins to speak, and is not heard of again. */
const CLAUDE_CUT = [
  { type: "message_start", message: { id: "m", usage: { input_tokens: 9, output_tokens: 1 } } },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hel" } },
].map((event) => JSON.stringify(event));

const WEATHER: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "weather",
  strict: null,
  parameters: { type: "object", properties: { city: { type: "string" } } },
};

async function eventsOf(client: OpenAI, body: Partial<OpenAI.Responses.ResponseCreateParamsStreaming> = {}) {
  const stream = await client.responses.create({ model: "a/b", input: "Hi", ...body, stream: true });
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** What a response says, in no dialect. */
function saidBy(response: Pick<OpenAI.Responses.Response, "output">): Said {
  const said: Said = { text: "", reasoning: "", calls: [] };
  for (const item of response.output) {
    if (item.type === "message")
      for (const part of item.content) said.text += part.type === "output_text" ? part.text : part.refusal;
    if (item.type === "reasoning") said.reasoning += item.summary.map(({ text }) => text).join("");
    if (item.type === "function_call")
      said.calls.push({ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) });
  }
  return said;
}

/** Puts a response together from its deltas alone, and checks that each item and part is begun, ended and numbered once. */
function rebuilt(events: readonly Event[]): Pick<OpenAI.Responses.Response, "output"> {
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
  expect(events.slice(0, 2).map(({ type }) => type)).toEqual(["response.created", "response.in_progress"]);
  const output: OpenAI.Responses.ResponseOutputItem[] = [];
  const deltas = new Map<string, string>();
  const heard = (id: string, delta: string) => deltas.set(id, (deltas.get(id) ?? "") + delta);
  const done: number[] = [];
  for (const event of events) {
    switch (event.type) {
      case "response.output_item.added":
        expect(event.output_index).toBe(output.length);
        output.push(event.item);
        break;
      case "response.output_text.delta":
      case "response.refusal.delta":
      case "response.reasoning_summary_text.delta":
      case "response.function_call_arguments.delta":
        expect(output[event.output_index]).toMatchObject({ id: event.item_id });
        expect(done).not.toContain(event.output_index);
        heard(event.item_id, event.delta);
        break;
      case "response.output_text.done":
      case "response.reasoning_summary_text.done":
        expect(event.text).toBe(deltas.get(event.item_id));
        break;
      case "response.refusal.done":
        expect(event.refusal).toBe(deltas.get(event.item_id));
        break;
      case "response.function_call_arguments.done":
        expect(event.arguments).toBe(deltas.get(event.item_id));
        break;
      case "response.output_item.done":
        expect(done).not.toContain(event.output_index);
        done.push(event.output_index);
        output[event.output_index] = event.item;
        break;
      default:
        break;
    }
  }
  expect(done.toSorted()).toEqual(output.map((_, index) => index));
  const last = events.at(-1);
  if (last?.type !== "response.completed" && last?.type !== "response.incomplete")
    throw new Error(`it ends with ${last?.type}`);
  expect(last.response.output).toEqual(output);
  return last.response;
}

describe("OpenAI's client, asking a chat provider for responses", () => {
  test("has a whole response, which says again what was asked", async () => {
    const upstream = stubUpstream(
      jsonAnswer({
        ...CHUNK,
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
        usage: {
          ...USAGE,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens_details: { reasoning_tokens: 2 },
        },
      }),
    );
    const response = await responsesClient(upstream, GPT).responses.create({
      model: "a/b",
      instructions: "Be brief",
      input: "Hi",
      max_output_tokens: 77,
      metadata: { team: "x" },
      reasoning: { effort: "low" },
    });
    expect(response).toMatchObject({
      id: "id_1",
      object: "response",
      created_at: 1_700_000_000,
      status: "completed",
      error: null,
      incomplete_details: null,
      model: "a/b",
      instructions: "Be brief",
      max_output_tokens: 77,
      metadata: { team: "x" },
      previous_response_id: null,
      tools: [],
      tool_choice: "auto",
      text: { format: { type: "text" } },
      output_text: "Hello",
      usage: {
        input_tokens: 12,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 17,
      },
    });
    expect(upstream.asked[0]?.body).toMatchObject({
      model: "gpt-5",
      max_completion_tokens: 77,
      reasoning_effort: "low",
      messages: [
        { role: "system", content: "Be brief" },
        { role: "user", content: "Hi" },
      ],
    });
  });

  test("has every event of a stream, in order", async () => {
    const upstream = stubUpstream(
      openAiStreamOf([
        chunk({ role: "assistant", content: "" }),
        chunk({ content: "Hel" }),
        chunk({ content: "lo" }),
        chunk({}, "stop"),
        usageChunk,
      ]),
    );
    const events = await eventsOf(responsesClient(upstream, GPT));
    expect(events.map(({ type }) => type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(rebuilt(events)).toMatchObject({
      status: "completed",
      model: "a/b",
      usage: { input_tokens: 12, output_tokens: 5, total_tokens: 17 },
    });
    expect(upstream.asked[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  test("has text, tools side by side and text again as items of their own", async () => {
    const upstream = stubUpstream(
      openAiStreamOf([
        chunk({ role: "assistant", content: "Let me see" }),
        toolChunk(0, { id: "call_a", type: "function", function: { name: "weather", arguments: '{"ci' } }),
        toolChunk(1, { id: "call_b", type: "function", function: { name: "weather", arguments: "" } }),
        toolChunk(0, { function: { arguments: 'ty":"Paris"}' } }),
        toolChunk(1, { function: { arguments: '{"city":"Rome"}' } }),
        chunk({ content: "Wait" }),
        chunk({}, "tool_calls"),
        usageChunk,
      ]),
    );
    const response = rebuilt(await eventsOf(responsesClient(upstream, GPT), { tools: [WEATHER] }));
    expect(response.output.map(({ type }) => type)).toEqual(["message", "function_call", "function_call", "message"]);
    expect(saidBy(response)).toEqual({
      text: "Let me seeWait",
      reasoning: "",
      calls: [
        { id: "call_a", name: "weather", input: { city: "Paris" } },
        { id: "call_b", name: "weather", input: { city: "Rome" } },
      ],
    });
  });

  test.each([false, true])("learns that the maximum cut an answer short (streamed: %s)", async (streamed) => {
    const upstream = stubUpstream(
      streamed
        ? openAiStreamOf([chunk({ content: "Hel" }), chunk({}, "length"), usageChunk])
        : jsonAnswer({
            choices: [{ index: 0, message: { role: "assistant", content: "Hel" }, finish_reason: "length" }],
            usage: USAGE,
          }),
    );
    const client = responsesClient(upstream, GPT);
    const response = streamed
      ? rebuilt(await eventsOf(client))
      : await client.responses.create({ model: "a/b", input: "Hi" });
    expect(response).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ type: "message", status: "incomplete" }],
    });
  });

  test.each([false, true])("reads a refusal as one (streamed: %s)", async (streamed) => {
    const refused = { role: "assistant", content: null, refusal: "I will not." };
    const upstream = stubUpstream(
      streamed
        ? openAiStreamOf([chunk({ refusal: "I will not." }), chunk({}, "stop"), usageChunk])
        : jsonAnswer({ choices: [{ index: 0, message: refused, finish_reason: "stop" }], usage: USAGE }),
    );
    const client = responsesClient(upstream, GPT);
    const response = streamed
      ? rebuilt(await eventsOf(client))
      : await client.responses.create({ model: "a/b", input: "Hi" });
    expect(response).toMatchObject({
      status: "completed",
      output: [{ type: "message", content: [{ type: "refusal", refusal: "I will not." }] }],
    });
  });

  test("has no end where the stream has none, and an error where the provider says one", async () => {
    const cut = stubUpstream(anthropicStreamOf(CLAUDE_CUT));
    expect((await eventsOf(responsesClient(cut, CLAUDE))).at(-1)?.type).toBe("response.output_text.delta");
    const failing = stubUpstream(
      openAiStreamOf([
        chunk({ content: "Hel" }),
        '{"error":{"message":"overloaded","type":"server_error","code":"x"}}',
      ]),
    );
    await expect(eventsOf(responsesClient(failing, GPT))).rejects.toThrow(/overloaded/);
    const refusing = stubUpstream(jsonAnswer({ error: { message: "slow down" } }, 429, { "retry-after": "3" }));
    await expect(eventsOf(responsesClient(refusing, GPT))).rejects.toMatchObject({ status: 429 });
  });

  test("may want JSON by a schema", async () => {
    const upstream = stubUpstream(
      jsonAnswer({
        choices: [{ index: 0, message: { role: "assistant", content: '{"city":"Paris"}' }, finish_reason: "stop" }],
        usage: USAGE,
      }),
    );
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const response = await responsesClient(upstream, GPT).responses.parse({
      model: "a/b",
      input: "Where?",
      text: { format: { type: "json_schema", name: "place", schema, strict: false } },
    });
    expect(response.output_parsed).toEqual({ city: "Paris" });
    expect(upstream.asked[0]?.body.response_format).toMatchObject({
      type: "json_schema",
      json_schema: { name: "place", schema },
    });
  });
});

describe("OpenAI's client, asking Claude for responses", () => {
  const thinking = [
    { type: "message_start", message: { id: "m", usage: { input_tokens: 9, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "Paris, then" } },
    { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "c2ln" } },
    { type: "content_block_stop", index: 0 },
    { type: "content_block_start", index: 1, content_block: { type: "redacted_thinking", data: "ZGF0YQ" } },
    { type: "content_block_stop", index: 1 },
    {
      type: "content_block_start",
      index: 2,
      content_block: { type: "tool_use", id: "t1", name: "weather", input: {} },
    },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"city":' } },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '"Paris"}' } },
    { type: "content_block_stop", index: 2 },
    { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 8 } },
    { type: "message_stop" },
  ].map((event) => JSON.stringify(event));

  test("hands thinking and a tool's call back in the second turn, signatures unchanged", async () => {
    const upstream = stubUpstream(
      anthropicStreamOf(thinking),
      jsonAnswer({
        id: "m2",
        type: "message",
        role: "assistant",
        model: "claude",
        content: [{ type: "text", text: "Sunny" }],
        stop_reason: "end_turn",
        usage: { input_tokens: 20, output_tokens: 2 },
      }),
    );
    const client = responsesClient(upstream, CLAUDE);
    const question = { role: "user" as const, content: "Weather in Paris?" };
    const ask = { tools: [WEATHER], max_output_tokens: 4_000, reasoning: { effort: "medium" as const } };
    const first = rebuilt(await eventsOf(client, { ...ask, input: [question] }));
    const items = first.output.filter((item) => item.type === "reasoning" || item.type === "function_call");
    expect(items.map(({ type }) => type)).toEqual(["reasoning", "reasoning", "function_call"]);
    expect(items).toHaveLength(first.output.length);
    const result = { type: "function_call_output" as const, call_id: "t1", output: "22 degrees" };
    const second = await client.responses.create({ ...ask, model: "a/b", input: [question, ...items, result] });
    expect(second.output_text).toBe("Sunny");
    expect(upstream.asked[1]?.body.messages).toMatchObject([
      { role: "user" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Paris, then", signature: "c2ln" },
          { type: "redacted_thinking", data: "ZGF0YQ" },
          { type: "tool_use", id: "t1", name: "weather", input: { city: "Paris" } },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t1" }] },
    ]);
  });
});

describe("what the provider has no word for", () => {
  test.each<[string, TargetModel, Record<string, unknown>]>([
    ["text.format", CLAUDE, { text: { format: { type: "json_object" } } }],
    ["input", GPT, { input: [{ role: "assistant", content: "Once upon" }] }],
    ["reasoning.effort", CLAUDE, { reasoning: { effort: "high" }, max_output_tokens: 100 }],
  ])("is a 400 that calls it %s", async (field, target, body) => {
    const refused = prepareTranslation("openai-responses", { model: "m", input: "Hi", ...body }, target);
    await expect(refused).rejects.toThrow(GatewayError);
    await expect(refused).rejects.toMatchObject({ options: { param: field } });
    await expect(refused).rejects.toThrow(`'${field}'`);
  });
});

describe.skipIf(!hasRecordings)(RECORDINGS, () => {
  const target = (name: string) => (name.startsWith("anthropic/") ? CLAUDE : GPT);

  function wholeSaid(name: string): Said {
    const answer = recordedAnswer(name);
    return name.startsWith("anthropic/")
      ? saidByAnthropic(blocksOf(contentEvents(answer.content)))
      : saidByOpenAi(messagesOf(answer, "message"));
  }

  function contentEvents(content: unknown): string[] {
    return (Array.isArray(content) ? content : []).map((block, index) =>
      JSON.stringify({ type: "content_block_start", index, content_block: block }),
    );
  }

  function streamSaid(name: string): Said {
    const events = recordedEvents(name);
    return name.startsWith("anthropic/")
      ? saidByAnthropic(blocksOf(events))
      : saidByOpenAi(events.flatMap((data) => messagesOf(JSON.parse(data), "delta")));
  }

  const NAMES = [
    "openai/openai-text",
    "openai-compatible/xai-text",
    "openai-compatible/xai-tool-call",
    "deepseek/deepseek-reasoning",
    "deepseek/deepseek-tool-call",
    "mistral/mistral-text",
    "mistral/mistral-tool-call",
    "anthropic/anthropic-text",
    "anthropic/anthropic-tool-no-args",
  ];

  test.each(NAMES)("%s: a whole answer says the same as a response", async (name) => {
    const client = responsesClient(stubUpstream(jsonAnswer(recordedAnswer(name))), target(name));
    const response = await client.responses.create({ model: "a/b", input: "Hi" });
    expect(saidBy(response)).toEqual(wholeSaid(name));
  });

  test.each(NAMES.flatMap((name) => [1, 7, 100_000].map((size) => [name, size] as const)))(
    "%s: a stream says the same as the events of a response, however its reads cut it (%i)",
    async (name, size) => {
      const client = responsesClient(stubUpstream(recordedStreamAnswer(name, size)), target(name), size);
      const response = rebuilt(await eventsOf(client));
      expect(saidBy(response)).toEqual(streamSaid(name));
      expect(response).toMatchObject({ usage: { output_tokens: expect.any(Number) } });
    },
  );
});
