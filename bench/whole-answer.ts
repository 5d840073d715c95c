import type { Wanted } from "./workload";

/** Tells whether an answer holds everything that a whole one does, just as often as it does. */
export function wholeAnswer(wanted: readonly Wanted[]): (body: Buffer) => boolean {
  const texts = wanted.map(({ text, times }) => ({ bytes: Buffer.from(text), times }));
  return (body) =>
    texts.every(({ bytes, times }) => {
      let found = 0;
      for (let at = body.indexOf(bytes); at !== -1; at = body.indexOf(bytes, at + bytes.length)) found += 1;
      return found === times;
    });
}
