import { type Breakdown, breakdownOf } from "@/lib/usage/breakdown";
import { sumKeyEndpoints, sumKeyModels } from "@/lib/usage/key-usage-store";
import type { Measure } from "@/lib/usage/measures";
import type { BreakdownRow } from "@/lib/usage/rollup-store";
import type { Span } from "@/lib/usage/span";

/** What endpoints were called is told by receipts alone, so that so many are read at most. */
export const ENDPOINT_RECEIPTS_MAX = 50_000;

export interface KeyBreakdownWish {
  organizationId: string;
  projectId: string;
  keyId: string;
  span: Span;
  measure: Measure;
}

/** What a key used in a span, by model. One query. */
export async function readKeyModels({ span, measure, ...key }: KeyBreakdownWish): Promise<Breakdown> {
  const rows = await sumKeyModels({ ...key, size: span.size, from: span.from, to: span.to });
  return breakdownOf({ rows, groups: groupsOf(rows) }, { by: "model", span, measure });
}

/** What a key used in a span, by endpoint: of its newest 50,000 calls there. One query. */
export async function readKeyEndpoints(
  { span, measure, ...key }: Omit<KeyBreakdownWish, "organizationId">,
  most = ENDPOINT_RECEIPTS_MAX,
): Promise<Breakdown> {
  const rows = await sumKeyEndpoints({ ...key, size: span.size, from: span.from, to: span.to }, most);
  return breakdownOf({ rows, groups: groupsOf(rows) }, { by: "endpoint", span, measure });
}

function groupsOf(rows: readonly BreakdownRow[]): number {
  return new Set(rows.map(({ group }) => group)).size;
}
