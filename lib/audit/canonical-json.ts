import { z } from "zod";

/** What an audit row may hold; amounts as decimal strings, dates as ISO strings. */
export type AuditValue = string | number | boolean | null | AuditValue[] | { [field: string]: AuditValue };

/** What a column of JSON holds, as an audit row may hold it. */
export const storedJson: z.ZodType<AuditValue> = z.json();

/**
 * JSON with one form for one value: fields sorted by code unit, no spaces, fields that are undefined left out. jsonb
 * reorders fields, so what is hashed must not depend on their order.
 */
export function canonicalJson(value: AuditValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(",")}}`;
}
