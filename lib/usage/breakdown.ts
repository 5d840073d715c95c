import { formatUsd } from "@/lib/core/money";
import type { BreakdownBy, Measure } from "@/lib/usage/measures";
import { type BreakdownRow, type Sums, sumBreakdown } from "@/lib/usage/rollup-store";
import { bucketsOf, type Span } from "@/lib/usage/span";

/** More groups than these are drawn as one. */
export const SERIES_MAX = 6;
/** More groups than these are listed as one. */
export const GROUPS_MAX = 100;
/** An export has these groups at most, the largest ones by cost; the line of all others has no group and the name `others`. */
const EXPORTED_GROUPS_MAX = 2_000;

/** Sums over a span. `cost` is USD at list price, whoever paid, as a decimal string. */
export interface GroupTotals {
  requests: number;
  errors: number;
  promptTokens: number;
  completionTokens: number;
  cost: string;
}

export interface UsageGroup extends GroupTotals {
  /** A model, a provider, an id; empty: none, as for a call that was refused before one was chosen. */
  group: string;
  /** As people read it; null where there is nothing to read. */
  name: string | null;
}

/** One colour of a chart: a group, or all that are left (`group` null). */
export interface UsageSeries {
  group: string | null;
  name: string | null;
  /** By bucket, as decimal strings of USD for `cost`, else as whole numbers. */
  values: string[];
}

export interface Breakdown {
  /** When each bar begins, ISO 8601, oldest first. */
  buckets: string[];
  /** Largest first, at most `SERIES_MAX` and one for all others. */
  series: UsageSeries[];
  total: GroupTotals;
  /** Largest first, at most `GROUPS_MAX`. */
  groups: UsageGroup[];
  /** How many groups the total has beyond those. */
  others: number;
}

/** Sums of one group in one bucket, as an export has it. */
export interface BreakdownLine extends UsageGroup {
  /** When the bucket begins, ISO 8601. */
  bucket: string;
}

export interface BreakdownWish {
  organizationId: string;
  projectId: string;
  by: BreakdownBy;
  span: Span;
}

function measured(row: BreakdownRow, measure: Measure): bigint {
  return measure === "tokens" ? row.prompt_tokens + row.completion_tokens : row[measure];
}

/** Adds sums up, for reading. */
export function totals(rows: readonly Sums[]): GroupTotals {
  const total = (pick: (row: Sums) => bigint) => rows.reduce((sum, row) => sum + pick(row), 0n);
  return {
    requests: Number(total((row) => row.requests)),
    errors: Number(total((row) => row.errors)),
    promptTokens: Number(total((row) => row.prompt_tokens)),
    completionTokens: Number(total((row) => row.completion_tokens)),
    cost: formatUsd(total((row) => row.cost)),
  };
}

function nameOf({ group, name }: BreakdownRow, by: BreakdownBy | "endpoint"): string | null {
  return by === "model" || by === "provider" || by === "endpoint" ? group || null : name;
}

/** Puts rows, of `groups` groups in all, in the form of a chart and its table. */
export function breakdownOf(
  { rows, groups }: { rows: readonly BreakdownRow[]; groups: number },
  { by, span, measure }: { by: BreakdownBy | "endpoint"; span: Span; measure: Measure },
): Breakdown {
  const buckets = bucketsOf(span);
  const places = new Map(buckets.map((time, index) => [time, index]));
  const byGroup = new Map<string, BreakdownRow[]>();
  for (const row of rows) {
    if (row.group === null) continue;
    const own = byGroup.get(row.group);
    if (own) own.push(row);
    else byGroup.set(row.group, [row]);
  }
  const sized = [...byGroup].map(([group, own]) => ({
    group,
    rows: own,
    name: own[0] ? nameOf(own[0], by) : null,
    size: own.reduce((sum, row) => sum + measured(row, measure), 0n),
  }));
  // By name where two are the same size, so that reloading changes nothing.
  sized.sort((a, b) => (a.size === b.size ? (a.group < b.group ? -1 : 1) : a.size < b.size ? 1 : -1));
  const drawn = sized.filter(({ size }) => size > 0n);
  const values = (own: readonly BreakdownRow[]) => {
    const sums = buckets.map(() => 0n);
    for (const row of own) {
      const place = places.get(row.bucket.getTime());
      if (place !== undefined) sums[place] = (sums[place] ?? 0n) + measured(row, measure);
    }
    return sums.map((sum) => (measure === "cost" ? formatUsd(sum) : sum.toString()));
  };
  const rest = [...drawn.slice(SERIES_MAX).flatMap((own) => own.rows), ...rows.filter(({ group }) => group === null)];
  return {
    buckets: buckets.map((time) => new Date(time).toISOString()),
    series: [
      ...drawn.slice(0, SERIES_MAX).map((own) => ({ group: own.group, name: own.name, values: values(own.rows) })),
      ...(rest.some((row) => measured(row, measure) > 0n) ? [{ group: null, name: null, values: values(rest) }] : []),
    ],
    total: totals(rows),
    groups: sized.map(({ group, name, rows: own }) => ({ group, name, ...totals(own) })),
    others: groups - sized.length,
  };
}

/** What a project used in a span, by one of its parts, out of the rollups; by project, what its organisation's projects did. */
export async function readBreakdown(wish: BreakdownWish & { measure: Measure }): Promise<Breakdown> {
  return breakdownOf(await readRows(wish, wish.measure, GROUPS_MAX), wish);
}

/** The same, a line for each group in each bucket that it was used in, oldest first. */
export async function readBreakdownLines(wish: BreakdownWish): Promise<BreakdownLine[]> {
  const { rows } = await readRows(wish, "cost", EXPORTED_GROUPS_MAX);
  return rows.map((row) => ({
    bucket: row.bucket.toISOString(),
    group: row.group ?? "",
    name: row.group === null ? "others" : nameOf(row, wish.by),
    ...totals([row]),
  }));
}

function readRows(
  { organizationId, projectId, by, span: { size, from, to } }: BreakdownWish,
  largest: Measure,
  limit: number,
) {
  return sumBreakdown({ organizationId, projectId, by, size, from, to }, { largest, limit });
}
