import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type ProviderAnswer, ProviderFailure } from "@/lib/providers/provider";

/** What `[[…]]` directives in the text that steers the simulator ask for (CONTRACT section 12). */
export interface Directives {
  tokens: number | null;
  delayMs: number;
  gapMs: number;
  status: number | null;
  cutAfter: number | null;
  usage: boolean;
}

/** A request that the simulator understands. */
export interface Simulated {
  /** The text whose directives are followed. */
  steer: string;
  answer: (directives: Directives, signal: AbortSignal | null) => ProviderAnswer | Promise<ProviderAnswer>;
}

/** 2025-01-01: the answer carries no clock, so that it stays the same. */
export const CREATED = 1_735_689_600;
const LONGEST_WAIT_MS = 600_000;
const CHARACTERS_PER_TOKEN = 4;

/** The directives in a text. */
export function readDirectives(steer: string): Directives {
  const value = (name: string): number | null => {
    const match = new RegExp(`\\[\\[${name}:(\\d{1,9})\\]\\]`).exec(steer);
    return match?.[1] === undefined ? null : Number(match[1]);
  };
  return {
    tokens: value("tokens"),
    delayMs: Math.min(value("delay") ?? 0, LONGEST_WAIT_MS),
    gapMs: Math.min(value("gap") ?? 0, LONGEST_WAIT_MS),
    status: value("status"),
    cutAfter: value("cut"),
    usage: !steer.includes("[[no-usage]]"),
  };
}

const DIRECTIVE = /\[\[[a-z-]+(?::\d{1,9})?\]\]/g;

/** What is said back of a text: all but its directives. */
export function withoutDirectives(said: string): string {
  return said.replace(DIRECTIVE, "").trim();
}

/** How many tokens the simulator takes a text for. */
export function tokensIn(said: string): number {
  return Math.ceil(said.length / CHARACTERS_PER_TOKEN);
}

/** Cuts text into pieces that count as one token each: four characters, never inside a surrogate pair. */
export function piecesOf(said: string): string[] {
  return said.match(new RegExp(`[\\s\\S]{1,${CHARACTERS_PER_TOKEN}}`, "gu")) ?? [];
}

/** So many pieces, for `[[tokens:n]]`. */
export function fillerPieces(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? "tick" : index % 2 === 0 ? " tick" : " tock"));
}

function readable(body: AsyncGenerator<Uint8Array>): Pick<ProviderAnswer, "body" | "text"> {
  return { body, text: () => text(body) };
}

async function* once(said: string, directives: Directives | null): AsyncGenerator<Uint8Array> {
  if (directives !== null && directives.cutAfter !== null) {
    yield Buffer.from(said.slice(0, said.length >> 1));
    throw new ProviderFailure("network", "the simulator cut the answer as told");
  }
  yield Buffer.from(said);
}

/** A refusal in OpenAI's form. */
export function errorAnswer(status: number, message: string): ProviderAnswer {
  return {
    status,
    headers: { "content-type": "application/json", ...(status === 429 ? { "retry-after": "1" } : {}) },
    ...readable(once(JSON.stringify({ error: { message, type: "simulated_error", param: null, code: null } }), null)),
  };
}

/** A whole answer with this JSON, cut in its middle where that was asked for. */
export function wholeAnswer(json: string, directives: Directives): ProviderAnswer {
  return { status: 200, headers: { "content-type": "application/json" }, ...readable(once(json, directives)) };
}

async function* streamed(
  chunks: readonly object[],
  directives: Directives,
  signal: AbortSignal | null,
): AsyncGenerator<Uint8Array> {
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

/** A stream of these chunks, as slow and as short as was asked for. */
export function streamedAnswer(
  chunks: readonly object[],
  directives: Directives,
  signal: AbortSignal | null,
): ProviderAnswer {
  return {
    status: 200,
    headers: { "content-type": "text/event-stream" },
    ...readable(streamed(chunks, directives, signal)),
  };
}

/** Waits. @throws ProviderFailure at once when the caller goes away. */
export async function pause(ms: number, signal: AbortSignal | null): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw new ProviderFailure("aborted", "the call was ended", error);
  }
}
