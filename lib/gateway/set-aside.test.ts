import { describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import type { Attempt } from "@/lib/gateway/plan";
import { createSetAside } from "@/lib/gateway/set-aside";

const START = Date.parse("2026-01-01T00:00:00Z");

function attempt(key: string, changes: Partial<Attempt> = {}): Attempt {
  return {
    model: findModel("gpt-4o-mini").model,
    provider: "openai",
    upstreamModel: "m",
    price: { input: 1n, output: 1n },
    credential: { kind: "pool", key },
    isPriced: true,
    baseUrl: null,
    contextWindow: 1_000,
    maxOutput: 1_000,
    billedTo: "credits",
    feeBps: 0,
    ...changes,
  };
}

function setUp() {
  let now = START;
  const keys = createSetAside(() => now);
  const attempts = [attempt("one"), attempt("two"), attempt("three")] as const;
  return {
    keys,
    attempts,
    pass: (ms: number) => {
      now += ms;
    },
    order: (list: readonly Attempt[] = attempts) =>
      keys.lastOf(list).map(({ credential }) => (credential.kind === "pool" ? credential.key : credential.kind)),
  };
}

describe("a provider key", () => {
  test.each([401, 402, 403])("that answered %i is tried last for five minutes, and never left out", (status) => {
    const { keys, attempts, pass, order } = setUp();
    keys.note(attempts[0], status, "1");
    expect(order()).toEqual(["two", "three", "one"]);
    pass(5 * 60_000 - 1);
    expect(order()).toEqual(["two", "three", "one"]);
    pass(1);
    expect(order()).toEqual(["one", "two", "three"]);
    expect(keys.size()).toBe(0);
  });

  test.each<[string | undefined, number]>([
    [undefined, 10_000],
    ["7", 7_000],
    ["3600", 60_000],
    ["Thu, 01 Jan 2026 00:00:20 GMT", 20_000],
    ["Thu, 01 Jan 2026 02:00:00 GMT", 60_000],
    ["soon", 10_000],
    ["", 10_000],
    ["1.5.7 seconds", 10_000],
  ])("that answered 429 with Retry-After %s is tried last for %i ms", (retryAfter, ms) => {
    const { keys, attempts, pass, order } = setUp();
    keys.note(attempts[1], 429, retryAfter);
    pass(ms - 1);
    expect(order()).toEqual(["one", "three", "two"]);
    pass(1);
    expect(order()).toEqual(["one", "two", "three"]);
  });

  test.each(["0", "Wed, 31 Dec 2025 23:59:59 GMT"])(
    "that may be asked again at once (%s) is not set aside",
    (value) => {
      const { keys, attempts, order } = setUp();
      keys.note(attempts[0], 429, value);
      expect(order()).toEqual(["one", "two", "three"]);
    },
  );

  test.each([200, 400, 404, 422, 500, 503])("is not set aside for a %i, which is not about it", (status) => {
    const { keys, attempts } = setUp();
    keys.note(attempts[0], status, "30");
    expect(keys.size()).toBe(0);
  });

  test("that serves again is in its place at once", () => {
    const { keys, attempts, order } = setUp();
    keys.note(attempts[0], 401);
    keys.note(attempts[1], 429);
    keys.note(attempts[0], 200);
    expect(order()).toEqual(["one", "three", "two"]);
  });

  test("is told apart by its provider, and a customer's by its id", () => {
    const { keys, order } = setUp();
    const own = (providerKeyId: string) => attempt("", { credential: { kind: "own", providerKeyId, sealed: "s" } });
    keys.note(attempt("one", { provider: "groq" }), 401);
    keys.note(own("one"), 401);
    expect(order()).toEqual(["one", "two", "three"]);
    expect(keys.lastOf([own("one"), own("two")])).toEqual([own("two"), own("one")]);
  });
});

test("where all are set aside they are tried in their order", () => {
  const { keys, attempts, order } = setUp();
  for (const each of attempts) keys.note(each, 429);
  expect(order()).toEqual(["one", "two", "three"]);
});

test("what needs no key is never set aside", () => {
  const { keys } = setUp();
  keys.note(attempt("", { credential: { kind: "none" } }), 401);
  expect(keys.size()).toBe(0);
});

test("at most ten thousand keys are remembered, the last ones", () => {
  const { keys, order } = setUp();
  for (let index = 0; index < 10_005; index += 1) keys.note(attempt(`key ${index}`), 401);
  expect(keys.size()).toBe(10_000);
  expect(order([attempt("key 4"), attempt("key 5"), attempt("key 10004")])).toEqual(["key 4", "key 5", "key 10004"]);
  expect(order([attempt("key 5"), attempt("key 4")])).toEqual(["key 4", "key 5"]);
});
