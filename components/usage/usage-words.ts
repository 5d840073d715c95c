import { formatMoney } from "@/components/ui/money";
import { dayOf, duration, minuteTime } from "@/components/ui/time";
import type { BreakdownBy, Measure } from "@/lib/usage/measures";
import type { BucketSize, Range } from "@/lib/usage/span";

const count = new Intl.NumberFormat("en-GB");

export const MEASURE_WORDS: Readonly<Record<Measure, string>> = {
  cost: "Cost",
  tokens: "Tokens",
  requests: "Requests",
  errors: "Errors",
};

export const BY_WORDS: Readonly<Record<BreakdownBy, string>> = {
  model: "Model",
  provider: "Provider",
  key: "Key",
  project: "Project",
  user: "End user",
  member: "Member",
};

/** What stands for calls that have none of it: refused early, of nobody's customer, made with the master key. */
const NONE_WORDS: Readonly<Record<BreakdownBy, string>> = {
  model: "No model",
  provider: "No provider",
  key: "No key",
  project: "No project",
  user: "No end user",
  member: "No member",
};

export const BUCKET_WORDS: Readonly<Record<BucketSize, string>> = { hour: "hour", day: "day", week: "week" };

export const RANGE_WORDS: Readonly<Record<Range, string>> = {
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  "90d": "Last 90 days",
  "1y": "Last year",
  own: "From … to …",
};

/** What a span is compared with. */
export const BEFORE_WORDS: Readonly<Record<Range, string>> = {
  "24h": "the 24 hours before",
  "7d": "the 7 days before",
  "30d": "the 30 days before",
  "90d": "the 90 days before",
  "1y": "the year before",
  own: "as long a time before",
};

/** A value of a chart: money as money, milliseconds as a time, all else as a number. */
export function valueWords(value: string, measure: Measure | "latency"): string {
  if (measure === "latency") return duration(Number(value));
  return measure === "cost" ? formatMoney(value) : count.format(Number(value));
}

/** A group as people read it; what it names may be gone. */
export function groupWords({ group, name }: { group: string; name: string | null }, by: BreakdownBy): string {
  if (name !== null) return name;
  return group === "" ? NONE_WORDS[by] : group;
}

/** The bar that begins at `start` (ISO 8601, UTC). */
export function bucketWords(start: string, size: BucketSize): string {
  if (size === "hour") return minuteTime(start);
  return size === "day" ? dayOf(start) : `Week from ${dayOf(start)}`;
}
