/** Each unit, up to how many of it are said, and how many of it make the next one. */
const UNITS = [
  { unit: "second", below: 60, size: 60 },
  { unit: "minute", below: 60, size: 60 },
  { unit: "hour", below: 24, size: 24 },
  { unit: "day", below: 60, size: 30 },
  { unit: "month", below: 12, size: 12 },
] as const;

const words = new Intl.RelativeTimeFormat("en-GB", { numeric: "always" });
const utc = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
const utcMinute = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC",
});
const utcDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** `at` (ISO 8601) as seen from `now` (ms): "just now", "3 minutes ago", "in 2 days". */
export function relativeTime(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1000;
  const distance = Math.abs(seconds);
  // The page's clock ticks every ten seconds, so what has just happened may seem to lie ahead of it.
  if (distance < 5 || (seconds > 0 && seconds < 15)) return "just now";
  const sign = seconds < 0 ? -1 : 1;
  let amount = distance;
  for (const { unit, below, size } of UNITS) {
    const rounded = Math.round(amount);
    if (rounded < below) return words.format(sign * rounded, unit);
    amount /= size;
  }
  return words.format(sign * Math.round(amount), "year");
}

/** The exact time in UTC: "21 Nov 2026, 14:03:05 UTC". */
export function exactTime(at: string): string {
  return `${utc.format(new Date(at))} UTC`;
}

/** To the minute, in UTC: "21 Nov 2026, 14:03 UTC". */
export function minuteTime(at: string): string {
  return `${utcMinute.format(new Date(at))} UTC`;
}

/** The day alone, in UTC: "21 Nov 2026". */
export function dayOf(at: string): string {
  return utcDay.format(new Date(at));
}

/** A duration in milliseconds: "340 ms", "2.41 s", "1 min 12 s". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
