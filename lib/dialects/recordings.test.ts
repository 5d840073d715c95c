import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import { isRecord } from "@/lib/core/is-record";
import { anthropicTap, tapAnthropicMessage } from "@/lib/dialects/anthropic-tap";
import { streamTap, tapAnswer } from "@/lib/gateway/tap";
import {
  anthropicClient,
  blocksOf,
  CLAUDE,
  jsonAnswer,
  messagesOf,
  openAiClient,
  recordedStreamAnswer,
  records,
  type Said,
  saidByAnthropic,
  saidByOpenAi,
  streamAnswer,
  stringOf,
  stubUpstream,
} from "@/lib/testing/dialects";
import { hasRecordings, RECORDINGS, recordedAnswer, recordedEvents, recordedText } from "@/lib/testing/recordings";

const SIZES = [1, 7, 1_000];
/** Byte by byte takes its time: not for streams of hundreds of events. */
const SHORT = ["mistral/mistral-reasoning", "mistral/mistral-incremental-tool-call", "deepseek/deepseek-tool-call"];

function saidInMessage(message: Anthropic.Message): Said {
  return saidByAnthropic(message.content.map((block) => ({ ...block })));
}

/** OpenAI's usage and Anthropic's count the same tokens. */
function sameUsage(usage: Anthropic.Usage) {
  const cached = usage.cache_read_input_tokens ?? 0;
  const cacheWrite = usage.cache_creation_input_tokens ?? 0;
  return { prompt: usage.input_tokens + cached + cacheWrite, cached, cacheWrite, completion: usage.output_tokens };
}

const WEATHER = {
  name: "weather",
  description: "the weather somewhere",
  parameters: { type: "object", properties: { location: { type: "string" } }, required: ["location"] },
};

const askOpenAi = { model: "claude", messages: [{ role: "user" as const, content: "Hello" }] };
const askAnthropic = { model: "gpt", max_tokens: 1_000, messages: [{ role: "user" as const, content: "Hello" }] };

describe.skipIf(!hasRecordings)(RECORDINGS, () => {
  describe("of OpenAI's dialect, read by Anthropic's client", () => {
    const STOPS: Record<string, string> = { stop: "end_turn", length: "max_tokens", tool_calls: "tool_use" };

    test.each([
      "openai/openai-text",
      "deepseek/deepseek-text",
      "deepseek/deepseek-json",
      "deepseek/deepseek-reasoning",
      "deepseek/deepseek-tool-call",
      "mistral/mistral-text",
      "mistral/mistral-reasoning",
      "mistral/mistral-tool-call",
      "openai-compatible/xai-text",
      "openai-compatible/xai-tool-call",
    ])("whole %s: text, reasoning, tool calls, stop reason and usage are the same", async (name) => {
      const recorded = recordedAnswer(name);
      const message = await anthropicClient(stubUpstream(jsonAnswer(recorded))).messages.create(askAnthropic);
      const tapped = tapAnswer(recorded);
      expect(saidInMessage(message)).toEqual(saidByOpenAi(messagesOf(recorded, "message")));
      expect(message.stop_reason).toBe(STOPS[tapped.finishReason ?? ""]);
      expect(sameUsage(message.usage)).toEqual({
        prompt: tapped.usage?.promptTokens,
        cached: tapped.usage?.cachedTokens,
        cacheWrite: 0,
        completion: tapped.usage?.completionTokens,
      });
      expect(message).toMatchObject({ id: "id_1", type: "message", role: "assistant", model: "gpt" });
    });

    test.each(
      [
        "openai/openai-text",
        "openai/azure-model-router.1",
        "deepseek/deepseek-text",
        "deepseek/deepseek-reasoning",
        "deepseek/deepseek-tool-call",
        "mistral/mistral-text",
        "mistral/mistral-reasoning",
        "mistral/mistral-tool-call",
        "mistral/mistral-incremental-tool-call",
        "openai-compatible/xai-text",
        "openai-compatible/xai-tool-call",
      ].flatMap((name) =>
        SIZES.filter((size) => size > 1 || SHORT.includes(name)).map((size) => [name, size] as const),
      ),
    )("stream %s in pieces of %d bytes: the same as recorded", async (name, size) => {
      const upstream = stubUpstream(recordedStreamAnswer(name, size));
      const message = await anthropicClient(upstream, size).messages.stream(askAnthropic).finalMessage();
      const tap = streamTap();
      const deltas = recordedEvents(name).flatMap((data) => {
        tap.event(data);
        return messagesOf(JSON.parse(data), "delta");
      });
      const tapped = tap.result();
      expect(saidInMessage(message)).toEqual(saidByOpenAi(deltas));
      expect(message.stop_reason).toBe(STOPS[tapped.finishReason ?? ""]);
      expect(sameUsage(message.usage)).toEqual({
        prompt: tapped.usage?.promptTokens,
        cached: tapped.usage?.cachedTokens,
        cacheWrite: 0,
        completion: tapped.usage?.completionTokens,
      });
    });

    test("stream without usage, its only tool call with index 1: read all the same", async () => {
      const upstream = stubUpstream(
        streamAnswer(recordedText("openai-compatible/anthropic-fallback-tool-call.sse"), 5),
      );
      const message = await anthropicClient(upstream, 3).messages.stream(askAnthropic).finalMessage();
      expect(saidInMessage(message)).toEqual({
        text: "Reading it.",
        reasoning: "",
        calls: [{ id: "toolu_sanitized", name: "read_file", input: { path: "a.txt" } }],
      });
      expect(message.stop_reason).toBe("tool_use");
      expect(message.usage).toMatchObject({ input_tokens: 0, output_tokens: 0 });
    });

    test("refusal of a request: its status, type and words", async () => {
      const body = recordedAnswer("openai/openai-error.1");
      const client = anthropicClient(stubUpstream(jsonAnswer(body, 429, { "retry-after": "7" })));
      await expect(client.messages.create(askAnthropic)).rejects.toMatchObject({
        status: 429,
        error: { type: "error", error: { type: "rate_limit_error", message: /^You exceeded your current quota/ } },
      });
      const wrong = recordedAnswer("openai/reasoning-model-legacy-parameter-error");
      await expect(
        anthropicClient(stubUpstream(jsonAnswer(wrong, 400))).messages.create({ ...askAnthropic, stream: true }),
      ).rejects.toMatchObject({ status: 400, error: { error: { type: "invalid_request_error" } } });
    });

    test("two turns with a tool: the call comes back to the provider as it made it", async () => {
      const upstream = stubUpstream(
        recordedStreamAnswer("deepseek/deepseek-tool-call", 100),
        recordedStreamAnswer("openai/openai-text", 100),
      );
      const client = anthropicClient(upstream);
      const tools = [{ name: "weather", input_schema: { type: "object" as const } }];
      const first = await client.messages.stream({ ...askAnthropic, tools }).finalMessage();
      const calls = first.content.filter((block) => block.type === "tool_use");
      expect(calls.length).toBeGreaterThan(0);
      const second = await client.messages
        .stream({
          ...askAnthropic,
          tools,
          messages: [
            ...askAnthropic.messages,
            { role: "assistant", content: first.content },
            {
              role: "user",
              content: calls.map((call) => ({ type: "tool_result", tool_use_id: call.id, content: "18 degrees" })),
            },
          ],
        })
        .finalMessage();
      expect(second.stop_reason).toBe("end_turn");
      const recorded = saidByOpenAi(
        recordedEvents("deepseek/deepseek-tool-call").flatMap((data) => messagesOf(JSON.parse(data), "delta")),
      );
      const sent = records(upstream.asked[1]?.body.messages);
      expect(saidByOpenAi(sent.slice(1, 2)).calls).toEqual(recorded.calls);
      expect(sent.slice(2)).toEqual(
        recorded.calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "18 degrees" })),
      );
    });
  });

  describe("of Anthropic's dialect, read by OpenAI's client", () => {
    const STOPS: Record<string, string> = {
      end_turn: "stop",
      tool_use: "tool_calls",
      refusal: "content_filter",
    };

    test.each([
      "anthropic/anthropic-text",
      "anthropic/anthropic-clear-thinking.1",
      "anthropic/anthropic-fallback",
      "anthropic/anthropic-json-other-tool.1",
      "anthropic/anthropic-json-tool.1",
      "anthropic/anthropic-refusal",
      "anthropic/anthropic-refusal-no-details",
      "anthropic/anthropic-tool-no-args",
      "anthropic/anthropic-web-fetch-tool.2",
    ])("whole %s: text, reasoning, tool calls, finish reason and usage are the same", async (name) => {
      const recorded = recordedAnswer(name);
      const completion = await openAiClient(stubUpstream(jsonAnswer(recorded))).chat.completions.create(askOpenAi);
      const tapped = tapAnthropicMessage(recorded);
      const [choice] = completion.choices;
      expect(saidByOpenAi(messagesOf(completion, "message"))).toEqual(
        saidByAnthropic(records(isRecord(recorded) ? recorded.content : [])),
      );
      expect(choice?.finish_reason).toBe(STOPS[tapped.finishReason ?? ""]);
      expect(completion.usage).toMatchObject({
        prompt_tokens: tapped.usage?.promptTokens,
        completion_tokens: tapped.usage?.completionTokens,
        prompt_tokens_details: { cached_tokens: tapped.usage?.cachedTokens },
      });
      expect(completion).toMatchObject({ id: "id_1", object: "chat.completion", model: "claude" });
    });

    test.each(
      [
        "anthropic/anthropic-text",
        "anthropic/anthropic-clear-thinking.1",
        "anthropic/anthropic-code-execution-20260120-prompt-cache.1",
        "anthropic/anthropic-fallback",
        "anthropic/anthropic-json-other-tool.1",
        "anthropic/anthropic-json-tool.1",
        "anthropic/anthropic-json-tool.2",
        "anthropic/anthropic-message-delta-input-tokens",
        "anthropic/anthropic-refusal",
        "anthropic/anthropic-tool-no-args",
        "anthropic/duplicate-message-start",
      ].flatMap((name) => SIZES.map((size) => [name, size] as const)),
    )("stream %s in pieces of %d bytes: the same as recorded", async (name, size) => {
      const client = openAiClient(stubUpstream(recordedStreamAnswer(name, size)), size);
      const stream = await client.chat.completions.create({
        ...askOpenAi,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      const tap = anthropicTap();
      const events = recordedEvents(name);
      for (const data of events) tap.event(data);
      const tapped = tap.result();
      expect(saidByOpenAi(chunks.flatMap((chunk) => messagesOf(chunk, "delta")))).toEqual(
        saidByAnthropic(blocksOf(events)),
      );
      // The pipeline's own tap reads the translated stream as it reads any other.
      const ours = streamTap();
      for (const chunk of chunks) ours.event(JSON.stringify(chunk));
      expect(ours.result().usage).toMatchObject({
        promptTokens: tapped.usage?.promptTokens,
        cachedTokens: tapped.usage?.cachedTokens,
        completionTokens: tapped.usage?.completionTokens,
      });
      const finish = chunks.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason)).filter(Boolean);
      expect(finish).toEqual([STOPS[tapped.finishReason ?? ""]]);
      expect(chunks.at(-1)).toMatchObject({
        choices: [],
        usage: {
          prompt_tokens: tapped.usage?.promptTokens,
          completion_tokens: tapped.usage?.completionTokens,
          prompt_tokens_details: { cached_tokens: tapped.usage?.cachedTokens },
        },
      });
    });

    test("a stream with a tool call is one to OpenAI's own helper for streams", async () => {
      const upstream = stubUpstream(recordedStreamAnswer("anthropic/anthropic-json-other-tool.1", 11));
      const stream = openAiClient(upstream, 7).chat.completions.stream({
        ...askOpenAi,
        tools: [{ type: "function", function: WEATHER }],
      });
      const completion = await stream.finalChatCompletion();
      expect(completion.choices[0]).toMatchObject({
        finish_reason: "tool_calls",
        message: { tool_calls: [{ type: "function", function: { name: "weather" } }] },
      });
      expect(saidByOpenAi(messagesOf(completion, "message")).calls).toEqual([
        { id: "toolu_019Zvehfe1XQWweT1pm7okyt", name: "weather", input: { location: "San Francisco" } },
      ]);
    });

    test("what was written to the cache counts as prompt, and is said", async () => {
      const name = "anthropic/anthropic-code-execution-20260120-prompt-cache.1";
      const stream = await openAiClient(stubUpstream(recordedStreamAnswer(name, 50))).chat.completions.create({
        ...askOpenAi,
        stream: true,
        stream_options: { include_usage: true },
      });
      let usage: unknown = null;
      for await (const chunk of stream) usage = chunk.usage ?? usage;
      expect(usage).toEqual({
        prompt_tokens: 6 + 3_337 + 6_289,
        completion_tokens: 198,
        total_tokens: 6 + 3_337 + 6_289 + 198,
        prompt_tokens_details: {
          cached_tokens: 6_289,
          cache_write_tokens: 3_337,
          cache_creation_token_details: { ephemeral_5m_input_tokens: 3_337, ephemeral_1h_input_tokens: 0 },
        },
        completion_tokens_details: { reasoning_tokens: 0 },
      });
    });

    test("two messages in one stream: what came of the first, then an error and no end", async () => {
      const client = openAiClient(stubUpstream(recordedStreamAnswer("anthropic/spliced-message-start", 50)));
      const stream = await client.chat.completions.create({ ...askOpenAi, stream: true });
      const reasoning: string[] = [];
      await expect(async () => {
        for await (const chunk of stream)
          for (const delta of messagesOf(chunk, "delta")) reasoning.push(stringOf(delta.reasoning_content));
      }).rejects.toThrow();
      expect(reasoning.join("")).toContain("I will call the tool.");
    });

    test("the answer to a schema, given by a tool of the AI SDK's own, is text", async () => {
      const target = { ...CLAUDE, model: "claude-sonnet-4-0" };
      const ask = {
        ...askOpenAi,
        response_format: {
          type: "json_schema" as const,
          json_schema: { name: "weather", schema: { type: "object", properties: { elements: { type: "array" } } } },
        },
      };
      const upstream = stubUpstream(jsonAnswer(recordedAnswer("anthropic/anthropic-json-tool.1")));
      const completion = await openAiClient(upstream, 100, target).chat.completions.create(ask);
      const [choice] = completion.choices;
      expect(choice?.finish_reason).toBe("stop");
      expect(choice?.message.tool_calls).toBeUndefined();
      expect(JSON.parse(choice?.message.content ?? "")).toMatchObject({
        elements: [{ location: "San Francisco" }, {}, {}, {}],
      });
      const streamed = stubUpstream(recordedStreamAnswer("anthropic/anthropic-json-tool.1", 9));
      const stream = await openAiClient(streamed, 5, target).chat.completions.create({ ...ask, stream: true });
      let text = "";
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      expect(JSON.parse(text)).toHaveProperty("elements");
    });

    test("two turns with a tool: thinking goes back signed as it came, and the call unchanged", async () => {
      const thinking = recordedAnswer("anthropic/anthropic-clear-thinking.1");
      const calling = recordedAnswer("anthropic/anthropic-json-other-tool.1");
      const blocks = [thinking, calling].flatMap((message) => records(isRecord(message) ? message.content : []));
      const both = { ...(isRecord(calling) ? calling : {}), content: blocks };
      const upstream = stubUpstream(jsonAnswer(both), jsonAnswer(recordedAnswer("anthropic/anthropic-text")));
      const client = openAiClient(upstream);
      const tools = [{ type: "function" as const, function: WEATHER }];
      const first = await client.chat.completions.create({ ...askOpenAi, tools, reasoning_effort: "low" });
      const message = first.choices[0]?.message;
      expect(first.choices[0]?.finish_reason).toBe("tool_calls");
      if (!message?.tool_calls?.[0]) throw new Error("no call");
      await client.chat.completions.create({
        ...askOpenAi,
        tools,
        reasoning_effort: "low",
        messages: [
          ...askOpenAi.messages,
          message,
          { role: "tool", tool_call_id: message.tool_calls[0].id, content: "18 degrees" },
        ],
      });
      expect(records(upstream.asked[1]?.body.messages).slice(1)).toEqual([
        { role: "assistant", content: blocks },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: message.tool_calls[0].id, content: "18 degrees" }],
        },
      ]);
    });
  });
});
