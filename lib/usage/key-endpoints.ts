import { type Breakdown, breakdownOf } from "@/lib/usage/breakdown";
import { sumKeyEndpoints } from "@/lib/usage/breakdown-store";
import type { Measure } from "@/lib/usage/measures";
import type { Span } from "@/lib/usage/span";

/** What endpoints were called is told by receipts alone, so that so many are read at most. */
export const ENDPOINT_RECEIPTS_MAX = 50_000;

export interface KeyEndpointsWish {
  projectId: string;
  keyId: string;
  span: Span;
  measure: Measure;
}

/** What a key used in a span, by endpoint: of its newest 50,000 calls there. One query. */
export async function readKeyEndpoints(
  { span, measure, ...key }: KeyEndpointsWish,
  most = ENDPOINT_RECEIPTS_MAX,
): Promise<Breakdown> {
  const rows = await sumKeyEndpoints({ ...key, size: span.size, from: span.from, to: span.to }, most);
  return breakdownOf(rows, { by: "endpoint", span, measure });
}
