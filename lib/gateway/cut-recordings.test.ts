import { describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { ZERO_USD } from "@/lib/core/money";
import { type RawEvent, splitEvents } from "@/lib/core/sse";
import {
  type ClientDialect,
  prepareTranslation,
  sendTranslated,
  type TargetModel,
  type Translation,
} from "@/lib/dialects/translate";
import type { Hold } from "@/lib/gateway/admit";
import { DIALECTS } from "@/lib/gateway/dialect";
import { type Metered, meter, usageOf } from "@/lib/gateway/meter";
import type { ModelRequest } from "@/lib/gateway/parse";
import { type Attempt, boundOf, offered, planOf, waysOf } from "@/lib/gateway/plan";
import { type RelayEnd, relay } from "@/lib/gateway/relay";
import type { Tapped } from "@/lib/gateway/tap";
import { CLAUDE, GPT } from "@/lib/testing/dialects";
import { modelRequest } from "@/lib/testing/model-request";
import { framedAs, hasRecordings, RECORDINGS, type Recording, recording, recordings } from "@/lib/testing/recordings";

type StreamKind = "chat" | "completions" | "messages";
type StreamRecording = Recording & { kind: StreamKind };

const STREAMS = recordings()
  .map(recording)
  .flatMap((recorded): StreamRecording[] => {
    const { kind, streamed } = recorded;
    return streamed && (kind === "chat" || kind === "completions" || kind === "messages")
      ? [{ ...recorded, kind }]
      : [];
  });

/** How a kind of stream is asked for in its own dialect. */
const REQUESTS: Readonly<Record<StreamKind, Pick<ModelRequest, "path" | "dialect">>> = {
  chat: { path: "chat/completions", dialect: "openai" },
  completions: { path: "completions", dialect: "openai" },
  messages: { path: "messages", dialect: "anthropic" },
};

/** Who reads a kind of stream in the other dialect; OpenAI's older completions have no counterpart there. */
const TRANSLATIONS: Readonly<
  Record<Exclude<StreamKind, "completions">, { client: ClientDialect; target: TargetModel; read: "chat" | "messages" }>
> = {
  chat: { client: "anthropic-messages", target: GPT, read: "messages" },
  messages: { client: "openai-chat", target: CLAUDE, read: "chat" },
};

const AS_SENT = "as it was sent";

/** What providers and proxies do to the frame of a stream; an item is one event with what stands around it. */
const FORMS: Readonly<Record<string, (events: readonly string[]) => string[]>> = {
  [AS_SENT]: (events) => [...events],
  "with lines that end in CR LF": (events) => events.map((event) => event.replaceAll("\n", "\r\n")),
  "with comments around and inside its events": (events) =>
    events.map((event) => `: keep-alive žluť 😀\n\n${event.replace("data: ", ": note\ndata: ")}`),
  "without its last newline": (events) =>
    events.map((event, index) => (index === events.length - 1 ? event.trimEnd() : event)),
};

/** A recorded stream as its framed events, in a form. */
function framed({ sent }: Pick<Recording, "sent">, form: string): Buffer[] {
  const make = FORMS[form];
  if (!make) throw new Error(`no form ${form}`);
  const events = sent.split("\n\n").filter((event) => event !== "");
  return make(events.map((event) => `${event}\n\n`)).map((event) => Buffer.from(event));
}

/** Reads whose ends are at byte `at` of every `every`th event that is so long; the events between come in one read. */
function readsCutAt(events: readonly Buffer[], at: number, every: number): Buffer[] {
  const bytes = Buffer.concat(events);
  const reads: Buffer[] = [];
  let from = 0;
  let start = 0;
  for (const [index, event] of events.entries()) {
    if (index % every === 0 && at < event.length && start + at > from) {
      reads.push(bytes.subarray(from, start + at));
      from = start + at;
    }
    start += event.length;
  }
  return [...reads, bytes.subarray(from)];
}

/** Reads of so many bytes, the first one shorter by `shift`. */
function shiftedReads(bytes: Buffer, size: number, shift: number): Buffer[] {
  const reads = [bytes.subarray(0, size - shift)];
  for (let from = size - shift; from < bytes.length; from += size) reads.push(bytes.subarray(from, from + size));
  return reads;
}

/** A stream in reads of so many bytes, once for every shift: over all of them, each byte is once the last of a read. */
const everyShift = (bytes: Buffer, size: number) =>
  Array.from({ length: size }, (_, shift) => ({ shift, reads: shiftedReads(bytes, size, shift) }));

const longest = (events: readonly Buffer[]) => Math.max(...events.map(({ length }) => length));

async function* reading(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function eventsOf(parts: readonly Uint8Array[]): Promise<RawEvent[]> {
  const events: RawEvent[] = [];
  for await (const event of splitEvents(reading(parts))) events.push(event);
  return events;
}

/** Every event's data and all bytes, as one text: what two cuts of the same stream are compared by. */
async function said(parts: readonly Uint8Array[]): Promise<string> {
  const events = await eventsOf(parts);
  const raw = Buffer.concat(events.map((event) => event.raw)).toString("latin1");
  return `${JSON.stringify(events.map((event) => event.data))}\n${raw}`;
}

const dataIn = async (parts: readonly Uint8Array[]) =>
  (await eventsOf(parts)).flatMap(({ data }) => (data === null ? [] : [data]));

/** What the events of a stream say as its provider framed them, without any cut. */
function listen(kind: StreamKind, parts: readonly string[]): Tapped {
  const tap = DIALECTS[REQUESTS[kind].dialect].tapStream();
  for (const part of parts) tap.event(part);
  return tap.result();
}

interface Relayed {
  bytes: Buffer;
  parts: number;
  ends: RelayEnd[];
}

/** Relays events as the pipeline does, to a caller who goes away after `stopAfter` parts. */
async function relayed(kind: StreamKind, events: AsyncIterable<RawEvent>, stopAfter = Infinity): Promise<Relayed> {
  const ends: RelayEnd[] = [];
  const bytes: Uint8Array[] = [];
  const stream = relay({
    request: requestOf(kind),
    model: "m",
    events,
    requestId: "gen_1",
    provider: "openai",
    isByok: false,
    mask: (text) => text,
    signal: new AbortController().signal,
    priceOf: () => Promise.reject(new Error("nobody asked for usage")),
    onEnd: async (end) => {
      ends.push(end);
    },
  });
  for await (const part of stream) {
    bytes.push(part);
    if (bytes.length === stopAfter) break;
  }
  return { bytes: Buffer.concat(bytes), parts: bytes.length, ends };
}

function requestOf(kind: StreamKind): ModelRequest {
  return modelRequest({
    ...REQUESTS[kind],
    model: "m",
    streamed: true,
    maxTokens: 2_000,
    mostPromptTokens: 20_000,
    promptText: () => "Hello there, how are you today?",
  });
}

/** The caller's name for the model, in the place of the provider's, which each event of a chat and the first of a message has. */
function named(kind: StreamKind, part: string): string {
  if (kind === "messages" && JSON.parse(part).type !== "message_start") return part;
  return part.replace(/("model":\s*)"[^"]*"/, '$1"m"');
}

function isUsageChunk(part: string): boolean {
  const { choices, usage } = JSON.parse(part);
  return Array.isArray(choices) && choices.length === 0 && usage !== null && usage !== undefined;
}

/** The same short question, asked in the other dialect than the recording's. */
function askedAcross(kind: "chat" | "messages"): Promise<Translation> {
  const { client, target } = TRANSLATIONS[kind];
  const asked = { model: "m", max_tokens: 2_000, stream: true, messages: [{ role: "user", content: "Hello" }] };
  const options = client === "openai-chat" ? { stream_options: { include_usage: true } } : {};
  return prepareTranslation(client, { ...asked, ...options }, target);
}

/** What a caller in the other dialect reads, and what broke, if anything did. */
async function translated(translation: Translation, reads: readonly Uint8Array[]): Promise<Buffer> {
  const body = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const read of reads) controller.enqueue(read);
        controller.close();
      },
    });
  const answer = await sendTranslated(
    translation,
    {
      baseUrl: "https://provider.test/v1",
      key: "the-provider-key",
      maxTokensField: "max_completion_tokens",
      fetch: async () => new Response(body(), { headers: { "content-type": "text/event-stream" } }),
    },
    { id: "id_1", created: 1_700_000_000, model: "m" },
    null,
    null,
  );
  const parts: Uint8Array[] = [];
  try {
    for await (const part of answer.body) parts.push(part);
  } catch (error) {
    parts.push(Buffer.from(`broken: ${error instanceof Error ? error.message : error}`));
  }
  return Buffer.concat(parts);
}

/** The frames of longer streams are of the same forms, only more of them, and the AI SDK takes its time for each. */
const LONG_BYTES = 20_000;

const TITLED = STREAMS.map((recorded) => [recorded.file, recorded] as const);
const TRANSLATED = STREAMS.flatMap((recorded) => {
  const { kind } = recorded;
  return kind === "completions" ? [] : [[recorded.file, { ...recorded, kind }] as const];
});

describe.skipIf(!hasRecordings)(RECORDINGS, () => {
  test("of every kind of stream are there, with characters of many bytes and lines longer than a packet's", () => {
    expect(new Set(STREAMS.map(({ kind }) => kind))).toEqual(new Set(["chat", "completions", "messages"]));
    for (const kind of ["chat", "messages"] as const)
      expect(
        STREAMS.some((stream) => stream.kind === kind && Buffer.byteLength(stream.sent) > stream.sent.length),
      ).toBe(true);
  });

  describe.each(Object.keys(FORMS))("%s", (form) => {
    test.each(TITLED)("%s: the same events wherever reads end", { timeout: 60_000 }, async (_, recorded) => {
      const bytes = Buffer.concat(framed(recorded, form));
      const whole = await said([bytes]);
      for (const { shift, reads } of everyShift(bytes, 16))
        expect(await said(reads), `shifted by ${shift}`).toBe(whole);
    });

    test.each(TITLED)("%s: intact text, exact usage", async (_, recorded) => {
      const { kind, parts } = recorded;
      const { bytes, ends } = await relayed(kind, splitEvents(reading(framed(recorded, form))));
      const passing = parts.filter((part) => !isUsageChunk(part)).map((part) => named(kind, part));
      expect(await dataIn([bytes])).toEqual(kind === "messages" ? passing : [...passing, "[DONE]"]);
      expect(ends).toMatchObject([{ end: "complete", error: null }]);
      expect(ends[0]?.tapped).toEqual(listen(kind, parts));
    });

    const translatedHere =
      form === AS_SENT ? TRANSLATED : TRANSLATED.filter(([, { sent }]) => sent.length < LONG_BYTES);
    test.each(translatedHere)(
      "%s by translation: the same answer wherever reads end",
      { timeout: 60_000 },
      async (_, recorded) => {
        const bytes = Buffer.concat(framed(recorded, form));
        const translation = await askedAcross(recorded.kind);
        const whole = (await translated(translation, framed(recorded, AS_SENT))).toString();
        // The AI SDK takes its time for each event, so in few passes of short reads.
        for (const { shift, reads } of everyShift(bytes, 4)) {
          const cut = await translated(translation, reads);
          expect(cut.toString(), `shifted by ${shift}`).toBe(whole);
        }
      },
    );
  });

  test.each(TITLED)(
    "%s: cut at every byte of every event, the same events",
    { timeout: 60_000 },
    async (_, recorded) => {
      const events = framed(recorded, AS_SENT);
      let whole = { events: 0, said: "" };
      for (let at = 0; at < longest(events); at += 1) {
        // An event that is shorter is not cut here, so only those beside one that is cut could notice.
        const near = events.filter((_, index) =>
          [index - 1, index, index + 1].some((beside) => (events[beside]?.length ?? 0) > at),
        );
        // They only become fewer, so as many are the same ones.
        if (near.length !== whole.events) whole = { events: near.length, said: await said([Buffer.concat(near)]) };
        for (const every of [1, 3]) expect(await said(readsCutAt(near, at, every)), `byte ${at}`).toBe(whole.said);
      }
    },
  );

  describe("a caller who goes away after any chunk", () => {
    const [offer] = findModel("gpt-4o-mini").model.offers;
    if (!offer) throw new Error("nobody sells gpt-4o-mini");
    const attempt: Attempt = {
      ...offered(findModel("gpt-4o-mini").model, offer),
      credential: { kind: "none" },
      baseUrl: null,
      billedTo: "credits",
      feeBps: 0,
    };

    function holdFor(request: ModelRequest): Hold {
      const ways = waysOf([attempt]);
      if (!ways) throw new Error("there is no way");
      const plan = planOf(ways, request);
      const amount = boundOf(plan);
      return {
        requestId: "gen_1",
        amount,
        creditsAmount: amount,
        meters: [],
        plan,
        requestsLeft: null,
        tokensLeft: null,
      };
    }

    async function expectBilled(kind: StreamKind, data: readonly string[]): Promise<void> {
      const request = requestOf(kind);
      const hold = holdFor(request);
      const frames = framed({ sent: framedAs(kind, data) }, AS_SENT);
      const costs: Metered["cost"][] = [];
      for (let stopAfter = 1; ; stopAfter += 1) {
        const { parts, ends } = await relayed(kind, splitEvents(reading(frames)), stopAfter);
        expect(ends).toHaveLength(1);
        const [end] = ends;
        if (!end || parts < stopAfter) break;
        const { cost, charged } = meter(await usageOf(request, end.tapped), attempt, hold);
        if (end.tapped.produced) expect(cost, `after chunk ${stopAfter}`).toBeGreaterThan(ZERO_USD);
        expect(cost <= hold.amount, `after chunk ${stopAfter}`).toBe(true);
        expect(charged).toBe(cost);
        costs.push(cost);
      }
      expect(costs.length).toBeGreaterThan(1);
      expect(costs.at(-1)).toBeGreaterThan(ZERO_USD);
    }

    test.each(TITLED)(
      "of %s is billed above zero once tokens flowed, and at most the hold",
      { timeout: 60_000 },
      (_, recorded) => expectBilled(recorded.kind, recorded.parts),
    );

    test.each(TRANSLATED)("of %s by translation is billed so too", { timeout: 60_000 }, async (_, recorded) => {
      const { kind } = recorded;
      const answer = await dataIn([await translated(await askedAcross(kind), framed(recorded, AS_SENT))]);
      await expectBilled(
        TRANSLATIONS[kind].read,
        answer.filter((data) => data !== "[DONE]"),
      );
    });
  });
});
