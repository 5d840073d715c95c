import { csvOf } from "@/lib/core/csv";
import type { BreakdownLine } from "@/lib/usage/breakdown";

const HEAD = ["begins_at", "group", "name", "requests", "errors", "prompt_tokens", "completion_tokens", "cost_usd"];

/** Lines of usage as CSV, with a heading. Costs are exact decimals of USD, times ISO 8601. */
export function usageCsv(lines: readonly BreakdownLine[]): string {
  const rows = lines.map(({ bucket, group, name, requests, errors, promptTokens, completionTokens, cost }) => [
    bucket,
    group,
    name,
    requests,
    errors,
    promptTokens,
    completionTokens,
    cost,
  ]);
  return csvOf([HEAD, ...rows]);
}
