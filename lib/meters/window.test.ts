import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type MeterPeriod, windowAt } from "@/lib/meters/window";

const DAY = 86_400_000;
const time = fc.date({
  min: new Date("1971-01-01T00:00:00Z"),
  max: new Date("2100-01-01T00:00:00Z"),
  noInvalidDate: true,
});

function window(
  period: MeterPeriod,
  now: string,
  anchor?: string,
  seconds?: number,
): [string | undefined, string | undefined] {
  const { start, end } = windowAt(period, new Date(now), anchor === undefined ? undefined : new Date(anchor), seconds);
  return [start?.toISOString(), end?.toISOString()];
}

describe("the window of a meter", () => {
  test("without a period never starts again", () => {
    expect(window("none", "2026-11-21T12:00:00Z")).toEqual([undefined, undefined]);
  });

  test("of a day, week or month begins at midnight UTC, a week on Monday", () => {
    const now = "2026-11-21T12:34:56.789Z"; // a Saturday
    expect(window("minute", now)).toEqual(["2026-11-21T12:34:00.000Z", "2026-11-21T12:35:00.000Z"]);
    expect(window("daily", now)).toEqual(["2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z"]);
    expect(window("weekly", now)).toEqual(["2026-11-16T00:00:00.000Z", "2026-11-23T00:00:00.000Z"]);
    expect(window("monthly", now)).toEqual(["2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"]);
  });

  test("changes at the boundary and not a millisecond before", () => {
    expect(window("daily", "2026-11-21T23:59:59.999Z")[0]).toBe("2026-11-21T00:00:00.000Z");
    expect(window("daily", "2026-11-22T00:00:00.000Z")[0]).toBe("2026-11-22T00:00:00.000Z");
    expect(window("weekly", "2026-11-22T23:59:59.999Z")[0]).toBe("2026-11-16T00:00:00.000Z");
    expect(window("weekly", "2026-11-23T00:00:00.000Z")[0]).toBe("2026-11-23T00:00:00.000Z");
    expect(window("monthly", "2026-12-31T23:59:59.999Z")).toEqual([
      "2026-12-01T00:00:00.000Z",
      "2027-01-01T00:00:00.000Z",
    ]);
    expect(window("monthly", "2028-02-29T00:00:00.000Z")).toEqual([
      "2028-02-01T00:00:00.000Z",
      "2028-03-01T00:00:00.000Z",
    ]);
  });

  test("does not know summer time: every day has 24 hours", () => {
    expect(window("daily", "2026-03-29T01:30:00Z")).toEqual(["2026-03-29T00:00:00.000Z", "2026-03-30T00:00:00.000Z"]);
  });

  test("of an interval is counted from its anchor, in both directions", () => {
    const anchor = "2026-11-21T10:00:00.250Z";
    expect(window("interval", "2026-11-21T10:00:00.250Z", anchor, 3_600)).toEqual([
      "2026-11-21T10:00:00.250Z",
      "2026-11-21T11:00:00.250Z",
    ]);
    expect(window("interval", "2026-11-21T13:59:00Z", anchor, 3_600)).toEqual([
      "2026-11-21T13:00:00.250Z",
      "2026-11-21T14:00:00.250Z",
    ]);
    expect(window("interval", "2026-11-21T09:59:59Z", anchor, 3_600)).toEqual([
      "2026-11-21T09:00:00.250Z",
      "2026-11-21T10:00:00.250Z",
    ]);
  });

  test.each<MeterPeriod>(["minute", "daily", "weekly", "monthly", "interval"])(
    "%s: any moment is in exactly one, and they follow on each other",
    (period) => {
      fc.assert(
        fc.property(time, time, fc.integer({ min: 1, max: 10_000_000 }), (now, anchor, seconds) => {
          const { start, end } = windowAt(period, now, anchor, seconds);
          if (!start || !end) throw new Error("it has no window");
          expect(start.getTime() <= now.getTime() && now.getTime() < end.getTime()).toBe(true);
          expect(windowAt(period, end, anchor, seconds).start).toEqual(end);
          expect(windowAt(period, new Date(end.getTime() - 1), anchor, seconds).start).toEqual(start);
        }),
      );
    },
  );

  test("of a week begins on a Monday, of a month on the first, both at midnight", () => {
    fc.assert(
      fc.property(time, (now) => {
        const week = windowAt("weekly", now).start;
        const month = windowAt("monthly", now).start;
        expect([week?.getUTCDay(), (week?.getTime() ?? 1) % DAY]).toEqual([1, 0]);
        expect([month?.getUTCDate(), (month?.getTime() ?? 1) % DAY]).toEqual([1, 0]);
      }),
    );
  });
});
