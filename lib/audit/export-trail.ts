import { listTrail, type TrailRow } from "@/lib/audit/list-trail";
import type { TrailFilters } from "@/lib/audit/trail-store";
import { csvField } from "@/lib/core/csv";

export type TrailFormat = "csv" | "json";

const PAGE_ROWS = 1_000;

const COLUMNS = [
  "id",
  "at",
  "actor",
  "actor_name",
  "action",
  "target",
  "target_name",
  "before",
  "after",
  "address",
  "hash",
];

function fields(row: TrailRow) {
  return {
    id: row.id,
    at: row.at,
    actor: row.actor,
    actor_name: row.actorName,
    action: row.action,
    target: row.target,
    target_name: row.targetName,
    before: row.before,
    after: row.after,
    address: row.address,
    hash: row.hash,
  };
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  return csvField(typeof value === "string" ? value : JSON.stringify(value));
}

/**
 * An organisation's audit trail as text, newest first, page by page, so that a long one never stands in memory. CSV has
 * a line of names first; JSON is one array of objects of the same names.
 */
export async function* exportTrail(
  organizationId: string,
  filters: TrailFilters,
  format: TrailFormat,
): AsyncGenerator<string> {
  yield format === "csv" ? `${COLUMNS.join(",")}\r\n` : "[";
  let before: string | null = null;
  let first = true;
  do {
    const page: { rows: TrailRow[]; next: string | null } = await listTrail({
      organizationId,
      before,
      limit: PAGE_ROWS,
      filters,
    });
    let text = "";
    for (const row of page.rows) {
      const values = fields(row);
      if (format === "csv") text += `${Object.values(values).map(cell).join(",")}\r\n`;
      else text += `${first ? "\n" : ",\n"}${JSON.stringify(values)}`;
      first = false;
    }
    if (text !== "") yield text;
    before = page.next;
  } while (before !== null);
  if (format === "json") yield "\n]\n";
}
