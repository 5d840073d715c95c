import type { LanguageModelV3Content, LanguageModelV3StreamPart, LanguageModelV3Usage } from "@ai-sdk/provider";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeAnthropicMessages } from "@/lib/dialects/anthropic-messages-decode";
import { anthropicMessage, anthropicMessageEvents } from "@/lib/dialects/anthropic-messages-encode";
import { readAnthropicUsage } from "@/lib/dialects/anthropic-tap";
import { decodeOpenAiChat } from "@/lib/dialects/openai-chat-decode";
import { chatCompletion, chatCompletionChunks } from "@/lib/dialects/openai-chat-encode";
import { anthropicUsage, openAiUsage, tokenCounts } from "@/lib/dialects/token-counts";
import { readUsage } from "@/lib/gateway/tap";
import { blocksOf, messagesOf, type Said, saidByAnthropic, saidByOpenAi } from "@/lib/testing/dialects";

const FRAME = { id: "id_1", created: 1, model: "m" };
const USAGE: LanguageModelV3Usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const STOP = { unified: "stop" as const, raw: "stop" };

const words = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
const input = fc
  .dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3, noNullPrototype: true })
  .map((value): Record<string, unknown> => JSON.parse(JSON.stringify(value)))
  .filter((value) => !Object.hasOwn(value, "__proto__"));
const calls = fc
  .array(fc.record({ name: fc.stringMatching(/^[a-z]{1,5}$/), input }), { maxLength: 4 })
  .map((made) => made.map((call, index) => ({ id: `call_${index}`, ...call })));

/** Text in the prompt's words, as the AI SDK's provider gets it. */
function saidInPrompt(prompt: ReturnType<typeof decodeOpenAiChat>["options"]["prompt"]): Said {
  const said: Said = { text: "", reasoning: "", calls: [] };
  for (const message of prompt) {
    if (message.role !== "assistant") continue;
    for (const part of message.content) {
      if (part.type === "text") said.text += part.text;
      if (part.type === "reasoning") said.reasoning += part.text;
      if (part.type === "tool-call") said.calls.push({ id: part.toolCallId, name: part.toolName, input: part.input });
    }
  }
  return said;
}

function sent<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}

test("what an answer says, a client can send back and the next provider gets it, in both dialects", () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 3 }), fc.option(words, { nil: null }), calls, (texts, thought, made) => {
      const content: LanguageModelV3Content[] = [
        ...(thought === null ? [] : [{ type: "reasoning" as const, text: thought }]),
        ...texts.map((text) => ({ type: "text" as const, text })),
        ...made.map((call) => ({
          type: "tool-call" as const,
          toolCallId: call.id,
          toolName: call.name,
          input: JSON.stringify(call.input),
        })),
      ];
      const result = { content, finishReason: STOP, usage: USAGE, warnings: [] };
      const expected: Said = { text: texts.join(""), reasoning: thought ?? "", calls: made };
      const user = { role: "user", content: "x" };
      const message = sent(chatCompletion(result, FRAME)).choices[0]?.message;
      const openAi = decodeOpenAiChat({ model: "m", messages: [user, message, user] });
      expect(saidInPrompt(openAi.options.prompt)).toEqual(expected);
      const { role, content: blocks } = sent(anthropicMessage(result, FRAME));
      const messages = [user, { role, content: blocks }, user];
      const anthropic = decodeAnthropicMessages({ model: "m", max_tokens: 1, messages });
      expect(saidInPrompt(anthropic.options.prompt)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

/** Text and calls whose pieces come in any order among each other, as a stream of the AI SDK. */
const streams = fc
  .tuple(fc.array(words, { maxLength: 4 }), calls, fc.infiniteStream(fc.nat()))
  .map(([texts, made, random]) => {
    const next = () => random.next().value ?? 0;
    const queues: LanguageModelV3StreamPart[][] = [
      texts.map((delta) => ({ type: "text-delta", id: "t", delta })),
      ...made.map((call): LanguageModelV3StreamPart[] => {
        const json = JSON.stringify(call.input);
        const parts: LanguageModelV3StreamPart[] = [{ type: "tool-input-start", id: call.id, toolName: call.name }];
        for (let start = 0; start < json.length; ) {
          const end = start + 1 + (next() % 6);
          parts.push({ type: "tool-input-delta", id: call.id, delta: json.slice(start, end) });
          start = end;
        }
        return parts;
      }),
    ];
    const parts: LanguageModelV3StreamPart[] = [{ type: "text-start", id: "t" }];
    for (
      let left = queues.filter((queue) => queue.length > 0);
      left.length > 0;
      left = left.filter((queue) => queue.length > 0)
    )
      parts.push(...(left[next() % left.length]?.splice(0, 1 + (next() % 3)) ?? []));
    for (const call of made)
      parts.push(
        { type: "tool-input-end", id: call.id },
        { type: "tool-call", toolCallId: call.id, toolName: call.name, input: JSON.stringify(call.input) },
      );
    parts.push({ type: "text-end", id: "t" }, { type: "finish", finishReason: STOP, usage: USAGE });
    return { texts, made, parts };
  });

async function* from<Part>(parts: readonly Part[]): AsyncGenerator<Part> {
  yield* parts;
}

async function all<Part>(parts: AsyncIterable<Part>): Promise<Part[]> {
  const list: Part[] = [];
  for await (const part of parts) list.push(part);
  return list;
}

test("however the pieces of text and calls are mixed in a stream, both dialects say the same", async () => {
  const byId = (said: Said) => ({ ...said, calls: said.calls.toSorted((a, b) => a.id.localeCompare(b.id)) });
  await fc.assert(
    fc.asyncProperty(streams, async ({ texts, made, parts }) => {
      const expected: Said = { text: texts.join(""), reasoning: "", calls: made };
      const chunks = sent(await all(chatCompletionChunks(from(parts), FRAME, true)));
      expect(byId(saidByOpenAi(chunks.flatMap((chunk) => messagesOf(chunk, "delta"))))).toEqual(expected);
      const events = await all(anthropicMessageEvents(from(parts), FRAME));
      expect(byId(saidByAnthropic(blocksOf(events.map((event) => JSON.stringify(event)))))).toEqual(expected);
      const order = events.flatMap((event) => ("index" in event ? [event.index] : []));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});

test("usage means the same in both dialects as in ours", () => {
  const count = fc.nat(1_000_000);
  fc.assert(
    fc.property(count, count, count, count, count, (noCache, cacheRead, cacheWrite, text, reasoning) => {
      const counts = tokenCounts({
        inputTokens: { total: noCache + cacheRead + cacheWrite, noCache, cacheRead, cacheWrite },
        outputTokens: { total: text + reasoning, text, reasoning },
      });
      const expected = {
        promptTokens: noCache + cacheRead + cacheWrite,
        cachedTokens: cacheRead,
        cacheWriteTokens: cacheWrite,
        completionTokens: text + reasoning,
        reasoningTokens: reasoning,
      };
      expect(counts).toEqual(expected);
      // Anthropic's answers of other models do not tell how much of them was thought.
      expect(readAnthropicUsage(anthropicUsage(expected))).toMatchObject({ ...expected, reasoningTokens: 0 });
      expect(readUsage(openAiUsage(expected))).toMatchObject(expected);
    }),
  );
  const nothing = { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined };
  const none = { inputTokens: nothing, outputTokens: { total: undefined, text: undefined, reasoning: undefined } };
  expect(tokenCounts(none)).toBeNull();
});
