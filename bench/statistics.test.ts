import { describe, expect, it } from "vitest";
import { median, percentile } from "./statistics";

describe("percentile", () => {
  it("is the smallest value with at least that share of the values at or below it", () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(sorted, 0.5)).toBe(50);
    expect(percentile(sorted, 0.99)).toBe(99);
    expect(percentile(sorted, 1)).toBe(100);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it("is 0 where nothing was measured", () => {
    expect(percentile([], 0.5)).toBe(0);
  });
});

describe("median", () => {
  it("is the middle value in any order, and between the two middle ones of an even count", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBe(0);
  });
});
