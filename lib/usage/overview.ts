import { type Anomaly, findAnomalies, recentSince } from "@/lib/usage/anomalies";
import { type GroupTotals, totals, type UsageGroup } from "@/lib/usage/breakdown";
import type { BreakdownBy } from "@/lib/usage/measures";
import { percentile } from "@/lib/usage/percentiles";
import {
  type LatencyMeasure,
  type LatencyRow,
  type Sums,
  sumBuckets,
  sumLargest,
  sumLatency,
  sumLatencySeries,
  type Tenant,
} from "@/lib/usage/rollup-store";
import { BUCKET_MS, bucketStart, bucketsOf, HOURS_KEPT_DAYS, type Span } from "@/lib/usage/span";

const TOP_GROUPS = 5;
/** What anomalies look at: the seven days before and the running one. */
const FACTS_DAYS = 8;

/** Milliseconds, of the requests that a provider served; null: none were. */
export interface Percentiles {
  p50: number | null;
  p95: number | null;
}

export interface Figures extends GroupTotals {
  latency: Percentiles;
  /** Of those that were streamed. */
  firstToken: Percentiles;
}

/** Sums of one hour, day or week. */
export interface OverviewBucket extends GroupTotals {
  /** When it begins, ISO 8601. */
  startsAt: string;
  latency: Percentiles;
}

/** The parts of a project's usage of which the largest are named. */
export type TopBy = Extract<BreakdownBy, "model" | "key" | "user">;

export interface Overview {
  current: Figures;
  /** The same length before; of a span that is still running, up to the same hour of its last day. */
  before: Figures;
  /** Oldest first, those without any request included. */
  series: OverviewBucket[];
  /** Dearest first; only those that were asked for. */
  top: Partial<Record<TopBy, UsageGroup[]>>;
  /** Just now, whatever the span is. */
  anomalies: Anomaly[];
}

/** What a project used in a span beside the one before it, out of the rollups; test keys' requests included. */
export async function readOverview(
  tenant: Tenant,
  { span, top, now }: { span: Span; top: readonly TopBy[]; now: Date },
): Promise<Overview> {
  const { size } = span;
  const since = recentSince(now.getTime());
  const day = bucketStart(now.getTime(), "day");
  const factsFrom = new Date(day - (FACTS_DAYS - 1) * BUCKET_MS.day);
  const [rows, before, times, timesBefore, largest, hours, recent, usual] = await Promise.all([
    sumBuckets(tenant, span),
    Promise.all(windowsBefore(span, now).map((window) => sumBuckets(tenant, window))),
    sumLatencySeries(tenant, span),
    sumLatency(tenant, { size, from: startBefore(span), to: span.from }),
    Promise.all(top.map((by) => sumLargest(tenant, by, { ...span, limit: TOP_GROUPS }))),
    sumBuckets(tenant, { size: "hour", from: factsFrom, to: new Date(day + BUCKET_MS.day) }),
    sumLatency(tenant, { size: "hour", from: new Date(since), to: new Date(since + 2 * BUCKET_MS.hour) }),
    sumLatency(tenant, { size: "hour", from: factsFrom, to: new Date(since) }),
  ]);
  const byTime = new Map(rows.map((row) => [row.bucket.getTime(), row]));
  const spread = times.map(({ startsAt, measure, buckets, requests }) => ({
    time: startsAt.getTime(),
    rows: buckets.map((bucket, place) => ({ measure, bucket, requests: requests[place] ?? 0n })),
  }));
  const timesAt = (time: number) => spread.flatMap((one) => (one.time === time ? one.rows : []));
  const ofTotal = (histogram: readonly LatencyRow[]) => histogram.filter(({ measure }) => measure === "total");
  return {
    current: figures(
      rows,
      spread.flatMap((one) => one.rows),
    ),
    before: figures(before.flat(), timesBefore),
    series: bucketsOf(span).map((time) => {
      const row = byTime.get(time);
      return {
        startsAt: new Date(time).toISOString(),
        ...totals(row ? [row] : []),
        latency: percentilesOf(timesAt(time), "total"),
      };
    }),
    top: Object.fromEntries(
      top.map((by, place) => [
        by,
        (largest[place] ?? []).map(({ group, name, ...sums }) => ({ group, name, ...totals([sums]) })),
      ]),
    ),
    anomalies: findAnomalies(
      {
        hours: hours.map(({ bucket, ...sums }) => ({ ...sums, startsAt: bucket.getTime() })),
        latency: { recent: ofTotal(recent), usual: ofTotal(usual) },
      },
      now.getTime(),
    ),
  };
}

function startBefore({ from, to }: Span): Date {
  return new Date(2 * from.getTime() - to.getTime());
}

/**
 * The span before, as windows that can be summed. While the last day is running, the day that it is compared with counts
 * up to the same hour; where its hours are not kept any more, whole.
 */
function windowsBefore(span: Span, now: Date): Span[] {
  const from = startBefore(span);
  if (span.size === "hour") return [{ size: "hour", from, to: span.from }];
  const lastDay = span.from.getTime() - BUCKET_MS.day;
  const isRunning = now < span.to;
  if (!isRunning || lastDay < now.getTime() - (HOURS_KEPT_DAYS - 1) * BUCKET_MS.day)
    return [{ size: span.size, from, to: span.from }];
  const hours = bucketStart(now.getTime(), "hour") + BUCKET_MS.hour - bucketStart(now.getTime(), "day");
  return [
    { size: span.size, from, to: new Date(lastDay) },
    { size: "hour", from: new Date(lastDay), to: new Date(lastDay + hours) },
  ];
}

function figures(sums: readonly Sums[], histogram: readonly LatencyRow[]): Figures {
  return {
    ...totals(sums),
    latency: percentilesOf(histogram, "total"),
    firstToken: percentilesOf(histogram, "first_token"),
  };
}

function percentilesOf(histogram: readonly LatencyRow[], wanted: LatencyMeasure): Percentiles {
  const requests = new Map<number, bigint>();
  for (const row of histogram)
    if (row.measure === wanted) requests.set(row.bucket, (requests.get(row.bucket) ?? 0n) + row.requests);
  const buckets = [...requests].map(([bucket, count]) => ({ bucket, requests: count }));
  return { p50: percentile(buckets, 0.5), p95: percentile(buckets, 0.95) };
}

/** How much more or less than before, as a share: 0.25 is a quarter more; null where there was nothing before. */
export function changeOf(now: number, before: number): number | null {
  return before === 0 ? null : now / before - 1;
}

/** The part of requests that failed, 0 to 1; null without any. */
export function errorRate({ requests, errors }: GroupTotals): number | null {
  return requests === 0 ? null : errors / requests;
}
