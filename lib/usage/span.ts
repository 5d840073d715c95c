import { z } from "zod";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** Monday, 1 January 2024. */
const MONDAY = Date.UTC(2024, 0, 1);
/** Days up to which bars stand for days; beyond, for weeks. */
const DAILY_DAYS_MAX = 92;
const HOURLY_DAYS_MAX = 2;
export const SPAN_DAYS_MAX = 1_096;
/** Sums of hours are for the last days' charts and comparisons; those of days are kept. */
export const HOURS_KEPT_DAYS = 100;

export const RANGES = ["24h", "7d", "30d", "90d", "1y", "own"] as const;
export type Range = (typeof RANGES)[number];

const DAYS: Readonly<Record<Exclude<Range, "24h" | "own">, number>> = { "7d": 7, "30d": 30, "90d": 90, "1y": 365 };

/** How finely a span is drawn; weeks begin on Mondays. */
export type BucketSize = "hour" | "day" | "week";

export const BUCKET_MS: Readonly<Record<BucketSize, number>> = { hour: HOUR_MS, day: DAY_MS, week: WEEK_MS };

/** A span of time in whole hours (UTC), and how finely it is drawn. */
export interface Span {
  from: Date;
  /** Not included. */
  to: Date;
  size: BucketSize;
}

const dayInput = z.iso.date();

/** The start of the bucket that holds a time. */
export function bucketStart(time: number, size: BucketSize): number {
  return MONDAY + Math.floor((time - MONDAY) / BUCKET_MS[size]) * BUCKET_MS[size];
}

/** The starts of all buckets of a span, oldest first; the first one may begin before it. */
export function bucketsOf({ from, to, size }: Span): number[] {
  const first = bucketStart(from.getTime(), size);
  const buckets = Math.ceil((to.getTime() - first) / BUCKET_MS[size]);
  return Array.from({ length: buckets }, (_, index) => first + index * BUCKET_MS[size]);
}

/**
 * The span that a page asks for. The named ones end with the running hour or day; `own` runs from one UTC day to another,
 * both included. Answers a sentence where it is none.
 */
export function spanOf({ range, from, to }: { range: Range; from: string; to: string }, now: Date): Span | string {
  if (range === "24h") {
    const end = bucketStart(now.getTime(), "hour") + HOUR_MS;
    return { from: new Date(end - DAY_MS), to: new Date(end), size: "hour" };
  }
  const tomorrow = bucketStart(now.getTime(), "day") + DAY_MS;
  if (range !== "own") {
    const start = tomorrow - DAYS[range] * DAY_MS;
    return { from: new Date(start), to: new Date(tomorrow), size: sizeFor(DAYS[range]) };
  }
  if (!dayInput.safeParse(from).success || !dayInput.safeParse(to).success) return "Choose a first and a last day.";
  const start = Date.parse(from);
  const end = Date.parse(to) + DAY_MS;
  const days = (end - start) / DAY_MS;
  if (days < 1) return "The last day lies before the first.";
  if (days > SPAN_DAYS_MAX) return `A span may have at most ${SPAN_DAYS_MAX} days.`;
  // Hours are not kept for ever.
  const hourly = days <= HOURLY_DAYS_MAX && start > now.getTime() - (HOURS_KEPT_DAYS - 1) * DAY_MS;
  return { from: new Date(start), to: new Date(end), size: hourly ? "hour" : sizeFor(days) };
}

/** The first and the last UTC day of a span, both in it. */
export function daysOf({ from, to }: Span): { firstDay: string; lastDay: string } {
  return { firstDay: from.toISOString().slice(0, 10), lastDay: new Date(to.getTime() - 1).toISOString().slice(0, 10) };
}

function sizeFor(days: number): BucketSize {
  return days <= DAILY_DAYS_MAX ? "day" : "week";
}
