import type {
  LanguageModelV3CallOptions,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
} from "@ai-sdk/provider";
import { anthropicCall } from "@/lib/dialects/anthropic-call";
import { decodeAnthropicMessages } from "@/lib/dialects/anthropic-messages-decode";
import { anthropicError, anthropicMessage, anthropicMessageEvents } from "@/lib/dialects/anthropic-messages-encode";
import { bedrockCall } from "@/lib/dialects/bedrock-call";
import type { DecodedCall } from "@/lib/dialects/decoded-call";
import { decodeOpenAiChat } from "@/lib/dialects/openai-chat-decode";
import { type AnswerFrame, chatCompletion, chatCompletionChunks, openAiError } from "@/lib/dialects/openai-chat-encode";
import { type OpenAiCompatibleModel, openAiCompatibleCall } from "@/lib/dialects/openai-compatible-call";
import { refuseLosses } from "@/lib/dialects/refuse-losses";
import { decodeResponses } from "@/lib/dialects/responses-decode";
import { responseEvents, responseObject } from "@/lib/dialects/responses-encode";
import { Untranslatable, untranslatable } from "@/lib/dialects/untranslatable";
import { type Complaint, complaintIn, upstreamRefusal, wrappedFailure } from "@/lib/dialects/upstream-error";
import { type Upstream, type UpstreamDialect, upstreamModel } from "@/lib/dialects/upstream-model";

/** The dialects that callers speak. */
export type ClientDialect = "openai-chat" | "anthropic-messages" | "openai-responses";

/** What has to be known of the model that a call is translated for. */
export interface TargetModel extends OpenAiCompatibleModel {
  dialect: UpstreamDialect;
  /** The name that the provider knows it by. */
  model: string;
  /** The most tokens of one answer. */
  maxOutputTokens: number;
}

/** An answer in the caller's dialect, as a provider that speaks it would give it. */
export interface TranslatedAnswer {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: AsyncIterable<Uint8Array>;
  /** The whole body as text, in place of iterating over it. */
  text: () => Promise<string>;
}

interface Codec {
  decode: (body: unknown) => DecodedCall;
  whole: (result: LanguageModelV3GenerateResult, frame: AnswerFrame, call: DecodedCall) => object;
  stream: (
    parts: AsyncIterable<LanguageModelV3StreamPart>,
    frame: AnswerFrame,
    call: DecodedCall,
  ) => AsyncGenerator<string>;
  error: (complaint: Complaint, status: number) => object;
  /** What the caller calls the fields that are named after OpenAI's chats where a call is refused. */
  fields: Readonly<Record<string, string>>;
}

const CODECS: Readonly<Record<ClientDialect, Codec>> = {
  "openai-chat": {
    decode: decodeOpenAiChat,
    whole: chatCompletion,
    stream: openAiStream,
    error: (complaint) => ({ error: openAiError(complaint) }),
    fields: {},
  },
  "anthropic-messages": {
    decode: decodeAnthropicMessages,
    whole: anthropicMessage,
    stream: anthropicStream,
    error: (complaint, status) => ({ type: "error", error: anthropicError(complaint, status) }),
    fields: {},
  },
  "openai-responses": {
    decode: decodeResponses,
    whole: responseObject,
    stream: responsesStream,
    error: (complaint) => ({ error: openAiError(complaint) }),
    fields: { messages: "input", response_format: "text.format", reasoning_effort: "reasoning.effort" },
  },
};

async function* openAiStream(
  parts: AsyncIterable<LanguageModelV3StreamPart>,
  frame: AnswerFrame,
  { wantsUsage }: DecodedCall,
): AsyncGenerator<string> {
  let isComplete = false;
  const ended = endOf(parts, () => {
    isComplete = true;
  });
  for await (const chunk of chatCompletionChunks(ended, frame, wantsUsage)) yield `data: ${JSON.stringify(chunk)}\n\n`;
  if (isComplete) yield "data: [DONE]\n\n";
}

async function* anthropicStream(
  parts: AsyncIterable<LanguageModelV3StreamPart>,
  frame: AnswerFrame,
): AsyncGenerator<string> {
  for await (const event of anthropicMessageEvents(parts, frame))
    yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function* responsesStream(
  parts: AsyncIterable<LanguageModelV3StreamPart>,
  frame: AnswerFrame,
  call: DecodedCall,
): AsyncGenerator<string> {
  for await (const event of responseEvents(parts, frame, call))
    yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function* endOf(
  parts: AsyncIterable<LanguageModelV3StreamPart>,
  onFinish: () => void,
): AsyncGenerator<LanguageModelV3StreamPart> {
  for await (const part of parts) {
    if (part.type === "finish") onFinish();
    yield part;
  }
}

type Fetch = typeof globalThis.fetch;

/** What broke on the way; null as long as nothing did. */
interface Breakage {
  failure: { error: unknown } | null;
}

/** Ends an event that the provider did not end. */
const BLANK_LINE = Buffer.from("\n\n");

/**
 * A fetch whose bodies end where they break, and tell `breakage` why. A web stream that fails drops what has arrived and
 * was not read yet; so the reader gets all of it, and then hears of the failure. A stream of events that ends without its
 * last newline gets it: without, the AI SDK would not read the last event, which may be the one that says it is complete.
 */
function endingAtBreakage(fetch: Fetch, breakage: Breakage): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (response.body === null) return response;
    const reader = response.body.getReader();
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          if (isStream) controller.enqueue(BLANK_LINE);
          controller.close();
        } catch (error) {
          breakage.failure = { error };
          controller.close();
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}

/** What a stream that just ends makes the AI SDK say, whether its parts were whole or not. */
const ENDS: ReadonlySet<LanguageModelV3StreamPart["type"]> = new Set([
  "text-end",
  "reasoning-end",
  "tool-input-end",
  "tool-call",
]);

/** The parts of a stream; the upstream call ends when their reader stops. What broke on the way is thrown as it was. */
async function* readParts(
  stream: ReadableStream<LanguageModelV3StreamPart>,
  breakage: Breakage,
): AsyncGenerator<LanguageModelV3StreamPart> {
  const reader = stream.getReader();
  const held: LanguageModelV3StreamPart[] = [];
  try {
    for (;;) {
      const { done, value: part } = await reader.read();
      const { failure } = breakage;
      if (failure === null) {
        if (done) return;
        yield part;
        continue;
      }
      // An answer that is complete stays so, whatever became of its connection.
      const isComplete = !done && part.type === "finish" && part.finishReason.unified !== "error";
      if (done || part.type === "error" || (part.type === "finish" && !isComplete)) throw failure.error;
      if (ENDS.has(part.type)) {
        held.push(part);
        continue;
      }
      yield* held.splice(0);
      yield part;
      if (isComplete) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function answerOf(
  status: number,
  headers: Readonly<Record<string, string>>,
  texts: AsyncIterable<string>,
): TranslatedAnswer {
  async function* body(): AsyncGenerator<Uint8Array> {
    for await (const text of texts) yield Buffer.from(text);
  }
  const text = async () => {
    let whole = "";
    for await (const part of texts) whole += part;
    return whole;
  };
  return { status, headers, body: body(), text };
}

async function* once(value: object): AsyncGenerator<string> {
  yield JSON.stringify(value);
}

const JSON_HEADERS = { "content-type": "application/json" };
const STREAM_HEADERS = { "content-type": "text/event-stream" };

/** `limit`: a maximum below the caller's own, or null. A maximum above what the model can give takes nothing away. */
function optionsFor(call: DecodedCall, target: TargetModel, limit: number | null): LanguageModelV3CallOptions {
  const asked = call.options.maxOutputTokens;
  const maxima = [asked, limit, target.maxOutputTokens].filter((most) => typeof most === "number");
  const most = Math.min(...maxima);
  if (target.dialect === "anthropic") return anthropicCall(call, target.model, most);
  if (target.dialect === "bedrock") return bedrockCall(call, target, most);
  const maxOutputTokens = asked === undefined && limit === null ? undefined : most;
  return openAiCompatibleCall({ ...call, options: { ...call.options, maxOutputTokens } }, target);
}

/** A call that can be translated; nothing has been sent. */
export interface Translation {
  client: ClientDialect;
  call: DecodedCall;
  target: TargetModel;
}

/**
 * Reads a body of the caller's dialect for a model of another one, and makes sure that all of it can be said there.
 * Sends nothing.
 * @throws GatewayError invalid_body, naming the field that cannot be translated.
 */
export async function prepareTranslation(
  client: ClientDialect,
  body: unknown,
  target: TargetModel,
): Promise<Translation> {
  const { decode, fields } = CODECS[client];
  const call = decode(body);
  try {
    await refuseLosses(target, optionsFor(call, target, null));
  } catch (error) {
    const field = error instanceof Untranslatable ? fields[error.field] : undefined;
    throw error instanceof Untranslatable && field !== undefined ? untranslatable(field, error.why) : error;
  }
  return { client, call, target };
}

/**
 * Sends a translated call and gives the answer as a provider of the caller's own dialect would: its refusals with their
 * status and `retry-after`, its streams with `[DONE]`, `message_stop` or `response.completed` only if they came to their end.
 * `maxOutputTokens`, where it is not null, is a maximum beside the caller's own.
 * @throws what `upstream.fetch` and the body that it gives throw; GatewayError as `prepareTranslation`.
 */
export async function sendTranslated(
  { client, call, target }: Translation,
  upstream: Omit<Upstream, "dialect" | "model">,
  frame: AnswerFrame,
  maxOutputTokens: number | null,
  signal: AbortSignal | null,
): Promise<TranslatedAnswer> {
  const codec = CODECS[client];
  const breakage: Breakage = { failure: null };
  const model = upstreamModel({
    ...upstream,
    fetch: endingAtBreakage(upstream.fetch, breakage),
    dialect: target.dialect,
    model: target.model,
  });
  const options: LanguageModelV3CallOptions = {
    ...optionsFor(call, target, maxOutputTokens),
    ...(signal ? { abortSignal: signal } : {}),
  };
  try {
    if (!call.streamed)
      return answerOf(200, JSON_HEADERS, once(codec.whole(await model.doGenerate(options), frame, call)));
    const { stream } = await model.doStream(options);
    return answerOf(200, STREAM_HEADERS, codec.stream(readParts(stream, breakage), frame, call));
  } catch (error) {
    if (breakage.failure !== null) throw breakage.failure.error;
    const refusal = upstreamRefusal(error);
    if (refusal === null) throw wrappedFailure(error);
    const headers = refusal.retryAfter === null ? JSON_HEADERS : { ...JSON_HEADERS, "retry-after": refusal.retryAfter };
    return answerOf(refusal.status, headers, once(codec.error(complaintIn(refusal), refusal.status)));
  }
}
