import { describe, expect, it } from "vitest";
import { duration, exactTime, relativeTime } from "@/components/ui/time";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

describe("a time as seen from now", () => {
  it.each([
    [0, "just now"],
    [-4, "just now"],
    [-20, "20 seconds ago"],
    [-90, "2 minutes ago"],
    [-3_590, "1 hour ago"],
    [-86_400 * 3, "3 days ago"],
    [-86_400 * 75, "3 months ago"],
    [-86_400 * 800, "2 years ago"],
    [86_400 * 30 - 20, "in 30 days"],
    [3_600 * 18, "in 18 hours"],
  ])("%i s away reads %s", (seconds, words) => {
    expect(relativeTime(at(seconds), NOW)).toBe(words);
  });

  it("calls what the page's slow clock has not reached yet just now, not the future", () => {
    expect(relativeTime(at(9), NOW)).toBe("just now");
  });
});

it("names the zone of an exact time", () => {
  expect(exactTime("2026-11-21T14:03:05.000Z")).toBe("21 Nov 2026, 14:03:05 UTC");
});

it("reads durations in the unit that suits them", () => {
  expect([duration(340), duration(2_410), duration(72_000)]).toEqual(["340 ms", "2.41 s", "1 min 12 s"]);
});
