import type { AnswerStream } from "@/lib/infra/direct-http";

/** So many bytes that came at once are written before the rest is looked at. */
const WRITTEN_AT_ONCE = 64 * 1024;

export interface KeepAlive {
  comment: Uint8Array;
  /** Silence after which the comment is written. */
  afterMs: number;
}

function drained(response: AnswerStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

/**
 * Writes a stream to a response whose head is written, each part as soon as it is there, and ends it. Parts that come
 * of one read go out as one chunk. It waits for a slow reader, and ends the iteration where the reader is gone.
 */
export async function writeStream(
  response: AnswerStream,
  body: AsyncIterable<Uint8Array>,
  keepAlive: KeepAlive,
): Promise<void> {
  const timer = setInterval(() => response.write(keepAlive.comment), keepAlive.afterMs);
  let parts: Uint8Array[] = [];
  let size = 0;
  const flush = (): void => {
    const [first] = parts;
    if (first === undefined) return;
    const written = parts.length === 1 ? first : Buffer.concat(parts);
    parts = [];
    size = 0;
    if (!response.destroyed) response.write(written);
  };
  try {
    for await (const part of body) {
      if (response.destroyed) break;
      timer.refresh();
      size += part.byteLength;
      // A tick comes once all that is there has been iterated, and before anything else arrives.
      if (parts.push(part) === 1) process.nextTick(flush);
      if (size >= WRITTEN_AT_ONCE) flush();
      if (response.writableNeedDrain) await drained(response);
    }
  } finally {
    clearInterval(timer);
    flush();
    response.end();
  }
}
