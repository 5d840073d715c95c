import { formatUsd } from "@/lib/core/money";
import { type HistogramBucket, percentile } from "@/lib/usage/percentiles";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What is usual is what the seven days before had. */
const USUAL_DAYS = 7;

/**
 * When something counts as out of the ordinary. Each has a floor, so that small numbers alone raise nothing.
 * Spend: what was spent since 00:00 UTC, beside what the seven days before had spent by the same hour, on average.
 * Errors and latency: this hour and the one before, beside the seven days up to then.
 */
export const THRESHOLDS = {
  spend: { times: 4, floor: 1_000_000_000n, daysMin: 3 },
  errors: { times: 3, shareMin: 0.05, requestsMin: 20 },
  latency: { times: 2, requestsMin: 50 },
} as const;

/** An hour's sums; `cost` in nano-dollars. */
export interface HourSums {
  startsAt: number;
  requests: bigint;
  errors: bigint;
  cost: bigint;
}

export interface Facts {
  /** At least the eight days up to now; hours without a request may be left out. */
  hours: readonly HourSums[];
  /** Times of whole requests: of this hour and the one before, and of the seven days up to then. */
  latency: { recent: readonly HistogramBucket[]; usual: readonly HistogramBucket[] };
}

/** Something out of the ordinary, with both figures and how many times the usual it is. Amounts are decimal strings of USD. */
export type Anomaly =
  | { kind: "spend"; now: string; usual: string; times: number }
  | { kind: "errors"; now: number; usual: number; times: number | null }
  | { kind: "latency"; now: number; usual: number; times: number };

/** When the two hours begin that are compared with the days before them. */
export function recentSince(now: number): number {
  return Math.floor(now / HOUR_MS) * HOUR_MS - HOUR_MS;
}

/** What is out of the ordinary just now, by `THRESHOLDS`. */
export function findAnomalies(facts: Facts, now: number): Anomaly[] {
  return [spend(facts, now), errors(facts, now), latency(facts)].filter((anomaly) => anomaly !== null);
}

const rounded = (times: number) => Math.round(times * 10) / 10;

function spend({ hours }: Facts, now: number): Anomaly | null {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const until = Math.floor(now / HOUR_MS) * HOUR_MS - today;
  const byDay = new Map<number, bigint>();
  for (const { startsAt, cost } of hours) {
    const day = Math.floor(startsAt / DAY_MS) * DAY_MS;
    // The running hour of the days before counts whole: so the day that is compared is never made to look dearer.
    if (startsAt - day <= until) byDay.set(day, (byDay.get(day) ?? 0n) + cost);
  }
  const spent = byDay.get(today) ?? 0n;
  const before = [...byDay].filter(([day, cost]) => day < today && day >= today - USUAL_DAYS * DAY_MS && cost > 0n);
  const { times, floor, daysMin } = THRESHOLDS.spend;
  if (before.length < daysMin || spent < floor) return null;
  const usual = before.reduce((sum, [, cost]) => sum + cost, 0n) / BigInt(USUAL_DAYS);
  if (usual <= 0n || spent < usual * BigInt(times)) return null;
  return {
    kind: "spend",
    now: formatUsd(spent),
    usual: formatUsd(usual),
    times: rounded(Number(spent) / Number(usual)),
  };
}

function errors({ hours }: Facts, now: number): Anomaly | null {
  const since = recentSince(now);
  const share = (chosen: readonly HourSums[]) => {
    const requests = chosen.reduce((sum, hour) => sum + Number(hour.requests), 0);
    return {
      requests,
      share: requests === 0 ? 0 : chosen.reduce((sum, hour) => sum + Number(hour.errors), 0) / requests,
    };
  };
  const recent = share(hours.filter(({ startsAt }) => startsAt >= since));
  const usual = share(hours.filter(({ startsAt }) => startsAt < since && startsAt >= since - USUAL_DAYS * DAY_MS));
  const { times, shareMin, requestsMin } = THRESHOLDS.errors;
  if (recent.requests < requestsMin || usual.requests < requestsMin || recent.share < shareMin) return null;
  if (recent.share < usual.share * times) return null;
  return {
    kind: "errors",
    now: recent.share,
    usual: usual.share,
    times: usual.share === 0 ? null : rounded(recent.share / usual.share),
  };
}

function latency({ latency: { recent, usual } }: Facts): Anomaly | null {
  const { times, requestsMin } = THRESHOLDS.latency;
  const count = (histogram: readonly HistogramBucket[]) =>
    histogram.reduce((sum, { requests }) => sum + Number(requests), 0);
  if (count(recent) < requestsMin || count(usual) < requestsMin) return null;
  const now = percentile(recent, 0.95);
  const before = percentile(usual, 0.95);
  if (now === null || before === null || now < before * times) return null;
  return { kind: "latency", now, usual: before, times: rounded(now / before) };
}
