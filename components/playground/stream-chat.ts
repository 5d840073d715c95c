import { EventSourceParserStream } from "eventsource-parser/stream";
import { z } from "zod";
import type { ChatBody } from "@/components/playground/chat-body";

export interface ToolCall {
  /** What its answer refers to. */
  id: string;
  name: string;
  /** As the model wrote them: JSON, if it did well. */
  arguments: string;
}

/** One answer as far as it has come. */
export interface ChatAnswer {
  text: string;
  reasoning: string;
  toolCalls: ToolCall[];
  tokens: { in: number; out: number } | null;
  /** USD as a decimal string; null: not known yet, or the model has no price. */
  cost: string | null;
  /** Milliseconds until the first part of the answer, and until its end. */
  firstMs: number | null;
  totalMs: number | null;
  /** Of its receipt. */
  requestId: string | null;
}

export const EMPTY_ANSWER: ChatAnswer = {
  text: "",
  reasoning: "",
  toolCalls: [],
  tokens: null,
  cost: null,
  firstMs: null,
  totalMs: null,
  requestId: null,
};

/** Why there is no answer, or no whole one, as the gateway says it. */
export class ChatProblem extends Error {
  /** As the gateway names it; null where it did not. */
  readonly code: string | null;

  constructor(message: string, code: string | null) {
    super(message);
    this.name = "ChatProblem";
    this.code = code;
  }
}

const problemSchema = z.object({ error: z.object({ message: z.string(), code: z.string().nullish() }) });

/** More calls than these in one answer are nonsense, and a place far out would make a list of that length. */
const TOOL_CALLS_MAX = 255;

function problemOf({ error }: z.infer<typeof problemSchema>): ChatProblem {
  return new ChatProblem(error.message, error.code ?? null);
}

const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({
            content: z.string().nullish(),
            reasoning: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            tool_calls: z
              .array(
                z.object({
                  index: z.int().min(0).max(TOOL_CALLS_MAX).default(0),
                  id: z.string().nullish(),
                  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
      }),
    )
    .nullish(),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number(), cost: z.number().nullish() }).nullish(),
});
type Chunk = z.infer<typeof chunkSchema>;

/** Nine decimals are what an amount has; a number of JSON would show small ones with an exponent. */
const COST_DIGITS = 9;

function withToolCalls(known: readonly ToolCall[], chunk: Chunk): ToolCall[] {
  const calls = known.map((call) => ({ ...call }));
  for (const { index, id, function: part } of chunk.choices?.[0]?.delta?.tool_calls ?? []) {
    const call = calls[index] ?? { id: "", name: "", arguments: "" };
    calls[index] = {
      id: call.id || (id ?? ""),
      name: call.name + (part?.name ?? ""),
      arguments: call.arguments + (part?.arguments ?? ""),
    };
  }
  return calls;
}

/** The answer with one more chunk of its stream. */
export function withChunk(answer: ChatAnswer, chunk: Chunk, ms: number): ChatAnswer {
  const delta = chunk.choices?.[0]?.delta;
  const text = delta?.content ?? "";
  const reasoning = delta?.reasoning ?? delta?.reasoning_content ?? "";
  const isFirst = answer.firstMs === null && (text !== "" || reasoning !== "" || delta?.tool_calls?.length);
  return {
    ...answer,
    text: answer.text + text,
    reasoning: answer.reasoning + reasoning,
    toolCalls: delta?.tool_calls ? withToolCalls(answer.toolCalls, chunk) : answer.toolCalls,
    firstMs: isFirst ? ms : answer.firstMs,
    ...(chunk.usage
      ? {
          tokens: { in: chunk.usage.prompt_tokens, out: chunk.usage.completion_tokens },
          cost: chunk.usage.cost == null ? null : chunk.usage.cost.toFixed(COST_DIGITS),
        }
      : {}),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

interface StreamOptions {
  secret: string;
  body: ChatBody;
  signal: AbortSignal;
  /** Called with the answer as far as it has come, after each part. */
  onAnswer: (answer: ChatAnswer) => void;
}

/**
 * Calls the gateway from this browser and follows the stream to its end.
 * @throws ChatProblem for a refusal and for an error within the stream; what fetch throws when it is aborted or fails.
 */
export async function streamChat({ secret, body, signal, onAnswer }: StreamOptions): Promise<void> {
  const start = performance.now();
  const response = await fetch("/api/v1/chat/completions", {
    method: "POST",
    signal,
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
  });
  if (!response.ok || !response.body) {
    const problem = problemSchema.safeParse(parsed(await response.text()));
    throw problem.success ? problemOf(problem.data) : new ChatProblem(`The gateway answered ${response.status}`, null);
  }
  let answer: ChatAnswer = { ...EMPTY_ANSWER, requestId: response.headers.get("x-generation-id") };
  const reader = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  for (let event = await reader.read(); !event.done; event = await reader.read()) {
    if (event.value.data === "[DONE]") break;
    const value = parsed(event.value.data);
    const problem = problemSchema.safeParse(value);
    if (problem.success) throw problemOf(problem.data);
    const chunk = chunkSchema.safeParse(value);
    if (!chunk.success) continue;
    answer = withChunk(answer, chunk.data, performance.now() - start);
    onAnswer(answer);
  }
  onAnswer({ ...answer, totalMs: performance.now() - start });
}
