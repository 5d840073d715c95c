import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import type { RawEvent } from "@/lib/core/sse";
import { createCircuits } from "@/lib/gateway/circuits";
import { type Forwarded, ForwardFailure, forward } from "@/lib/gateway/forward";
import { createPace } from "@/lib/gateway/pace";
import type { ModelRequest } from "@/lib/gateway/parse";
import type { Attempt, Plan } from "@/lib/gateway/plan";
import { NO_TRANSLATIONS } from "@/lib/gateway/translate";
import { setEnvironment } from "@/lib/infra/config";
import { seal } from "@/lib/infra/secrets";
import { closeUpstreamPools } from "@/lib/infra/upstream-http";
import { modelRequest } from "@/lib/testing/model-request";
import { TEST_SECRETS } from "@/lib/testing/test-database";
import { PLAIN_PIECES, startUpstream, type TestUpstream, type UpstreamScript } from "@/lib/testing/upstream";

let first: TestUpstream;
let second: TestUpstream;

beforeAll(async () => {
  setEnvironment({ ...TEST_SECRETS, LOG_LEVEL: "silent", ALLOW_PRIVATE_UPSTREAMS: "true" });
  [first, second] = await Promise.all([startUpstream(), startUpstream()]);
});
afterEach(() => {
  first.reset();
  second.reset();
});
afterAll(async () => {
  await closeUpstreamPools();
  await Promise.all([first.close(), second.close()]);
  setEnvironment({ LOG_LEVEL: undefined, ALLOW_PRIVATE_UPSTREAMS: undefined });
});

const TEXT =
  ' {"model":"gpt-4o-mini", "seed":12345678901234567890,"messages":[{"role":"user","content":"h\\u0069"}] ,"new":{"model":1.10}}';

const request = (changes: Partial<ModelRequest> = {}) => modelRequest({ text: TEXT, ...changes });

const STREAMED = request({
  text: '{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"hi"}]}',
  streamed: true,
});

function attempt(upstream: TestUpstream, changes: Partial<Attempt> = {}): Attempt {
  return {
    model: findModel("gpt-4o-mini").model,
    provider: "openai",
    upstreamModel: "gpt-4o-mini",
    price: { input: 1n, output: 1n },
    credential: { kind: "pool", key: "sk-pool" },
    isPriced: true,
    baseUrl: upstream.url,
    contextWindow: 1_000,
    maxOutput: 1_000,
    billedTo: "credits",
    feeBps: 0,
    ...changes,
  };
}

function planOf(attempts: [Attempt, ...Attempt[]], clampedMaxTokens: number | null = null): Plan {
  return {
    model: "gpt-4o-mini",
    attempts,
    promptBound: 100,
    completionBound: 100,
    clampedMaxTokens,
    longestClamp: 1_000,
    choices: 1,
    cachesForAnHour: false,
  };
}

function both(): Plan {
  return planOf([attempt(first), attempt(second, { credential: { kind: "pool", key: "sk-second" } })]);
}

/** A caller who goes away once the first provider has been asked so many times. */
function goneAfter(calls: number): AbortSignal {
  const gone = new AbortController();
  void vi
    .waitFor(() => expect(first.calls).toHaveLength(calls), { timeout: 20_000, interval: 5 })
    .then(() => gone.abort());
  return gone.signal;
}

const OPTIONS = { requestId: "gen_test", translations: NO_TRANSLATIONS, timeoutMs: 5_000 };

const go = (asked: ModelRequest, planned: Plan, signal: AbortSignal | null = null, timeoutMs = 5_000) =>
  forward(asked, planned, signal, { ...OPTIONS, timeoutMs }, createCircuits());

async function failureOf(work: Promise<unknown>): Promise<ForwardFailure> {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (error instanceof ForwardFailure) return error;
  throw new Error(`no failure to forward: ${error}`);
}

function eventsOf(forwarded: Forwarded): AsyncIterable<RawEvent> {
  if (forwarded.answer.kind !== "stream") throw new Error("the answer is whole");
  return forwarded.answer.events;
}

test("how fast a provider was is measured of what it answered, and of nothing else", async () => {
  const times = createPace();
  const served = { provider: "openai", upstreamModel: "gpt-4o-mini" } as const;
  const measured = (asked: ModelRequest) =>
    forward(asked, planOf([attempt(first)]), null, OPTIONS, createCircuits(), times);
  first.respond = () => ({ status: 503 });
  await failureOf(measured(request()));
  expect(times.size()).toBe(0);
  first.respond = () => ({ delayMs: 40 });
  await measured(request());
  expect(times.throughput(served)).toBeGreaterThan(0);
  expect(times.latency(served)).toBeNull();
  const { answer } = await measured(STREAMED);
  if (answer.kind === "stream") await answer.events[Symbol.asyncIterator]().return?.();
  expect(times.latency(served)).toBeGreaterThanOrEqual(39);
});

test("a routed request names the provider's model, also where its body names none", async () => {
  const routing = { models: ["gpt-4o-mini"] as const, namesServed: true, preferences: null, sent: "" };
  await go(request({ text: '{"messages":[]}', routing }), planOf([attempt(first)]));
  expect(first.calls[0]?.body).toBe('{"messages":[],"model":"gpt-4o-mini"}');
});

describe("what is sent upstream", () => {
  test("is the caller's body byte for byte, with the pool's key and never the caller's", async () => {
    const forwarded = await go(request(), planOf([attempt(first)]));
    expect(first.calls).toHaveLength(1);
    expect(first.calls[0]).toMatchObject({
      path: "/v1/chat/completions",
      body: TEXT,
      headers: { authorization: "Bearer sk-pool", "content-type": "application/json" },
    });
    expect(forwarded).toMatchObject({
      answer: { kind: "whole" },
      attempts: [{ provider: "openai", status: 200, outcome: "served", error: null, providerKeyId: null }],
    });
  });

  test("names the model as the provider knows it, and changes nothing else", async () => {
    await go(
      request({ model: "openai/gpt-4o-mini", text: TEXT.replace('"gpt-4o-mini"', '"openai/gpt-4o-mini"') }),
      planOf([attempt(first)]),
    );
    expect(first.calls[0]?.body).toBe(TEXT);
  });

  test("asks every stream for its usage, beside whatever else the caller asked of it", async () => {
    await go(STREAMED, planOf([attempt(first)]));
    const text = '{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":false,"x":1},"messages":[]}';
    await go({ ...STREAMED, text }, planOf([attempt(first)]));
    expect(first.calls.map(({ body }) => JSON.parse(body).stream_options)).toEqual([
      { include_usage: true },
      { include_usage: true, x: 1 },
    ]);
  });

  test("has the clamp as the provider's own field", async () => {
    await go(request(), planOf([attempt(first)], 77));
    expect(JSON.parse(first.calls[0]?.body ?? "{}")).toMatchObject({ max_completion_tokens: 77 });
  });

  test("goes to the path that was called, and a clamp has the name that it has there", async () => {
    for (const path of ["embeddings", "completions"] as const)
      await go(request({ path }), planOf([attempt(first)], 77));
    expect(first.calls.map((call) => call.path)).toEqual(["/v1/embeddings", "/v1/completions"]);
    const clamped = JSON.parse(first.calls[1]?.body ?? "{}");
    expect(clamped).toMatchObject({ max_tokens: 77 });
    expect(clamped).not.toHaveProperty("max_completion_tokens");
  });

  test("has the customer's own key, opened only now", async () => {
    await go(
      request(),
      planOf([attempt(first, { credential: { kind: "own", providerKeyId: "pvk_1", sealed: seal("sk-own") } })]),
    );
    expect(first.calls[0]?.headers.authorization).toBe("Bearer sk-own");
  });

  test("never goes to a private address that a customer named, unless the operator allows it", async () => {
    setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: undefined });
    const connections = first.connections();
    const own = attempt(first, { credential: { kind: "own", providerKeyId: "pvk_1", sealed: seal("sk-own") } });
    const failure = await failureOf(
      go(request(), planOf([own, { ...own, baseUrl: first.url.replace("127.0.0.1", "localhost") }])),
    );
    setEnvironment({ ALLOW_PRIVATE_UPSTREAMS: "true" });
    expect(failure.attempts.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
    expect(first.calls).toHaveLength(0);
    expect(first.connections()).toBe(connections);
  });
});

describe("the next attempt", () => {
  const WORTH_IT = [401, 402, 403, 408, 409, 424, 425, 429, 500, 501, 502, 503, 504, 520, 522, 524, 529, 530];
  const NOT_WORTH_IT = [302, 400, 404, 405, 406, 410, 411, 413, 415, 418, 422, 431, 451];
  const KINDS = [
    ["a whole answer", request()],
    ["a stream", STREAMED],
  ] as const;
  const cases = (statuses: readonly number[]) =>
    statuses.flatMap((status) => KINDS.map(([kind, asked]) => ({ status, kind, asked })));

  test.each(cases(WORTH_IT))(
    "for $kind is made after a $status, as long as one is left, with its own key",
    async ({ status, asked }) => {
      first.respond = () => ({ status });
      const forwarded = await go(asked, both());
      expect(forwarded.attempts).toMatchObject([
        { status, outcome: "failed", error: `The test upstream answers ${status}.` },
        { status: 200, outcome: "served" },
      ]);
      expect(second.calls.map(({ headers }) => headers.authorization)).toEqual(["Bearer sk-second"]);
      const failure = await failureOf(go(asked, planOf([attempt(first)])));
      expect(failure.attempts).toMatchObject([{ status, outcome: "failed" }]);
      expect(second.calls).toHaveLength(1);
    },
  );

  test.each(cases(NOT_WORTH_IT))(
    "for $kind is not made after a $status: a request that is wrong is wrong everywhere",
    async ({ status, asked }) => {
      first.respond = () => ({ status });
      expect((await failureOf(go(asked, both()))).attempts).toMatchObject([{ status, outcome: "failed" }]);
      expect(second.calls).toHaveLength(0);
    },
  );

  test.each(
    [
      ['{"error":{"message":"we are sorry"}}', "The provider openai failed. we are sorry"],
      ['{"error":"we are sorry"}', "The provider openai failed. we are sorry"],
      ["<html>we are sorry</html>", "The provider openai gave an answer that is no JSON object."],
      ["[]", "The provider openai gave an answer that is no JSON object."],
      ['{"id":"cut', "The provider openai gave an answer that is no JSON object."],
      ["", "The provider openai gave an answer that is no JSON object."],
    ].map(([body = "", error = ""]) => ({ body, error })),
  )("is made after a whole answer with status 200 that says $body", async ({ body, error }) => {
    first.respond = () => ({ body });
    const { attempts, answer } = await go(request(), both());
    expect(attempts).toMatchObject([
      { status: 200, outcome: "failed", error },
      { status: 200, outcome: "served" },
    ]);
    expect(answer).toMatchObject({ kind: "whole", value: { object: "chat.completion" } });
    expect((await failureOf(go(request(), planOf([attempt(first)])))).error).toMatchObject({
      code: "upstream_error",
      status: 502,
      message: error,
    });
  });

  test("is made after a stream whose first data is an error, which ends there", async () => {
    first.respond = () => ({ body: ': hi\n\ndata: {"error":{"message":"overloaded, sk-pool"}}\n\ndata: [DONE]\n\n' });
    const forwarded = await go(STREAMED, both());
    expect(forwarded.attempts).toMatchObject([
      { status: 200, outcome: "failed", error: "The provider openai failed. overloaded, …" },
      { status: 200, outcome: "served" },
    ]);
    for await (const event of eventsOf(forwarded)) expect(event.data).not.toContain("error");
    const failure = await failureOf(go(STREAMED, planOf([attempt(first)])));
    expect(failure.error).toMatchObject({ status: 502, message: "The provider openai failed. overloaded, …" });
  });

  test("is not made for a stream that speaks of errors, and for an answer whose error is null", async () => {
    first.respond = () => ({ pieces: ['{"error":{"message":"quoted"}}', '"error"'] });
    expect((await go(STREAMED, both())).attempts).toMatchObject([{ outcome: "served" }]);
    first.respond = () => ({ body: '{"id":"x","error":null}' });
    expect((await go(request(), both())).attempts).toMatchObject([{ outcome: "served" }]);
    first.respond = () => ({ body: 'data: {"id":"x","error":null,"choices":[]}\n\ndata: [DONE]\n\n' });
    expect((await go(STREAMED, both())).attempts).toMatchObject([{ outcome: "served" }]);
    expect(second.calls).toHaveLength(0);
  });

  test.each([401, 402, 403, 429])(
    "is the first one of the next request, after a key that answered %i",
    async (status) => {
      first.respond = () => ({ status, headers: { "retry-after": "30" } });
      const keys = createCircuits();
      for (const asked of [request(), STREAMED]) await forward(asked, both(), null, OPTIONS, keys);
      expect([first.calls.length, second.calls.length]).toEqual([1, 2]);
      // Set aside and not forgotten: it is tried where the others fail, and keeps its place once it serves.
      first.reset();
      second.respond = () => ({ status: 503 });
      expect((await forward(request(), both(), null, OPTIONS, keys)).attempts).toMatchObject([
        { status: 503 },
        { status: 200 },
      ]);
      second.reset();
      await forward(request(), both(), null, OPTIONS, keys);
      expect(second.calls).toHaveLength(0);
    },
  );

  test("is made after a connection that breaks, and after a stream that ends before its first event", async () => {
    first.respond = () => ({ breakAfter: 0 });
    expect((await go(request(), both())).attempts).toMatchObject([
      { status: null, outcome: "failed" },
      { outcome: "served" },
    ]);
    first.respond = () => ({ body: ": thinking\n\n" });
    expect((await go(STREAMED, both())).attempts).toMatchObject([{ outcome: "failed" }, { outcome: "served" }]);
  });

  test.each<[string, UpstreamScript, ModelRequest]>([
    ["answers 503", { status: 503 }, request()],
    ["breaks the connection", { breakAfter: 0 }, request()],
    ["says an error with status 200", { body: '{"error":"x"}' }, request()],
    ["streams an error", { body: 'data: {"error":"x"}\n\n' }, STREAMED],
    ["does not answer in time", { hangAfter: 0 }, STREAMED],
  ])("is the first one, once a provider %s five times, until a probe serves", async (_, script, asked) => {
    let now = Date.now();
    const breakers = createCircuits(() => now);
    const options = { ...OPTIONS, timeoutMs: script.hangAfter === 0 ? 500 : OPTIONS.timeoutMs };
    const ask = () => forward(asked, both(), null, options, breakers);
    first.respond = () => script;
    for (let count = 0; count < 7; count += 1) {
      await ask();
      now += 200;
    }
    expect([first.calls.length, second.calls.length]).toEqual([5, 7]);
    first.reset();
    now += 5_000;
    await ask();
    expect([first.calls.length, second.calls.length]).toEqual([1, 7]);
    expect(breakers.size()).toBe(0);
  });

  test("stays the second one for refusals that are the request's own, and for callers who leave", async () => {
    const breakers = createCircuits();
    first.respond = () => ({ status: 400 });
    for (let count = 0; count < 10; count += 1) await failureOf(forward(request(), both(), null, OPTIONS, breakers));
    first.respond = () => ({ hangAfter: 0 });
    for (let count = 11; count <= 16; count += 1)
      await failureOf(forward(STREAMED, both(), goneAfter(count), OPTIONS, breakers));
    expect([breakers.size(), second.calls.length]).toEqual([0, 0]);
  });

  test("is not made where there is none, and the only way is tried although its circuit is open", async () => {
    const breakers = createCircuits();
    const ask = () => forward(request(), planOf([attempt(first)]), null, OPTIONS, breakers);
    first.respond = () => ({ status: 500 });
    for (let count = 0; count < 8; count += 1) await failureOf(ask());
    expect([first.calls.length, breakers.size()]).toEqual([8, 1]);
    first.reset();
    await ask();
    expect(breakers.size()).toBe(0);
  });

  test("is not made once the first event came: what breaks then is the stream's end", async () => {
    first.respond = () => ({ breakAfter: 2 });
    const forwarded = await go(STREAMED, both());
    let events = 0;
    await expect(async () => {
      for await (const _ of eventsOf(forwarded)) events += 1;
    }).rejects.toMatchObject({ kind: "network" });
    expect(events).toBe(2);
    expect(second.calls).toHaveLength(0);
  });

  test("where none is left gives the last one's refusal, with how each went", async () => {
    first.respond = () => ({ status: 500 });
    second.respond = () => ({ status: 429, headers: { "retry-after": "9" } });
    const failure = await failureOf(go(request(), both()));
    expect(failure.error).toMatchObject({
      code: "upstream_rate_limited",
      options: { headers: { "retry-after": "9" } },
    });
    expect(failure.attempts.map(({ status }) => status)).toEqual([500, 429]);
    expect(failure.attempt.credential).toEqual({ kind: "pool", key: "sk-second" });
  });
});

test("a 404 names the path, where it is not that of chats", async () => {
  first.respond = () => ({ status: 404 });
  const failure = await failureOf(go(request({ path: "completions" }), planOf([attempt(first)])));
  expect(failure.error).toMatchObject({ code: "model_not_found", status: 400 });
  expect(failure.error.message).toContain("at completions");
});

describe("an answer", () => {
  test("that is streamed comes event by event, whole", async () => {
    const forwarded = await go(STREAMED, planOf([attempt(first)]));
    const data: (string | null)[] = [];
    for await (const event of eventsOf(forwarded)) data.push(event.data);
    expect(data).toHaveLength(PLAIN_PIECES.length + 4);
    expect(data.at(-1)).toBe("[DONE]");
  });

  test("that does not come in time is a 504", async () => {
    first.respond = () => ({ hangAfter: 0 });
    expect((await failureOf(go(request(), planOf([attempt(first)]), null, 300))).error).toMatchObject({
      code: "upstream_timeout",
      status: 504,
    });
  });

  test("for a caller that went away is not waited for, and no further attempt is made", async () => {
    first.respond = () => ({ hangAfter: 0 });
    const failure = await failureOf(go(STREAMED, both(), goneAfter(1)));
    expect(failure.error.code).toBe("client_closed_request");
    expect(failure.attempts).toMatchObject([{ outcome: "cancelled", status: null }]);
    expect(second.calls).toHaveLength(0);
    expect(first.calls[0]?.state).toMatch(/closed|running/);
  });

  test("whose reader stops ends the call upstream", async () => {
    first.respond = () => ({ hangAfter: 3 });
    const forwarded = await go(STREAMED, planOf([attempt(first)]));
    for await (const event of eventsOf(forwarded)) {
      expect(event.data).not.toBeNull();
      break;
    }
    for (let tries = 0; tries < 100 && first.calls[0]?.state === "running"; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(first.calls[0]?.state).toBe("closed");
  });
});
