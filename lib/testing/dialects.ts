import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { GatewayError } from "@/lib/core/errors";
import { isRecord } from "@/lib/core/is-record";
import { type ClientDialect, prepareTranslation, sendTranslated, type TargetModel } from "@/lib/dialects/translate";
import { recordedEvents } from "@/lib/testing/recordings";

/** Bytes as a stream that arrives in pieces of `size`. */
export function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let start = 0;
  return new ReadableStream({
    pull(controller) {
      if (start >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(start, start + size));
      start += size;
    },
  });
}

/** A provider that gives answers out one after the other, the last one again and again, and keeps what it was asked. */
export interface StubUpstream {
  fetch: typeof globalThis.fetch;
  asked: { url: string; headers: Headers; body: Record<string, unknown> }[];
}

export function stubUpstream(...answers: (() => Response)[]): StubUpstream {
  const asked: StubUpstream["asked"] = [];
  return {
    asked,
    fetch: async (url, init) => {
      asked.push({ url: String(url), headers: new Headers(init?.headers), body: JSON.parse(String(init?.body)) });
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      if (!answer) throw new Error("the stub has no answer");
      return answer();
    },
  };
}

export function jsonAnswer(value: unknown, status = 200, headers: Record<string, string> = {}): () => Response {
  return () =>
    new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json", ...headers } });
}

/** Events as OpenAI's dialect frames them. */
export function openAiStreamOf(events: readonly string[], size = 1_000): () => Response {
  return streamAnswer([...events, "[DONE]"].map((data) => `data: ${data}\n\n`).join(""), size);
}

/** Events as Anthropic's dialect frames them. */
export function anthropicStreamOf(events: readonly string[], size = 1_000): () => Response {
  return streamAnswer(events.map((data) => `event: ${JSON.parse(data).type}\ndata: ${data}\n\n`).join(""), size);
}

export function streamAnswer(text: string, size: number): () => Response {
  return () => new Response(inPieces(Buffer.from(text), size), { headers: { "content-type": "text/event-stream" } });
}

export function recordedStreamAnswer(name: string, size: number): () => Response {
  const events = recordedEvents(name);
  return name.startsWith("anthropic/") ? anthropicStreamOf(events, size) : openAiStreamOf(events, size);
}

export const CLAUDE: TargetModel = {
  dialect: "anthropic",
  model: "claude-sonnet-4-5",
  maxOutputTokens: 64_000,
  reasons: true,
  wantsReasoningBack: false,
};
export const GPT: TargetModel = {
  dialect: "openai-compatible",
  model: "gpt-5",
  maxOutputTokens: 128_000,
  reasons: true,
  wantsReasoningBack: false,
};

/** What a gateway does with a call, without a network: the client's request is translated, and the answer comes in pieces. */
export function translatingFetch(
  client: ClientDialect,
  target: TargetModel,
  upstream: StubUpstream,
  size = 1_000,
): typeof globalThis.fetch {
  return async (_url, init) => {
    const body: Record<string, unknown> = JSON.parse(String(init?.body));
    try {
      const translation = await prepareTranslation(client, body, target);
      const answer = await sendTranslated(
        translation,
        {
          baseUrl: "https://provider.test/v1",
          key: "the-provider-key",
          maxTokensField: "max_completion_tokens",
          fetch: upstream.fetch,
        },
        { id: "id_1", created: 1_700_000_000, model: String(body.model) },
        null,
        init?.signal ?? null,
      );
      const parts: Uint8Array[] = [];
      for await (const part of answer.body) parts.push(part);
      return new Response(inPieces(Buffer.concat(parts), size), { status: answer.status, headers: answer.headers });
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const said = { type: error.type, message: error.message, param: error.options.param ?? null };
      return Response.json({ type: "error", error: said }, { status: error.status });
    }
  };
}

/** OpenAI's own client, calling a Claude. */
export function openAiClient(upstream: StubUpstream, size?: number, target: TargetModel = CLAUDE): OpenAI {
  return new OpenAI({
    apiKey: "key",
    baseURL: "https://gateway.test/v1",
    maxRetries: 0,
    fetch: translatingFetch("openai-chat", target, upstream, size),
  });
}

/** Anthropic's own client, calling a GPT. */
export function anthropicClient(upstream: StubUpstream, size?: number, target: TargetModel = GPT): Anthropic {
  return new Anthropic({
    apiKey: "key",
    baseURL: "https://gateway.test",
    maxRetries: 0,
    fetch: translatingFetch("anthropic-messages", target, upstream, size),
  });
}

/** OpenAI's own client, calling the Responses API for a model whose provider has none. */
export function responsesClient(upstream: StubUpstream, target: TargetModel, size?: number): OpenAI {
  return new OpenAI({
    apiKey: "key",
    baseURL: "https://gateway.test/v1",
    maxRetries: 0,
    fetch: translatingFetch("openai-responses", target, upstream, size),
  });
}

/** What an answer says, in no dialect. */
export interface Said {
  text: string;
  reasoning: string;
  calls: { id: string; name: string; input: unknown }[];
}

export function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Reads recorded answers of OpenAI's dialect by itself: messages and deltas have the same fields. */
export function saidByOpenAi(messages: readonly Record<string, unknown>[]): Said {
  const said: Said = { text: "", reasoning: "", calls: [] };
  const inputs = new Map<unknown, { id: string; name: string; json: string }>();
  for (const message of messages) {
    said.reasoning += stringOf(message.reasoning_content);
    said.text += stringOf(message.content);
    for (const part of records(message.content)) {
      said.text += stringOf(part.text);
      for (const thought of records(part.thinking)) said.reasoning += stringOf(thought.text);
    }
    for (const [position, call] of records(message.tool_calls).entries()) {
      const index = call.index ?? position;
      const made = isRecord(call.function) ? call.function : {};
      const input = inputs.get(index) ?? { id: "", name: "", json: "" };
      inputs.set(index, {
        id: input.id || stringOf(call.id),
        name: input.name || stringOf(made.name),
        json: input.json + stringOf(made.arguments),
      });
    }
  }
  said.calls = [...inputs.values()].map(({ id, name, json }) => ({ id, name, input: JSON.parse(json) }));
  return said;
}

export function messagesOf(answer: unknown, field: "message" | "delta"): Record<string, unknown>[] {
  const choices = isRecord(answer) ? records(answer.choices) : [];
  return choices.flatMap((choice) => (isRecord(choice[field]) ? [choice[field]] : []));
}

/** Reads recorded blocks of Anthropic's dialect, whole or put together from their events, by itself. */
export function saidByAnthropic(blocks: readonly Record<string, unknown>[]): Said {
  const ofType = (type: string) => blocks.filter((block) => block.type === type);
  return {
    text: ofType("text")
      .map((block) => stringOf(block.text))
      .join(""),
    reasoning: ofType("thinking")
      .map((block) => stringOf(block.thinking))
      .join(""),
    calls: ofType("tool_use").map(({ id, name, input }) => ({ id: stringOf(id), name: stringOf(name), input })),
  };
}

export function blocksOf(events: readonly string[]): Record<string, unknown>[] {
  const blocks: Record<string, unknown>[] = [];
  for (const data of events) {
    const event: unknown = JSON.parse(data);
    if (!isRecord(event)) continue;
    if (event.type === "content_block_start" && isRecord(event.content_block))
      blocks[Number(event.index)] = { ...event.content_block, json: "" };
    const block = blocks[Number(event.index)];
    if (event.type !== "content_block_delta" || !isRecord(event.delta) || !block) continue;
    if (event.delta.type === "text_delta") block.text = stringOf(block.text) + stringOf(event.delta.text);
    if (event.delta.type === "thinking_delta")
      block.thinking = stringOf(block.thinking) + stringOf(event.delta.thinking);
    if (event.delta.type === "input_json_delta") block.json = stringOf(block.json) + stringOf(event.delta.partial_json);
  }
  return blocks.map((block) =>
    stringOf(block.json) === "" ? block : { ...block, input: JSON.parse(stringOf(block.json)) },
  );
}
