import { formatMoney } from "@/components/ui/money";
import { dayOf, minuteTime } from "@/components/ui/time";
import type { BreakdownBy, BucketSize } from "@/lib/usage/breakdown-store";
import type { Measure } from "@/lib/usage/measures";

const count = new Intl.NumberFormat("en-GB");

export const MEASURE_WORDS: Readonly<Record<Measure, string>> = {
  cost: "Cost",
  tokens: "Tokens",
  requests: "Requests",
  errors: "Errors",
};

export const BY_WORDS: Readonly<Record<BreakdownBy, string>> = { model: "Model", provider: "Provider", key: "Key" };

/** A value of a chart: money as money, all else as a number. */
export function valueWords(value: string, measure: Measure): string {
  return measure === "cost" ? formatMoney(value) : count.format(Number(value));
}

/** A group as people read it: calls that were refused early have no model and no provider, and keys may be gone. */
export function groupWords({ group, name }: { group: string; name: string | null }, by: BreakdownBy): string {
  if (name !== null) return name;
  if (group !== "") return group;
  return by === "model" ? "No model" : "No provider";
}

/** The bar that begins at `start` (ISO 8601, UTC). */
export function bucketWords(start: string, size: BucketSize): string {
  if (size === "hour") return minuteTime(start);
  return size === "day" ? dayOf(start) : `Week from ${dayOf(start)}`;
}
