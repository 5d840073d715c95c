import { dataOf } from "@/lib/core/sse";
import { redact } from "@/lib/infra/redact";

/** Of each of the two bodies; the database checks the same. */
export const CAPTURE_BYTES_MAX = 256 * 1024;

/** What is looked at beyond the bound, so that a credential that begins before it is still known as one. */
const BEYOND_BYTES = 4 * 1024;

/** How much of a body has to be at hand to keep its beginning. */
export const CAPTURE_LOOK_BYTES = CAPTURE_BYTES_MAX + BEYOND_BYTES;

/** A body as it is kept. */
export interface CapturedText {
  text: string;
  /** Whether it was longer, and only its beginning is here. */
  cut: boolean;
}

/** A backslash that stands for itself, or an ASCII character that was written as its number. */
const ESCAPE = /\\\\|\\u00([2-7][0-9a-f])/gi;
const PART_OF_A_KEY = /[\w.:/?&=@+-]/;

/** JSON in which what a credential can be made of is written plainly, so that no other spelling hides one. */
function plainly(text: string): string {
  if (!text.includes("\\u00")) return text;
  return text.replace(ESCAPE, (written: string, hex: string | undefined) => {
    const character = hex === undefined ? "" : String.fromCharCode(Number.parseInt(hex, 16));
    return PART_OF_A_KEY.test(character) ? character : written;
  });
}

/** A text within a JSON value: the object or list that has it, and under which name. */
interface Leaf {
  /** Where it stands, the same in each event of a stream; choices are told apart by their `index`. */
  place: string;
  text: string;
  replace: (text: string) => void;
}

/** Deeper than any dialect's events. */
const DEPTH_MAX = 12;

function collectLeaves(value: unknown, place: string, leaves: Leaf[], depth = 0): void {
  if (typeof value !== "object" || value === null || depth > DEPTH_MAX) return;
  const index: unknown = Reflect.get(value, "index");
  const here = typeof index === "number" ? `${place}#${index}` : place;
  for (const [name, member] of Object.entries(value)) {
    const inside = Array.isArray(value) ? `${here}[]` : `${here}.${name}`;
    if (typeof member === "string") {
      leaves.push({ place: inside, text: member, replace: (text) => Reflect.set(value, name, text) });
    } else collectLeaves(member, inside, leaves, depth + 1);
  }
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    // No JSON, or an event that the bound cut.
    return null;
  }
}

/**
 * A stream's events with the credentials masked that came in pieces, a few letters an event: what stands at one place of
 * each event is looked at together. Where one is found, all that came there is said by the first of these events.
 */
function maskPieces(stream: string): string {
  const events = stream.split(/(?<=\n\n|\r\n\r\n|\r\r)/).map((text) => ({ text, value: parsed(dataOf(text)) }));
  const byPlace = new Map<string, { event: (typeof events)[number]; leaf: Leaf }[]>();
  for (const event of events) {
    const leaves: Leaf[] = [];
    collectLeaves(event.value, "", leaves);
    for (const leaf of leaves) {
      const together = byPlace.get(leaf.place);
      if (together) together.push({ event, leaf });
      else byPlace.set(leaf.place, [{ event, leaf }]);
    }
  }
  const changed = new Set<(typeof events)[number]>();
  for (const pieces of byPlace.values()) {
    const whole = pieces.map(({ leaf }) => leaf.text).join("");
    const masked = redact(whole);
    if (masked === whole || pieces.map(({ leaf }) => redact(leaf.text)).join("") === masked) continue;
    for (const [position, { event, leaf }] of pieces.entries()) {
      leaf.replace(position === 0 ? masked : "");
      changed.add(event);
    }
  }
  return events
    .map((event) => {
      if (!changed.has(event)) return event.text;
      const name = /^event: ?.*$/m.exec(event.text)?.[0];
      return `${name === undefined ? "" : `${name}\n`}data: ${JSON.stringify(event.value)}\n\n`;
    })
    .join("");
}

/** The longest beginning of `text` that has at most `bytes` bytes in UTF-8. */
function beginning(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.byteLength <= bytes) return text;
  let end = bytes;
  // 10xxxxxx goes on with a character that began before.
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return buffer.toString("utf8", 0, end);
}

/**
 * A body as it may be kept: credentials masked, however they were spelt or cut into events, fit for the database, and at
 * most `CAPTURE_BYTES_MAX` bytes long.
 * @param body at least the first `CAPTURE_LOOK_BYTES` of it, where it has so many.
 */
export function capturedText(body: string, isStream: boolean): CapturedText {
  const isLong = Buffer.byteLength(body) > CAPTURE_BYTES_MAX;
  const looked = plainly(isLong ? beginning(body, CAPTURE_LOOK_BYTES) : body);
  const masked = redact(isStream ? maskPieces(looked) : looked)
    .toWellFormed()
    .replaceAll("\u0000", "�");
  const text = beginning(masked, CAPTURE_BYTES_MAX);
  return { text, cut: isLong || text.length < masked.length };
}
