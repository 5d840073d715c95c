import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { type Simulated, wholeAnswer } from "@/lib/providers/simulator-answer";
import { SimulatedPrompts } from "@/lib/providers/simulator-prompts";

const DEFAULT_DIMENSIONS = 1_536;
const LARGEST_DIMENSIONS = 4_096;
/** Others have their turn after so many vectors. */
const VECTORS_AT_ONCE = 16;

const EmbeddingsBody = z.looseObject({
  model: z.string(),
  input: SimulatedPrompts,
  dimensions: z.number().int().min(1).max(LARGEST_DIMENSIONS).nullish(),
  encoding_format: z.enum(["float", "base64"]).nullish(),
});

/** FNV-1a over UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}

/** Numbers that look random and follow from the text alone (Mulberry32), of length one together. */
function unitVector(text: string, dimensions: number): Float32Array<ArrayBuffer> {
  const vector = new Float32Array(dimensions);
  let state = hashOf(text);
  let squares = 0;
  for (let index = 0; index < dimensions; index += 1) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    // In the middle between two steps of 32 bits, so that it is never zero, and one dimension has a length too.
    const value = (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 31 - 1;
    vector[index] = value;
    squares += value * value;
  }
  const length = Math.sqrt(squares);
  return vector.map((value) => value / length);
}

/** Reads an embeddings body; null when it is none. */
export function simulateEmbeddings(value: unknown): Simulated | null {
  const parsed = EmbeddingsBody.safeParse(value);
  if (!parsed.success) return null;
  const { model, input, dimensions, encoding_format } = parsed.data;
  return {
    steer: input.at(-1)?.text ?? "",
    answer: async (directives) => {
      const data: object[] = [];
      for (const { text } of input) {
        if (data.length % VECTORS_AT_ONCE === VECTORS_AT_ONCE - 1) await setImmediate();
        const vector = unitVector(text, dimensions ?? DEFAULT_DIMENSIONS);
        const embedding = encoding_format === "base64" ? Buffer.from(vector.buffer).toString("base64") : [...vector];
        data.push({ object: "embedding", index: data.length, embedding });
      }
      const tokens = input.reduce((sum, prompt) => sum + prompt.tokens, 0);
      const usage = directives.usage ? { usage: { prompt_tokens: tokens, total_tokens: tokens } } : {};
      return wholeAnswer(JSON.stringify({ object: "list", data, model, ...usage }), directives);
    },
  };
}
