import { describe, expect, test } from "vitest";
import {
  afterFailure,
  type Failures,
  secondsBlocked,
  tooManyFailures,
  waitingTime,
  withoutFailure,
} from "@/lib/identity/failures";

const policy = { maxFailedAttempts: 5, ttlSeconds: 900, initialBlockSeconds: 30, maxBlockSeconds: 3600 };
const start = new Date("2026-11-21T12:00:00Z");
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const clean: Failures = { failures: 0, lastFailure: start, blockedUntil: null, blockSeconds: 0 };

function failTimes(count: number, from: Failures = clean, at = start): Failures {
  let state = from;
  for (let index = 0; index < count; index += 1) state = afterFailure(state, policy, at);
  return state;
}

describe("failures", () => {
  test("four do not block, the fifth blocks for 30 seconds", () => {
    expect(failTimes(4).blockedUntil).toBeNull();
    expect(failTimes(5)).toMatchObject({ failures: 5, blockSeconds: 30, blockedUntil: later(30) });
  });

  test("each one after a block doubles it, to an hour at most", () => {
    expect(afterFailure(failTimes(5), policy, later(31))).toMatchObject({ blockSeconds: 60, blockedUntil: later(91) });
    expect(failTimes(20).blockSeconds).toBe(3600);
  });

  test("are forgotten fifteen minutes after the last", () => {
    expect(afterFailure(failTimes(4), policy, later(900)).failures).toBe(5);
    expect(afterFailure(failTimes(8), policy, later(901))).toMatchObject({ failures: 1, blockedUntil: null });
  });

  test("a success takes its own attempt back, and the block that it would have brought", () => {
    expect(withoutFailure(failTimes(5), policy)).toMatchObject({ failures: 4, blockedUntil: null, blockSeconds: 0 });
    expect(withoutFailure(clean, policy).failures).toBe(0);
  });
});

test.each([
  [0, "1 second"],
  [1, "1 second"],
  [30, "30 seconds"],
  [119, "119 seconds"],
  [121, "3 minutes"],
  [3600, "60 minutes"],
])("%i seconds are said as %s", (seconds, words) => {
  expect(waitingTime(seconds)).toBe(words);
});

test("a block lasts to its last moment, and says the whole seconds that are left", () => {
  const blocked = failTimes(5);
  expect([0, 0.5, 29.999, 30].map((seconds) => secondsBlocked(blocked, later(seconds)))).toEqual([30, 30, 1, 0]);
  expect(secondsBlocked(clean, start)).toBe(0);
});

test("the refusal says the same time in its words, its header and its body", () => {
  const error = tooManyFailures("failed sign-ins", 30);
  expect(error).toMatchObject({ code: "too_many_failures", status: 429, metadata: { retry_after_seconds: 30 } });
  expect(error.options.headers).toEqual({ "retry-after": "30" });
  expect(error.message).toBe("Too many failed sign-ins. Try again in 30 seconds.");
});
