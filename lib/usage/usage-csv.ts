import type { BreakdownLine } from "@/lib/usage/breakdown";

const HEAD = ["begins_at", "group", "name", "requests", "errors", "prompt_tokens", "completion_tokens", "cost_usd"];

/**
 * One field of RFC 4180. Spreadsheets run what begins like a formula, and people choose the names of keys, so such a text
 * has an apostrophe before it (OWASP, "CSV Injection").
 */
function field(value: string | number): string {
  const text = typeof value === "number" ? String(value) : /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of usage as CSV (RFC 4180), with a heading. Costs are exact decimals of USD, times ISO 8601. */
export function usageCsv(lines: readonly BreakdownLine[]): string {
  const rows = lines.map(({ bucket, group, name, requests, errors, promptTokens, completionTokens, cost }) =>
    [bucket, group, name ?? "", requests, errors, promptTokens, completionTokens, cost].map(field).join(","),
  );
  return `${[HEAD.join(","), ...rows].join("\r\n")}\r\n`;
}
