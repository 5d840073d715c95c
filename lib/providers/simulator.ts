import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type Provider, type ProviderAnswer, type ProviderCall, ProviderFailure } from "@/lib/providers/provider";

/**
 * The built-in provider behind `simulator/echo` and every test key (CONTRACT section 12): deterministic, in process,
 * free of any network. What it answers depends on the request alone.
 */
export const simulator: Provider = {
  id: "simulator",
  name: "Simulator",
  dialect: "openai",
  baseUrl: null,
  baseUrlExample: null,
  needsBaseUrl: false,
  takesOwnKeys: false,
  needsKey: false,
  keyPrefix: null,
  maxTokensField: "max_tokens",
  takesStreamOptions: true,
  wantsReasoningBack: false,
  send: simulate,
};

const Tool = z.looseObject({
  function: z.looseObject({ name: z.string(), parameters: z.unknown().optional() }).optional(),
});

const ChatBody = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown().optional() })),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  n: z.number().int().min(1).max(128).nullish(),
  tools: z.array(Tool).nullish(),
  tool_choice: z.unknown().optional(),
});

type ChatBody = z.infer<typeof ChatBody>;

/** What `[[…]]` directives in the last user message ask for. */
interface Directives {
  tokens: number | null;
  delayMs: number;
  gapMs: number;
  status: number | null;
  cutAfter: number | null;
  usage: boolean;
}

const DEFAULT_MAX_TOKENS = 16_384;
const LONGEST_WAIT_MS = 600_000;
/** 2025-01-01: the answer carries no clock, so that it stays the same. */
const CREATED = 1_735_689_600;
const CHARACTERS_PER_TOKEN = 4;

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      typeof part === "object" && part !== null && "text" in part && typeof part.text === "string" ? part.text : "",
    )
    .join("");
}

function readDirectives(text: string): Directives {
  const value = (name: string): number | null => {
    const match = new RegExp(`\\[\\[${name}:(\\d{1,9})\\]\\]`).exec(text);
    return match?.[1] === undefined ? null : Number(match[1]);
  };
  return {
    tokens: value("tokens"),
    delayMs: Math.min(value("delay") ?? 0, LONGEST_WAIT_MS),
    gapMs: Math.min(value("gap") ?? 0, LONGEST_WAIT_MS),
    status: value("status"),
    cutAfter: value("cut"),
    usage: !text.includes("[[no-usage]]"),
  };
}

const DIRECTIVE = /\[\[[a-z-]+(?::\d{1,9})?\]\]/g;

/** Cuts text into pieces that count as one token each: four characters, never inside a surrogate pair. */
function piecesOf(text: string): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${CHARACTERS_PER_TOKEN}}`, "gu")) ?? [];
}

function fillerPieces(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? "tick" : index % 2 === 0 ? " tick" : " tock"));
}

function sampleOf(schema: unknown, depth = 0): unknown {
  if (typeof schema !== "object" || schema === null || depth > 6) return {};
  if ("enum" in schema && Array.isArray(schema.enum)) return schema.enum[0];
  const type = "type" in schema ? schema.type : "object";
  switch (type) {
    case "string":
      return "text";
    case "integer":
    case "number":
      return 1;
    case "boolean":
      return true;
    case "array":
      return [sampleOf("items" in schema ? schema.items : {}, depth + 1)];
    default: {
      const properties =
        "properties" in schema && typeof schema.properties === "object" && schema.properties !== null
          ? schema.properties
          : {};
      return Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, sampleOf(property, depth + 1)]),
      );
    }
  }
}

interface ToolCall {
  id: string;
  name: string;
  argumentsJson: string;
}

/** A tool is called when the last message is the user's and the choice forces one or the message names one. */
function toolCallFor(body: ChatBody, question: string): ToolCall | null {
  const names = (body.tools ?? []).flatMap((tool) => (tool.function ? [tool.function] : []));
  if (names.length === 0 || body.tool_choice === "none" || body.messages.at(-1)?.role !== "user") return null;
  const chosen =
    typeof body.tool_choice === "object" && body.tool_choice !== null && "function" in body.tool_choice
      ? names.find((tool) => JSON.stringify(body.tool_choice).includes(JSON.stringify(tool.name)))
      : (names.find((tool) => question.includes(tool.name)) ??
        (body.tool_choice === "required" ? names[0] : undefined));
  if (!chosen) return null;
  return { id: `call_${chosen.name}`, name: chosen.name, argumentsJson: JSON.stringify(sampleOf(chosen.parameters)) };
}

interface Reply {
  pieces: string[];
  toolCall: ToolCall | null;
  finishReason: "stop" | "length" | "tool_calls";
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

function replyTo(body: ChatBody, question: string, directives: Directives): Reply {
  const limit = Math.max(
    1,
    Math.min(body.max_completion_tokens ?? body.max_tokens ?? DEFAULT_MAX_TOKENS, DEFAULT_MAX_TOKENS),
  );
  const promptTokens = body.messages.reduce(
    (sum, message) => sum + 3 + Math.ceil(textOf(message.content).length / CHARACTERS_PER_TOKEN),
    3,
  );
  const toolCall = toolCallFor(body, question);
  const last = body.messages.at(-1);
  const whole = toolCall
    ? piecesOf(toolCall.argumentsJson)
    : directives.tokens !== null
      ? fillerPieces(Math.min(directives.tokens, limit + 1))
      : piecesOf(
          last?.role === "tool"
            ? `The tool answered: ${textOf(last.content)}`
            : `You said: ${question.replace(DIRECTIVE, "").trim()}`,
        );
  const pieces = toolCall ? whole : whole.slice(0, limit);
  const count = pieces.length * (body.n ?? 1);
  return {
    pieces,
    toolCall,
    finishReason: toolCall ? "tool_calls" : whole.length > limit ? "length" : "stop",
    usage: { prompt_tokens: promptTokens, completion_tokens: count, total_tokens: promptTokens + count },
  };
}

function errorAnswer(status: number, message: string): ProviderAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...(status === 429 ? { "retry-after": "1" } : {}) },
    ...readable(once(JSON.stringify({ error: { message, type: "simulated_error", param: null, code: null } }))),
  };
}

function readable(body: AsyncGenerator<Uint8Array>): Pick<ProviderAnswer, "body" | "text"> {
  return { body, text: () => text(body) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

function toolCallsOf(call: ToolCall) {
  return [{ index: 0, id: call.id, type: "function", function: { name: call.name, arguments: call.argumentsJson } }];
}

async function* whole(body: ChatBody, reply: Reply, directives: Directives): AsyncGenerator<Uint8Array> {
  const message = reply.toolCall
    ? { role: "assistant", content: null, tool_calls: toolCallsOf(reply.toolCall).map(({ index: _, ...call }) => call) }
    : { role: "assistant", content: reply.pieces.join(""), refusal: null };
  const text = JSON.stringify({
    id: "chatcmpl-simulator",
    object: "chat.completion",
    created: CREATED,
    model: body.model,
    choices: Array.from({ length: body.n ?? 1 }, (_, index) => ({
      index,
      message,
      logprobs: null,
      finish_reason: reply.finishReason,
    })),
    ...(directives.usage ? { usage: reply.usage } : {}),
  });
  if (directives.cutAfter !== null) {
    yield Buffer.from(text.slice(0, text.length >> 1));
    throw new ProviderFailure("network", "the simulator cut the answer as told");
  }
  yield Buffer.from(text);
}

function chunksOf(body: ChatBody, reply: Reply): object[] {
  const chunk = (index: number, delta: object, finishReason: string | null) => ({
    id: "chatcmpl-simulator",
    object: "chat.completion.chunk",
    created: CREATED,
    model: body.model,
    choices: [{ index, delta, logprobs: null, finish_reason: finishReason }],
  });
  const choices = Array.from({ length: body.n ?? 1 }, (_, index) => index);
  const call = reply.toolCall;
  const deltas = call
    ? reply.pieces.map((piece, index) => ({
        tool_calls: [
          index === 0
            ? { index: 0, id: call.id, type: "function", function: { name: call.name, arguments: piece } }
            : { index: 0, function: { arguments: piece } },
        ],
      }))
    : reply.pieces.map((piece) => ({ content: piece }));
  return [
    ...choices.map((index) => chunk(index, { role: "assistant", content: call ? null : "" }, null)),
    ...deltas.flatMap((delta) => choices.map((index) => chunk(index, delta, null))),
    ...choices.map((index) => chunk(index, {}, reply.finishReason)),
  ];
}

async function* streamed(
  body: ChatBody,
  reply: Reply,
  directives: Directives,
  signal: AbortSignal | null,
): AsyncGenerator<Uint8Array> {
  const chunks = chunksOf(body, reply);
  if (directives.usage && body.stream_options?.include_usage) {
    chunks.push({
      id: "chatcmpl-simulator",
      object: "chat.completion.chunk",
      created: CREATED,
      model: body.model,
      choices: [],
      usage: reply.usage,
    });
  }
  let sent = 0;
  for (const chunk of chunks) {
    if (signal?.aborted) throw new ProviderFailure("aborted", "the call was ended");
    if (directives.cutAfter !== null && sent >= directives.cutAfter)
      throw new ProviderFailure("network", "the simulator cut the stream as told");
    if (sent > 0 && directives.gapMs > 0) await pause(directives.gapMs, signal);
    yield Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
    sent += 1;
  }
  yield Buffer.from("data: [DONE]\n\n");
}

async function pause(ms: number, signal: AbortSignal | null): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw new ProviderFailure("aborted", "the call was ended", error);
  }
}

async function simulate(call: ProviderCall): Promise<ProviderAnswer> {
  const parsed = ChatBody.safeParse(JSON.parse(call.body));
  if (call.path !== "chat/completions" || !parsed.success)
    return errorAnswer(400, "The simulator does not understand this request.");
  const body = parsed.data;
  const question = textOf(body.messages.findLast((message) => message.role === "user")?.content);
  const directives = readDirectives(question);
  if (directives.delayMs > 0) await pause(directives.delayMs, call.signal);
  if (directives.status !== null && directives.status >= 400 && directives.status <= 599) {
    return errorAnswer(directives.status, `The simulator answers ${directives.status} as told.`);
  }
  const reply = replyTo(body, question, directives);
  return body.stream
    ? {
        status: 200,
        headers: { "content-type": "text/event-stream" },
        ...readable(streamed(body, reply, directives, call.signal)),
      }
    : { status: 200, headers: { "content-type": "application/json" }, ...readable(whole(body, reply, directives)) };
}
