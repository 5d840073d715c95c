import { createHash } from "node:crypto";
import { type AuditValue, canonicalJson } from "@/lib/audit/canonical-json";

/** What the hash of an audit row covers, beside the hash of the row before it. */
export interface AuditContent {
  organizationId: string;
  actor: string;
  action: string;
  target: string;
  before: AuditValue;
  after: AuditValue;
  address: string | null;
  at: Date;
}

/** The `previousHash` of an organisation's first row. */
export const CHAIN_START = "";

/** SHA-256 (hex) over the previous row's hash and this row's content: changing, dropping or moving a row breaks the chain. */
export function auditHash(previousHash: string, content: AuditContent): string {
  const text = canonicalJson({
    organization_id: content.organizationId,
    actor: content.actor,
    action: content.action,
    target: content.target,
    before: content.before,
    after: content.after,
    address: content.address,
    at: content.at.toISOString(),
  });
  return createHash("sha256").update(`${previousHash}\n${text}`).digest("hex");
}
