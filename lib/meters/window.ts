/** How often a meter starts again; the boundaries are UTC's, weeks begin on Monday. */
export type MeterPeriod = "none" | "minute" | "daily" | "weekly" | "monthly" | "interval";

export interface Window {
  /** null: the meter never starts again. */
  start: Date | null;
  end: Date | null;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY = 4 * DAY;

/**
 * The window of `period` that holds `now`: the same sums as `meter_window_start` and `meter_window_end` in the
 * database, whose clock decides; this one is for display. `interval` windows are `seconds` long, counted from `anchor`.
 */
export function windowAt(period: MeterPeriod, now: Date, anchor: Date = new Date(0), seconds = 0): Window {
  const time = now.getTime();
  const span = (length: number, origin: number): Window => {
    const start = origin + Math.floor((time - origin) / length) * length;
    return { start: new Date(start), end: new Date(start + length) };
  };
  switch (period) {
    case "none":
      return { start: null, end: null };
    case "minute":
      return span(MINUTE, 0);
    case "daily":
      return span(DAY, 0);
    case "weekly":
      return span(7 * DAY, FIRST_MONDAY);
    case "monthly":
      return {
        start: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)),
        end: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)),
      };
    case "interval":
      return span(seconds * 1000, anchor.getTime());
  }
}
