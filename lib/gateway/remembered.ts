import { setTimeout as sleep } from "node:timers/promises";

/** An answer waits this long at most for being kept; a database that is away must not hold up what was served. */
const PATIENCE_MS = 1_000;

/** Resolves when `work` is done, or after a moment; it goes on then. */
export async function patiently(work: Promise<void>): Promise<void> {
  await Promise.race([work, sleep(PATIENCE_MS, undefined, { ref: false })]);
}

/** What is known of a stream's end: whoever sends the stream says so before its last bytes are passed on. */
export interface StreamEnd {
  reached: boolean;
  /** Whether it came to its own end. */
  complete: boolean;
}

/**
 * Passes a stream on as it comes and remembers it; what follows its end waits until it is kept, so that whoever has seen
 * the end finds it there. `keep` is called once, with null where there is nothing to keep: the stream was cut, left, or
 * is longer than `mostBytes`.
 */
export async function* remembered(
  body: AsyncGenerator<Uint8Array>,
  end: Readonly<StreamEnd>,
  mostBytes: number,
  keep: (whole: Buffer | null) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const last: Uint8Array[] = [];
  let isWhole = false;
  try {
    for await (const part of body) {
      size += part.byteLength;
      if (size <= mostBytes) parts.push(part);
      else parts = [];
      if (end.reached) last.push(part);
      else yield part;
    }
    isWhole = end.complete && size <= mostBytes;
  } finally {
    await keep(isWhole ? Buffer.concat(parts) : null);
  }
  yield* last;
}
