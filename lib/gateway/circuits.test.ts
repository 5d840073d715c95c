import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { createCircuits, outcomeOf } from "@/lib/gateway/circuits";
import type { Attempt } from "@/lib/gateway/plan";
import { setEnvironment } from "@/lib/infra/config";
import { TEST_SECRETS } from "@/lib/testing/test-database";

const START = Date.parse("2026-01-01T00:00:00Z");

beforeAll(() => setEnvironment({ ...TEST_SECRETS, LOG_LEVEL: "silent" }));
afterAll(() => setEnvironment({ LOG_LEVEL: undefined }));

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

const own = (providerKeyId: string, changes: Partial<Attempt> = {}) =>
  attempt("", { credential: { kind: "own", providerKeyId, sealed: "s" }, ...changes });

const nameOf = ({ credential }: Attempt) => (credential.kind === "pool" ? credential.key : credential.kind);

function setUp() {
  let now = START;
  const circuits = createCircuits(() => now);
  const attempts = [attempt("one"), attempt("two"), attempt("three")] as const;
  return {
    circuits,
    attempts,
    pass: (ms: number) => {
      now += ms;
    },
    fail: (which: Attempt, times: number) => {
      for (let count = 0; count < times; count += 1) circuits.note(which, "failed", 0);
    },
    /** The order in which a request would try them all; what is due counts as probed by it. */
    order: (list: readonly Attempt[] = attempts) => {
      const tried: string[] = [];
      let left = list;
      for (let next = circuits.next(left); next !== null; next = circuits.next(left)) {
        tried.push(nameOf(next));
        left = left.filter((other) => other !== next);
      }
      return tried;
    },
  };
}

const IN_PLACE = ["one", "two", "three"];
const LAST = ["two", "three", "one"];

describe("a provider key", () => {
  test("that was refused is tried last for five minutes, and never left out", () => {
    const { circuits, attempts, pass, order } = setUp();
    circuits.note(attempts[0], "refused", 0, "1");
    expect(order()).toEqual(LAST);
    pass(5 * 60_000 - 1);
    expect(order()).toEqual(LAST);
    pass(1);
    expect(order()).toEqual(IN_PLACE);
  });

  test.each<[string | undefined, number]>([
    [undefined, 10_000],
    ["7", 7_000],
    ["1.5", 1_500],
    ["3600", 60_000],
    ["Thu, 01 Jan 2026 00:00:20 GMT", 20_000],
    ["Thu, 01 Jan 2026 02:00:00 GMT", 60_000],
    ["soon", 10_000],
    ["", 10_000],
    ["1.5.7 seconds", 10_000],
    ["2026", 60_000],
  ])("that was limited with Retry-After %s is tried last for %i ms", (retryAfter, ms) => {
    const { circuits, attempts, pass, order } = setUp();
    circuits.note(attempts[1], "limited", 0, retryAfter);
    pass(ms - 1);
    expect(order()).toEqual(["one", "three", "two"]);
    pass(1);
    expect(order()).toEqual(IN_PLACE);
  });

  test.each(["0", "Wed, 31 Dec 2025 23:59:59 GMT"])("that may be asked again at once (%s) keeps its place", (value) => {
    const { circuits, attempts, order } = setUp();
    circuits.note(attempts[0], "limited", 0, value);
    expect(order()).toEqual(IN_PLACE);
  });

  test("that serves again is in its place at once", () => {
    const { circuits, attempts, order } = setUp();
    circuits.note(attempts[0], "refused", 0);
    circuits.note(attempts[1], "limited", 0);
    circuits.note(attempts[0], "served", 0);
    expect(order()).toEqual(["one", "three", "two"]);
  });

  test("is told apart by its provider, its address, and a customer's by its id", () => {
    const { circuits, attempts, order } = setUp();
    circuits.note(attempt("one", { provider: "groq" }), "refused", 0);
    circuits.note(attempt("one", { baseUrl: "https://other.test/v1" }), "refused", 0);
    circuits.note(own("one"), "refused", 0);
    expect(order()).toEqual(IN_PLACE);
    // The same key, whichever request it is planned for.
    expect(circuits.next([own("one"), attempts[1]])).toBe(attempts[1]);
    expect(circuits.next([own("two"), attempts[1]])).toMatchObject({ credential: { providerKeyId: "two" } });
  });
});

describe("a circuit", () => {
  test("opens at the fifth failure in a row, and not before", () => {
    const { attempts, fail, order } = setUp();
    fail(attempts[0], 4);
    expect(order()).toEqual(IN_PLACE);
    fail(attempts[0], 1);
    expect(order()).toEqual(LAST);
  });

  test("does not open for failures that successes part, as long as they are half of the calls at most", () => {
    const { circuits, attempts, fail, order } = setUp();
    for (let round = 0; round < 50; round += 1) {
      fail(attempts[0], 1);
      circuits.note(attempts[0], "served", 0);
    }
    expect(order()).toEqual(IN_PLACE);
  });

  test("opens for a high share of failures, once there were ten calls", () => {
    const { circuits, attempts, fail, order } = setUp();
    for (let round = 0; round < 3; round += 1) {
      fail(attempts[0], 2);
      circuits.note(attempts[0], "served", 0);
    }
    expect(order()).toEqual(IN_PLACE);
    fail(attempts[0], 1);
    expect(order()).toEqual(LAST);
  });

  test("does not open for what is unclear, however often", () => {
    const { circuits, attempts, order } = setUp();
    for (let count = 0; count < 50; count += 1) circuits.note(attempts[0], "unclear", 0);
    expect([order(), circuits.size()]).toEqual([IN_PLACE, 0]);
  });

  test("forgets failures that are a minute apart", () => {
    const { circuits, attempts, fail, pass, order } = setUp();
    for (let count = 0; count < 20; count += 1) {
      fail(attempts[0], 1);
      pass(60_001);
    }
    expect(order()).toEqual(IN_PLACE);
    circuits.note(attempts[0], "served", 0);
    expect(circuits.size()).toBe(0);
  });

  test("is probed after its cool-down by one call, and stays last for the others until that is answered", () => {
    const { circuits, attempts, fail, pass, order } = setUp();
    fail(attempts[0], 5);
    pass(4_999);
    expect(circuits.next(attempts)).toBe(attempts[1]);
    pass(1);
    expect(circuits.next(attempts)).toBe(attempts[0]);
    for (let other = 0; other < 3; other += 1) expect(circuits.next(attempts)).toBe(attempts[1]);
    circuits.note(attempts[0], "served", 0);
    expect([order(), circuits.size()]).toEqual([IN_PLACE, 0]);
  });

  test("is open for twice as long after each probe that fails, up to a minute", () => {
    const { circuits, attempts, fail, pass } = setUp();
    fail(attempts[0], 5);
    for (const ms of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      pass(ms - 1);
      expect(circuits.next(attempts)).toBe(attempts[1]);
      pass(1);
      expect(circuits.next(attempts)).toBe(attempts[0]);
      fail(attempts[0], 1);
    }
  });

  test("is probed by the next call where the probe told nothing, and by another where it hangs", () => {
    const { circuits, attempts, fail, pass } = setUp();
    fail(attempts[0], 5);
    pass(5_000);
    expect(circuits.next(attempts)).toBe(attempts[0]);
    circuits.note(attempts[0], "unclear", 0);
    expect(circuits.next(attempts)).toBe(attempts[0]);
    pass(29_999);
    expect(circuits.next(attempts)).toBe(attempts[1]);
    pass(1);
    expect(circuits.next(attempts)).toBe(attempts[0]);
  });

  test("is neither closed nor kept open by calls that were on their way when it opened", () => {
    const { circuits, attempts, fail, pass } = setUp();
    pass(100);
    fail(attempts[0], 5);
    pass(50);
    circuits.note(attempts[0], "served", 51);
    expect(circuits.next(attempts)).toBe(attempts[1]);
    pass(5_000);
    expect(circuits.next(attempts)).toBe(attempts[0]);
    circuits.note(attempts[0], "failed", 5_051);
    circuits.note(attempts[0], "served", 0);
    expect(circuits.size()).toBe(0);
  });

  test("is closed by a call that began within the millisecond in which it opened", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (at, took) => {
          let time = START + at;
          const circuits = createCircuits(() => Math.floor(time));
          circuits.note(attempt("one"), "limited", 5);
          time += took;
          circuits.note(attempt("one"), "served", took);
          expect(circuits.size()).toBe(0);
        },
      ),
    );
  });

  test("is not opened for longer by calls that had no other way, and is closed by one that serves", () => {
    const { circuits, attempts, fail, pass, order } = setUp();
    fail(attempts[0], 5);
    pass(1_000);
    fail(attempts[0], 50);
    pass(4_000);
    expect(circuits.next(attempts)).toBe(attempts[0]);
    fail(attempts[0], 1);
    circuits.note(attempts[0], "served", 0);
    expect(order()).toEqual(IN_PLACE);
  });
});

test("where all circuits are open they are tried in their order", () => {
  const { circuits, attempts, fail, order } = setUp();
  for (const each of attempts) fail(each, 5);
  expect(order()).toEqual(IN_PLACE);
  expect(circuits.next([attempts[2]])).toBe(attempts[2]);
  expect(circuits.next([])).toBeNull();
});

test("whatever happens, each attempt is tried exactly once", () => {
  const outcome = fc.constantFrom("served", "refused", "limited", "failed", "unclear" as const);
  const event = fc.record({ which: fc.nat(2), outcome, tookMs: fc.nat(10_000), pass: fc.nat(20_000) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const { circuits, attempts, pass, order } = setUp();
      for (const { which, outcome: how, tookMs, pass: ms } of events) {
        const noted = attempts[which];
        if (noted) circuits.note(noted, how, tookMs, "3");
        pass(ms);
        expect(order().toSorted()).toEqual(IN_PLACE.toSorted());
      }
      expect(circuits.size()).toBeLessThanOrEqual(3);
    }),
  );
});

test("what needs no key has no circuit", () => {
  const { circuits } = setUp();
  const free = attempt("", { credential: { kind: "none" } });
  for (const outcome of ["refused", "limited", "failed"] as const)
    for (let count = 0; count < 10; count += 1) circuits.note(free, outcome, 0);
  expect(circuits.size()).toBe(0);
});

test("at most ten thousand circuits are remembered, the last ones", () => {
  const { circuits, order } = setUp();
  for (let index = 0; index < 10_005; index += 1) circuits.note(attempt(`key ${index}`), "refused", 0);
  expect(circuits.size()).toBe(10_000);
  expect(order([attempt("key 5"), attempt("key 4")])).toEqual(["key 4", "key 5"]);
  expect(order([attempt("key 10004"), attempt("key 4")])).toEqual(["key 4", "key 10004"]);
});

test("a refusal tells of its way what its status says", () => {
  const told = [401, 402, 403, 429, 408, 500, 502, 503, 504, 524, 529, 302, 400, 404, 409, 413, 422, 425].map(
    (status) => `${status} ${outcomeOf(status)}`,
  );
  expect(told).toEqual([
    "401 refused",
    "402 refused",
    "403 refused",
    "429 limited",
    ...["408", "500", "502", "503", "504", "524", "529"].map((status) => `${status} failed`),
    ...["302", "400", "404", "409", "413", "422", "425"].map((status) => `${status} unclear`),
  ]);
});
