import { z } from "zod";
import type { Provider, ProviderAnswer, ProviderCall } from "@/lib/providers/provider";
import {
  CREATED,
  type Directives,
  errorAnswer,
  fillerPieces,
  pause,
  piecesOf,
  readDirectives,
  type Simulated,
  streamedAnswer,
  tokensIn,
  wholeAnswer,
  withoutDirectives,
} from "@/lib/providers/simulator-answer";
import { simulateCompletions } from "@/lib/providers/simulator-completions";
import { simulateEmbeddings } from "@/lib/providers/simulator-embeddings";

/**
 * The built-in provider behind `simulator/echo`, `simulator/embed` and every test key (CONTRACT section 12): deterministic, in process,
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
  hasResponses: false,
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

const DEFAULT_MAX_TOKENS = 16_384;
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) =>
      typeof part === "object" && part !== null && "text" in part && typeof part.text === "string" ? part.text : "",
    )
    .join("");
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
  const promptTokens = body.messages.reduce((sum, message) => sum + 3 + tokensIn(textOf(message.content)), 3);
  const toolCall = toolCallFor(body, question);
  const last = body.messages.at(-1);
  const whole = toolCall
    ? piecesOf(toolCall.argumentsJson)
    : directives.tokens !== null
      ? fillerPieces(Math.min(directives.tokens, limit + 1))
      : piecesOf(
          last?.role === "tool"
            ? `The tool answered: ${textOf(last.content)}`
            : `You said: ${withoutDirectives(question)}`,
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

function toolCallsOf(call: ToolCall) {
  return [{ index: 0, id: call.id, type: "function", function: { name: call.name, arguments: call.argumentsJson } }];
}

function wholeOf(body: ChatBody, reply: Reply, directives: Directives): object {
  const message = reply.toolCall
    ? { role: "assistant", content: null, tool_calls: toolCallsOf(reply.toolCall).map(({ index: _, ...call }) => call) }
    : { role: "assistant", content: reply.pieces.join(""), refusal: null };
  return {
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
  };
}

function chunksOf(body: ChatBody, reply: Reply, directives: Directives): object[] {
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
    ...(directives.usage && body.stream_options?.include_usage
      ? [
          {
            id: "chatcmpl-simulator",
            object: "chat.completion.chunk",
            created: CREATED,
            model: body.model,
            choices: [],
            usage: reply.usage,
          },
        ]
      : []),
  ];
}

function simulateChat(value: unknown): Simulated | null {
  const parsed = ChatBody.safeParse(value);
  if (!parsed.success) return null;
  const body = parsed.data;
  const question = textOf(body.messages.findLast((message) => message.role === "user")?.content);
  return {
    steer: question,
    answer: (directives, signal) => {
      const reply = replyTo(body, question, directives);
      return body.stream
        ? streamedAnswer(chunksOf(body, reply, directives), directives, signal)
        : wholeAnswer(JSON.stringify(wholeOf(body, reply, directives)), directives);
    },
  };
}

const SIMULATED = new Map<string, (body: unknown) => Simulated | null>([
  ["chat/completions", simulateChat],
  ["completions", simulateCompletions],
  ["embeddings", simulateEmbeddings],
]);

async function simulate(call: ProviderCall): Promise<ProviderAnswer> {
  const simulated = SIMULATED.get(call.path)?.(JSON.parse(call.body)) ?? null;
  if (simulated === null) return errorAnswer(400, "The simulator does not understand this request.");
  const directives = readDirectives(simulated.steer);
  if (directives.delayMs > 0) await pause(directives.delayMs, call.signal);
  if (directives.status !== null && directives.status >= 400 && directives.status <= 599) {
    return errorAnswer(directives.status, `The simulator answers ${directives.status} as told.`);
  }
  return simulated.answer(directives, call.signal);
}
