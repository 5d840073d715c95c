import { formatUsd } from "@/lib/core/money";
import { type DayRow, sumDays } from "@/lib/usage/store";

const DAY_MS = 86_400_000;
const DAYS = 30;
const WEEK_DAYS = 7;

/** Sums over a span. `cost` is USD at list price, whoever paid, as a decimal string. */
export interface Totals {
  requests: number;
  errors: number;
  promptTokens: number;
  completionTokens: number;
  cost: string;
}

export interface UsageDay extends Totals {
  /** A UTC day, `2026-11-21`. */
  day: string;
}

export interface Overview {
  /** Since 00:00 UTC. */
  today: Totals;
  /** Today and the six days before. */
  last7Days: Totals;
  /** Today and the 29 days before. */
  last30Days: Totals;
  /** Thirty days, oldest first, those without any request included. */
  series: UsageDay[];
}

/** What a project used, out of the hourly rollups; test keys' requests included. */
export async function readOverview(projectId: string, now = new Date()): Promise<Overview> {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS;
  const first = today - (DAYS - 1) * DAY_MS;
  const rows = await sumDays(projectId, new Date(first));
  const byTime = new Map(rows.map((row) => [row.day.getTime(), row]));
  const days = Array.from({ length: DAYS }, (_, index) => {
    const time = first + index * DAY_MS;
    return { time, row: byTime.get(time) };
  });
  const totalsOf = (last: number) => sum(days.slice(-last).flatMap(({ row }) => row ?? []));
  return {
    today: totalsOf(1),
    last7Days: totalsOf(WEEK_DAYS),
    last30Days: totalsOf(DAYS),
    series: days.map(({ time, row }) => ({ day: new Date(time).toISOString().slice(0, 10), ...sum(row ? [row] : []) })),
  };
}

function sum(rows: readonly DayRow[]): Totals {
  const total = (pick: (row: DayRow) => bigint) => rows.reduce((all, row) => all + pick(row), 0n);
  return {
    requests: Number(total((row) => row.requests)),
    errors: Number(total((row) => row.errors)),
    promptTokens: Number(total((row) => row.prompt_tokens)),
    completionTokens: Number(total((row) => row.completion_tokens)),
    cost: formatUsd(total((row) => row.cost)),
  };
}
