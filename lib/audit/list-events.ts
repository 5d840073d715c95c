import { type AuditValue, storedJson } from "@/lib/audit/canonical-json";
import { findEventPage } from "@/lib/audit/store";

/** One row of the audit trail. */
export interface AuditView {
  id: string;
  organizationId: string;
  /** `user:<id>`, `key:<id>`, `master`, `system`. */
  actor: string;
  action: string;
  /** `<kind>:<id>`. */
  target: string;
  before: AuditValue;
  after: AuditValue;
  address: string | null;
  /** ISO 8601. */
  at: string;
}

/** A page of the audit trail of one organisation, or of all (null), newest first. */
export async function listEvents(page: {
  organizationId: string | null;
  skip: number;
  limit: number;
}): Promise<AuditView[]> {
  const rows = await findEventPage(page.organizationId, page.skip, page.limit);
  return rows.map((row) => ({
    id: row.id.toString(),
    organizationId: row.organizationId,
    actor: row.actor,
    action: row.action,
    target: row.target,
    before: storedJson.parse(row.before),
    after: storedJson.parse(row.after),
    address: row.address,
    at: row.at.toISOString(),
  }));
}
