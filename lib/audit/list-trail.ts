import { z } from "zod";
import type { AuditValue } from "@/lib/audit/canonical-json";
import { findTrailNames, findTrailPage, type TrailFilters } from "@/lib/audit/trail-store";
import { GatewayError } from "@/lib/core/errors";

const PAGE_ROWS_MAX = 1_000;
const CURSOR = /^\d{1,18}$/;

const fieldsSchema: z.ZodType<{ [field: string]: AuditValue } | null> = z
  .record(z.string(), z.json())
  .nullable()
  .catch(null);

/** One line of the trail; times are ISO 8601. */
export interface TrailRow {
  id: string;
  at: string;
  /** `user:<id>`, `key:<id>`, `master`, `github`, `system`. */
  actor: string;
  /** What people call the actor; null: nobody of that name is left. */
  actorName: string | null;
  action: string;
  /** `<kind>:<id>`. */
  target: string;
  targetName: string | null;
  before: { [field: string]: AuditValue } | null;
  after: { [field: string]: AuditValue } | null;
  address: string | null;
  hash: string;
}

export interface TrailQuery {
  organizationId: string;
  /** `next` of the page before; left out or null: the newest. */
  before?: string | null;
  /** 1 to 1000. */
  limit: number;
  filters?: TrailFilters;
}

/**
 * A page of an organisation's audit trail, newest first, and where the next one starts (null: there is none). Who may
 * see it is the caller's to check.
 * @throws GatewayError invalid_fields for a damaged `before`.
 */
export async function listTrail({
  organizationId,
  before,
  limit,
  filters = {},
}: TrailQuery): Promise<{ rows: TrailRow[]; next: string | null }> {
  if (before && !CURSOR.test(before)) {
    throw new GatewayError("invalid_fields", "The page address is damaged; start from the newest row", {
      param: "before",
    });
  }
  const size = Math.min(PAGE_ROWS_MAX, Math.max(1, Math.trunc(limit)));
  const found = await findTrailPage(organizationId, before ? BigInt(before) : null, size + 1, filters);
  const page = found.slice(0, size);
  const names = await findTrailNames(
    organizationId,
    page.flatMap((row) => [row.actor, row.target]),
  );
  const rows = page.map((row) => ({
    id: row.id.toString(),
    at: row.at.toISOString(),
    actor: row.actor,
    actorName: names.get(row.actor) ?? null,
    action: row.action,
    target: row.target,
    targetName: names.get(row.target) ?? null,
    before: fieldsSchema.parse(row.before),
    after: fieldsSchema.parse(row.after),
    address: row.address,
    hash: row.hash,
  }));
  const last = page.at(-1);
  return { rows, next: found.length > size && last ? last.id.toString() : null };
}
