import { setImmediate } from "node:timers/promises";

/** Beyond so many characters a text is estimated and not counted, so that one request cannot hold up the others. */
const COUNTED_CHARACTERS = 100_000;
const CHARACTERS_PER_TOKEN = 4;
/**
 * The encoder's work grows with the square of a run without a break: 100,000 times the same Chinese character took it a
 * minute, with everybody else waiting. So text is counted in pieces, cut before a space where there is one; a cut inside
 * a word adds a token at most.
 */
const PIECE_CHARACTERS = 256;
/** Others have their turn after so many pieces. */
const PIECES_AT_ONCE = 40;

let counter: Promise<(text: string) => number> | undefined;

/** Loaded at first need: the vocabulary takes tens of megabytes, and providers that report usage never need it. */
function load(): Promise<(text: string) => number> {
  counter ??= import("gpt-tokenizer/encoding/o200k_base").then(
    ({ countTokens }) =>
      (text) =>
        countTokens(text, { allowedSpecial: "all" }),
  );
  return counter;
}

/** Where the piece that begins at `start` ends. */
function endOfPiece(text: string, start: number): number {
  const end = start + PIECE_CHARACTERS;
  if (end >= text.length) return text.length;
  const space = text.lastIndexOf(" ", end);
  return space > start ? space : end;
}

/** The number of tokens in a text, in OpenAI's o200k_base encoding; the rest of a very long one at four characters a token. */
export async function countTokens(text: string): Promise<number> {
  if (text === "") return 0;
  const count = await load();
  const counted = text.slice(0, COUNTED_CHARACTERS);
  let tokens = Math.ceil((text.length - counted.length) / CHARACTERS_PER_TOKEN);
  let pieces = 0;
  for (let start = 0; start < counted.length; pieces += 1) {
    if (pieces % PIECES_AT_ONCE === PIECES_AT_ONCE - 1) await setImmediate();
    const end = endOfPiece(counted, start);
    tokens += count(counted.slice(start, end));
    start = end;
  }
  return tokens;
}
