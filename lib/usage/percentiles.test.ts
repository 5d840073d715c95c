import { describe, expect, test } from "vitest";
import { bucketEnd, percentile } from "@/lib/usage/percentiles";

/** As the database's latency_bucket() counts. */
const bucketOf = (ms: number) => Math.ceil(8 * Math.log2(Math.max(1, ms)) - 1e-9);

function histogram(times: readonly number[]) {
  const counts = new Map<number, bigint>();
  for (const ms of times) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0n) + 1n);
  return [...counts].map(([bucket, requests]) => ({ bucket, requests }));
}

describe("a percentile out of a histogram", () => {
  test.each([0.5, 0.95, 0.99])("%d is within a bucket of the true one", (share) => {
    const times = Array.from({ length: 1_000 }, (_, index) => 5 + ((index * 7_919) % 1_000) ** 1.6);
    const exact = times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0;
    const found = percentile(histogram(times), share) ?? 0;
    expect(Math.abs(Math.log2(found / exact))).toBeLessThan(1 / 8);
  });

  test("is none without requests, and the one there is with one", () => {
    expect(percentile([], 0.5)).toBeNull();
    expect(percentile([{ bucket: 40, requests: 0n }], 0.5)).toBeNull();
    expect(percentile(histogram([1]), 0.95)).toBe(1);
    const only = percentile(histogram([300]), 0.95) ?? 0;
    expect(only).toBeGreaterThan(270);
    expect(only).toBeLessThanOrEqual(Math.round(bucketEnd(bucketOf(300))));
  });

  test("does not depend on the order of the buckets", () => {
    const forth = histogram([10, 20, 30, 40_000]);
    expect(percentile(forth.toReversed(), 0.5)).toBe(percentile(forth, 0.5));
  });
});
