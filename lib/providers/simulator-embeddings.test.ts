import { describe, expect, test } from "vitest";
import { type ProviderAnswer, ProviderFailure } from "@/lib/providers/provider";
import { simulator } from "@/lib/providers/simulator";

function ask(body: Record<string, unknown>): Promise<ProviderAnswer> {
  return simulator.send({
    path: "embeddings",
    key: "",
    baseUrl: null,
    publicOnly: false,
    body: JSON.stringify({ model: "simulator/embed", input: "Hello", ...body }),
    signal: null,
    timeoutMs: 1_000,
  });
}

interface Embeddings {
  data: { object: string; index: number; embedding: number[] | string }[];
  usage?: { prompt_tokens: number; total_tokens: number };
}

const wholeOf = async (body: Record<string, unknown>): Promise<Embeddings> =>
  JSON.parse(await (await ask(body)).text());

async function vectorsOf(body: Record<string, unknown>): Promise<number[][]> {
  return (await wholeOf(body)).data.map(({ embedding }) => {
    if (typeof embedding !== "string") return embedding;
    const bytes = Buffer.from(embedding, "base64");
    return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
  });
}

const lengthOf = (vector: readonly number[]) => Math.hypot(...vector);

describe("the simulator's embeddings", () => {
  test("are unit vectors of as many numbers as asked for, else 1536", async () => {
    for (const dimensions of [undefined, 1, 2, 256, 4_096]) {
      const [vector = []] = await vectorsOf({ dimensions });
      expect(vector).toHaveLength(dimensions ?? 1_536);
      expect(lengthOf(vector)).toBeCloseTo(1, 5);
    }
  });

  test("follow from the text alone: the same for the same, another for another", async () => {
    const [one, two, three] = await vectorsOf({ input: ["Hello", "Hello", "hello"] });
    expect(one).toEqual(two);
    expect(one).not.toEqual(three);
    expect((await vectorsOf({}))[0]).toEqual(one);
    expect((await vectorsOf({ model: "text-embedding-3-small" }))[0]).toEqual(one);
  });

  test("are the same numbers in base64", async () => {
    const input = ["Hello", "žluť 😀"];
    const { data } = await wholeOf({ input, encoding_format: "base64" });
    expect(data.map(({ embedding }) => typeof embedding)).toEqual(["string", "string"]);
    expect(await vectorsOf({ input, encoding_format: "base64" })).toEqual(await vectorsOf({ input }));
  });

  test("come in order for every input in all its forms, with the tokens counted", async () => {
    const { data, usage } = await wholeOf({ input: ["four", "eight888"] });
    expect(data.map(({ object, index }) => [object, index])).toEqual([
      ["embedding", 0],
      ["embedding", 1],
    ]);
    expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
    expect((await wholeOf({ input: [1, 2, 3] })).usage?.prompt_tokens).toBe(3);
    expect(await wholeOf({ input: [[1, 2, 3], [4]] })).toMatchObject({ data: [{}, {}], usage: { prompt_tokens: 4 } });
    expect((await wholeOf({ input: Array.from({ length: 100 }, () => "a"), dimensions: 2 })).data).toHaveLength(100);
  });

  test("follow the directives in the last input that make sense of them", async () => {
    expect((await ask({ input: "[[status:429]]" })).status).toBe(429);
    expect(await wholeOf({ input: "[[no-usage]]" })).not.toHaveProperty("usage");
    await expect(wholeOf({ input: "[[cut:1]]" })).rejects.toThrow(ProviderFailure);
  });

  test("of what it does not understand are a 400", async () => {
    for (const body of [
      { input: 7 },
      { input: [] },
      { dimensions: 0 },
      { dimensions: 5_000 },
      { encoding_format: "x" },
    ])
      expect((await ask(body)).status).toBe(400);
  });
});
