/** One event of a stream as it came: its bytes, the blank line at its end included, and what its data lines say. */
export interface RawEvent {
  raw: Buffer;
  /** The data lines joined by newlines; null for an event without any (comments only). */
  data: string | null;
}

const LF = 10;
const CR = 13;
const NOTHING = Buffer.alloc(0);

const BLANK_LINE = Buffer.from("\n\n");

/** The index after the blank line that ends the first event in `bytes` from `from` on; -1 when it has not ended. */
function endOfEvent(bytes: Buffer, from: number, hasReturns: boolean): number {
  if (!hasReturns) {
    const at = bytes.indexOf(BLANK_LINE, from);
    return at === -1 ? -1 : at + 2;
  }
  for (let index = from; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === LF) {
      if (bytes[index + 1] === LF) return index + 2;
      if (bytes[index + 1] === CR && bytes[index + 2] === LF) return index + 3;
    } else if (byte === CR && bytes[index + 1] === CR) return index + 2;
  }
  return -1;
}

/** What the data lines of one event's text say (HTML standard, "Interpreting an event stream"). */
export function dataOf(text: string): string | null {
  // What nearly every event is: one line of data.
  const end = text.indexOf("\n");
  if (end === text.length - 2 && text.endsWith("\n\n") && text.startsWith("data: ") && !text.includes("\r"))
    return text.slice(6, end);
  let data: string | null = null;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (!line.startsWith("data")) continue;
    const value =
      line === "data"
        ? ""
        : line.startsWith("data: ")
          ? line.slice(6)
          : line.startsWith("data:")
            ? line.slice(5)
            : null;
    if (value !== null) data = data === null ? value : `${data}\n${value}`;
  }
  return data;
}

/**
 * Cuts a stream of bytes into whole events, however the reads cut it. An event that the stream ends inside is yielded
 * too, closed by a blank line, when it has data.
 */
export async function* splitEvents(source: AsyncIterable<Uint8Array>): AsyncGenerator<RawEvent> {
  let rest: Buffer = NOTHING;
  // Hardly any provider ends its lines with them, and without them the end of an event is found by one search.
  let hasReturns = false;
  for await (const read of source) {
    const bytes =
      rest.length > 0 ? Buffer.concat([rest, read]) : Buffer.from(read.buffer, read.byteOffset, read.byteLength);
    hasReturns ||= read.includes(CR);
    let start = 0;
    let end = endOfEvent(bytes, Math.max(0, rest.length - 3), hasReturns);
    while (end !== -1) {
      const raw = bytes.subarray(start, end);
      yield { raw, data: dataOf(raw.toString("utf8")) };
      start = end;
      end = endOfEvent(bytes, start, hasReturns);
    }
    rest = start === bytes.length ? NOTHING : bytes.subarray(start);
  }
  const data = dataOf(rest.toString("utf8"));
  if (data !== null) yield { raw: Buffer.concat([rest, Buffer.from("\n\n")]), data };
}
