import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TIME_DIGITS = 8;
const RANDOM_DIGITS = 14;

/** What each prefix names; an id reads as what it is. */
export type IdPrefix =
  | "usr"
  | "acc"
  | "org"
  | "mem"
  | "inv"
  | "prj"
  | "key"
  | "sec"
  | "rule"
  | "pvk"
  | "eu"
  | "bud"
  | "gen"
  | "txn"
  | "prm"
  | "top"
  | "run"
  | "ins"
  | "alr"
  | "mail";

let pool = Buffer.alloc(0);
let poolOffset = 0;

/** `count` uniform base62 characters from the system's random source (rejection sampling, no modulo bias). */
export function randomBase62(count: number): string {
  let text = "";
  while (text.length < count) {
    if (poolOffset >= pool.length) {
      pool = randomBytes(4096);
      poolOffset = 0;
    }
    const byte = pool[poolOffset++] ?? 255;
    if (byte < 248) text += ALPHABET[byte % 62];
  }
  return text;
}

/** `value` in base62, zero-padded to `width`. */
export function toBase62(value: number, width: number): string {
  let text = "";
  let rest = value;
  while (rest > 0) {
    text = ALPHABET[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text.padStart(width, "0");
}

/** A new id: prefix, eight base62 digits of the time in ms (so ids sort by time), fourteen random ones. */
export function newId(prefix: IdPrefix, now: number = Date.now()): string {
  return `${prefix}_${toBase62(now, TIME_DIGITS)}${randomBase62(RANDOM_DIGITS)}`;
}

/** The time that an id of ours carries, in ms since 1970; null when it is not such an id. */
export function idTime(id: string): number | null {
  const match = /^[a-z]+_([0-9A-Za-z]{8})[0-9A-Za-z]{14}$/.exec(id);
  if (!match?.[1]) return null;
  let value = 0;
  for (const character of match[1]) value = value * 62 + ALPHABET.indexOf(character);
  return value;
}
