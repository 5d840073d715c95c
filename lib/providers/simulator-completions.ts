import { z } from "zod";
import {
  CREATED,
  type Directives,
  fillerPieces,
  piecesOf,
  type Simulated,
  streamedAnswer,
  wholeAnswer,
  withoutDirectives,
} from "@/lib/providers/simulator-answer";
import { type SimulatedPrompt, SimulatedPrompts } from "@/lib/providers/simulator-prompts";

const count = z.number().int().min(1).max(128).nullish();

const CompletionsBody = z.looseObject({
  model: z.string(),
  prompt: SimulatedPrompts.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().int().min(0).nullish(),
  n: count,
  best_of: count,
  echo: z.boolean().nullish(),
});

type CompletionsBody = z.infer<typeof CompletionsBody>;

/** OpenAI's default (platform.openai.com/docs/api-reference/completions/create). */
const DEFAULT_MAX_TOKENS = 16;
const LARGEST_MAX_TOKENS = 16_384;
const NO_PROMPT: SimulatedPrompt = { text: "", tokens: 1 };

interface Choice {
  index: number;
  /** The prompt, where it is to be repeated. */
  echo: string;
  pieces: string[];
  finishReason: "stop" | "length";
}

function choicesOf(body: CompletionsBody, prompts: readonly SimulatedPrompt[], directives: Directives): Choice[] {
  const limit = Math.min(body.max_tokens ?? DEFAULT_MAX_TOKENS, LARGEST_MAX_TOKENS);
  const copies = body.n ?? 1;
  return prompts.flatMap(({ text }, position) => {
    const whole =
      directives.tokens === null
        ? piecesOf(`You said: ${withoutDirectives(text)}`)
        : fillerPieces(Math.min(directives.tokens, limit + 1));
    return Array.from({ length: copies }, (_, copy): Choice => {
      return {
        index: position * copies + copy,
        echo: body.echo ? text : "",
        pieces: whole.slice(0, limit),
        finishReason: whole.length > limit ? "length" : "stop",
      };
    });
  });
}

function chunksOf(frame: object, { index, echo, pieces, finishReason }: Choice): object[] {
  const chunk = (text: string, finish: string | null) => ({
    ...frame,
    choices: [{ text, index, logprobs: null, finish_reason: finish }],
  });
  return [
    ...(echo === "" ? [] : [chunk(echo, null)]),
    ...pieces.map((piece) => chunk(piece, null)),
    chunk("", finishReason),
  ];
}

/** Reads a body of OpenAI's older completions; null when it is none. */
export function simulateCompletions(value: unknown): Simulated | null {
  const parsed = CompletionsBody.safeParse(value);
  if (!parsed.success) return null;
  const body = parsed.data;
  const prompts = body.prompt ?? [NO_PROMPT];
  return {
    steer: prompts.at(-1)?.text ?? "",
    answer: (directives, signal) => {
      const choices = choicesOf(body, prompts, directives);
      const promptTokens = prompts.reduce((sum, { tokens }) => sum + tokens, 0);
      // Of `best_of` all are made, and those that are not shown are paid for as well.
      const made = Math.max(body.n ?? 1, body.best_of ?? 1) / (body.n ?? 1);
      const completionTokens = choices.reduce((sum, { pieces }) => sum + pieces.length, 0) * made;
      const usage = {
        prompt_tokens: promptTokens,
        completion_tokens: completionTokens,
        total_tokens: promptTokens + completionTokens,
      };
      const frame = { id: "cmpl-simulator", object: "text_completion", created: CREATED, model: body.model };
      if (body.stream) {
        const chunks = choices.flatMap((choice) => chunksOf(frame, choice));
        if (directives.usage && body.stream_options?.include_usage) chunks.push({ ...frame, choices: [], usage });
        return streamedAnswer(chunks, directives, signal);
      }
      const answer = {
        ...frame,
        choices: choices.map(({ index, echo, pieces, finishReason }) => ({
          text: echo + pieces.join(""),
          index,
          logprobs: null,
          finish_reason: finishReason,
        })),
        ...(directives.usage ? { usage } : {}),
      };
      return wholeAnswer(JSON.stringify(answer), directives);
    },
  };
}
