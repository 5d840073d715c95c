import { describe, expect, test } from "vitest";
import { bucketsOf, type Range, SPAN_DAYS_MAX, type Span, spanOf } from "@/lib/usage/span";

const NOW = new Date("2026-11-21T14:35:10Z");

function span(range: Range, from = "", to = ""): Span {
  const found = spanOf({ range, from, to }, NOW);
  if (typeof found === "string") throw new Error(found);
  return found;
}

const iso = ({ from, to, size }: Span) => [from.toISOString(), to.toISOString(), size];

describe("a span of usage", () => {
  test("of 24 hours ends with the running hour, longer ones with the running day, in UTC", () => {
    expect(iso(span("24h"))).toEqual(["2026-11-20T15:00:00.000Z", "2026-11-21T15:00:00.000Z", "hour"]);
    expect(iso(span("7d"))).toEqual(["2026-11-15T00:00:00.000Z", "2026-11-22T00:00:00.000Z", "day"]);
    expect(iso(span("1y"))).toEqual(["2025-11-22T00:00:00.000Z", "2026-11-22T00:00:00.000Z", "week"]);
  });

  test("of one's own has its last day in it", () => {
    expect(iso(span("own", "2026-02-27", "2026-03-02"))).toEqual([
      "2026-02-27T00:00:00.000Z",
      "2026-03-03T00:00:00.000Z",
      "day",
    ]);
  });

  test("of one or two days of one's own is drawn by hours while those are kept, then by days", () => {
    expect(span("own", "2026-11-20", "2026-11-21").size).toBe("hour");
    expect(span("own", "2026-08-15", "2026-08-15").size).toBe("hour");
    expect(span("own", "2026-08-13", "2026-08-13").size).toBe("day");
  });

  test.each([
    ["", ""],
    ["2026-03-02", ""],
    ["2026-02-30", "2026-03-02"],
    ["yesterday", "2026-03-02"],
    ["2026-03-03", "2026-03-02"],
    ["0001-01-01", "2026-03-02"],
  ])("from %j to %j is none, and says so", (from, to) => {
    expect(spanOf({ range: "own", from, to }, NOW)).toEqual(expect.any(String));
  });

  test("is drawn in few enough bars to be read, however long it is", () => {
    for (const [from, to] of [
      ["2026-11-21", "2026-11-21"],
      ["2026-11-19", "2026-11-21"],
      ["2026-08-22", "2026-11-21"],
      ["2026-08-21", "2026-11-21"],
      [new Date(Date.UTC(2026, 10, 22) - SPAN_DAYS_MAX * 86_400_000).toISOString().slice(0, 10), "2026-11-21"],
    ] as const) {
      const buckets = bucketsOf(span("own", from, to));
      expect(buckets.length).toBeLessThanOrEqual(160);
      expect(buckets[0]).toBeLessThanOrEqual(Date.parse(from));
    }
  });

  test("in weeks has them begin on Mondays", () => {
    for (const time of bucketsOf(span("1y"))) expect(new Date(time).getUTCDay()).toBe(1);
  });
});
