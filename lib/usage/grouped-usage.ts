import { formatUsd } from "@/lib/core/money";
import { type GroupBy, sumReceiptsBy, sumUsageBy, type UsageFilter } from "@/lib/usage/store";

export const GROUPS = ["day", "hour", "model", "provider", "key", "user"] as const satisfies readonly GroupBy[];

/** Sums over requests that have something in common. Amounts are USD as decimal strings. */
export interface UsageGroup {
  /** A UTC day or hour, a model, a provider, a key's id, an end user's name; null: none. */
  group: string | null;
  requests: number;
  errors: number;
  promptTokens: number;
  completionTokens: number;
  /** At list price, whoever paid. */
  cost: string;
  /** Taken from credits. */
  charged: string;
}

export interface UsageQuery extends UsageFilter {
  groupBy: GroupBy;
  skip: number;
  limit: number;
}

/**
 * What was used, by what `groupBy` names: times newest first, others dearest first. By the time at which requests began;
 * the span begins and ends with whole hours, but where an end user is asked for, whose receipts are read.
 */
export async function readGroupedUsage({ groupBy, skip, limit, ...filter }: UsageQuery): Promise<UsageGroup[]> {
  const byUser = groupBy === "user" || filter.endUser !== undefined;
  const rows = await (byUser ? sumReceiptsBy : sumUsageBy)(groupBy, filter, skip, limit);
  return rows.map((row) => ({
    group: row.group === "" ? null : row.group,
    requests: Number(row.requests),
    errors: Number(row.errors),
    promptTokens: Number(row.prompt_tokens),
    completionTokens: Number(row.completion_tokens),
    cost: formatUsd(row.cost),
    charged: formatUsd(row.charged),
  }));
}
