import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dataOf, type RawEvent, splitEvents } from "@/lib/core/sse";
import { processorMs } from "@/lib/testing/processor-time";

async function* reads(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function split(parts: readonly Uint8Array[]): Promise<RawEvent[]> {
  const events: RawEvent[] = [];
  // An event's bytes may be a view of the read that brought them.
  for await (const event of splitEvents(reads(parts))) events.push({ raw: Buffer.from(event.raw), data: event.data });
  return events;
}

const dataIn = (events: readonly RawEvent[]) => events.map(({ data }) => data);
const bytesIn = (events: readonly RawEvent[]) => Buffer.concat(events.map(({ raw }) => raw)).toString("utf8");

/** Streams in every shape that providers send, and the data of their events. */
const SHAPES: Record<string, { text: string; data: (string | null)[] }> = {
  "chat chunks": {
    text: 'data: {"a":1}\n\ndata: {"b":"x\\n\\ny"}\n\ndata: [DONE]\n\n',
    data: ['{"a":1}', '{"b":"x\\n\\ny"}', "[DONE]"],
  },
  "lines that end in CR LF": { text: "data: one\r\n\r\ndata: two\r\n\r\n", data: ["one", "two"] },
  "lines that end in CR": { text: "data: one\r\rdata: two\r\r", data: ["one", "two"] },
  "named events": {
    text: 'event: message_start\ndata: {"type":"message_start"}\n\nevent: ping\ndata: {}\n\n',
    data: ['{"type":"message_start"}', "{}"],
  },
  "comments between": {
    text: ": keep-alive\n\ndata: one\n\n: OPENROUTER PROCESSING\n\ndata: two\n\n",
    data: [null, "one", null, "two"],
  },
  "a comment inside an event": { text: ": note\ndata: one\n: note\n\n", data: ["one"] },
  "data of several lines": { text: "data: one\ndata: two\ndata:\ndata: four\n\n", data: ["one\ntwo\n\nfour"] },
  "no space after the colon": { text: "data:one\n\ndata:  two\n\ndata\n\n", data: ["one", " two", ""] },
  "characters of many bytes": {
    text: "data: žluťoučký 漢字 😀👩‍👩‍👧\n\ndata: é\n\n",
    data: ["žluťoučký 漢字 😀👩‍👩‍👧", "é"],
  },
  "fields beside the data": { text: "id: 7\nretry: 10\ndata: one\ndatabase: no\n\n", data: ["one"] },
};

describe("a stream of events", () => {
  describe.each(Object.entries(SHAPES))("with %s", (_, { text, data }) => {
    const bytes = Buffer.from(text);

    test("is cut into the same events wherever one read ends", async () => {
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        const events = await split([bytes.subarray(0, cut), bytes.subarray(cut)]);
        expect(dataIn(events), `cut at byte ${cut}`).toEqual(data);
        expect(bytesIn(events), `cut at byte ${cut}`).toBe(text);
      }
    });

    test("is cut into the same events when it comes byte by byte", async () => {
      const events = await split([...bytes].map((byte) => Uint8Array.of(byte)));
      expect(dataIn(events)).toEqual(data);
      expect(bytesIn(events)).toBe(text);
    });
  });

  test("is cut into the same events however many reads cut it, where line ends are mixed too", async () => {
    const text = Object.values(SHAPES)
      .map((shape) => shape.text)
      .join("");
    const data = Object.values(SHAPES).flatMap((shape) => shape.data);
    const bytes = Buffer.from(text);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(bytes.length), { maxLength: 40 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const events = await split(places.slice(1).map((end, index) => bytes.subarray(places[index], end)));
        expect(dataIn(events)).toEqual(data);
        expect(bytesIn(events)).toBe(text);
      }),
    );
  });

  test("gives all events of one read at once, in order", async () => {
    const text = Array.from({ length: 1_000 }, (_, index) => `data: ${index}\n\n`).join("");
    expect(dataIn(await split([Buffer.from(text)]))).toEqual(
      Array.from({ length: 1_000 }, (_, index) => String(index)),
    );
  });

  test("that ends inside an event yields what it has, closed", async () => {
    for (const [text, whole] of [
      ["data: one\n\ndata: two", "data: one\n\ndata: two\n\n"],
      ["data: one\n\ndata: two\n", "data: one\n\ndata: two\n\n\n"],
    ] as const) {
      const events = await split([Buffer.from(text)]);
      expect(dataIn(events)).toEqual(["one", "two"]);
      expect(bytesIn(events)).toBe(whole);
    }
  });

  test("that ends inside a comment or is empty yields no event more", async () => {
    expect(dataIn(await split([Buffer.from("data: one\n\n: bye")]))).toEqual(["one"]);
    expect(await split([])).toEqual([]);
    expect(await split([Buffer.alloc(0), Buffer.alloc(0)])).toEqual([]);
  });

  test("ends its source when the reader stops", async () => {
    let ended = false;
    async function* source() {
      try {
        for (;;) yield Buffer.from("data: x\n\n");
      } finally {
        ended = true;
      }
    }
    for await (const event of splitEvents(source())) {
      expect(event.data).toBe("x");
      break;
    }
    expect(ended).toBe(true);
  });

  test("passes its source's failure on after the events that came before it", async () => {
    async function* source() {
      yield Buffer.from("data: one\n\ndata: tw");
      throw new Error("cut");
    }
    const seen: (string | null)[] = [];
    await expect(async () => {
      for await (const event of splitEvents(source())) seen.push(event.data);
    }).rejects.toThrow("cut");
    expect(seen).toEqual(["one"]);
  });

  test("with one event of megabytes in small reads is read in a moment", async () => {
    const line = Buffer.from(`data: ${"x".repeat(4_000_000)}\n\n`);
    const parts = Array.from({ length: Math.ceil(line.length / 16_384) }, (_, index) =>
      line.subarray(index * 16_384, (index + 1) * 16_384),
    );
    const startedAt = processorMs();
    const [event] = await split(parts);
    expect(event?.data?.length).toBe(4_000_000);
    expect(processorMs() - startedAt).toBeLessThan(3_000);
  });
});

test("text without data lines has no data", () => {
  expect(dataOf("event: ping\nid: 1\n\n")).toBeNull();
  expect(dataOf("")).toBeNull();
});
