import { type Actor, actorName } from "@/lib/audit/actor";
import type { AuditValue } from "@/lib/audit/canonical-json";
import { auditHash, CHAIN_START } from "@/lib/audit/chain";
import { findLastEvent, insertEvent, lockChain } from "@/lib/audit/store";
import { withoutSecrets } from "@/lib/audit/without-secrets";
import { cleanText } from "@/lib/core/text";
import type { Tx } from "@/lib/infra/db";

/** What can be done to an organisation, or to the installation, as the audit trail names it. */
export type AuditAction =
  | "organization.create"
  | "organization.grant"
  | "organization.adjust"
  | "organization.set_limits"
  | "member.set_limits"
  | "organization.set_alerts"
  | "organization.pause"
  | "organization.resume"
  | "organization.delete"
  | "project.create"
  | "project.update"
  | "project.set_mode"
  | "project.clear_cache"
  | "project.pause"
  | "project.resume"
  | "key.create"
  | "key.update"
  | "key.enable"
  | "key.disable"
  | "key.rotate"
  | "key.delete"
  | "rules.set"
  | "rules.add"
  | "rules.delete"
  | "rules.enable"
  | "rules.disable"
  | "provider_key.add"
  | "provider_key.update"
  | "provider_key.remove"
  | "project.delete"
  | "user.create"
  | "user.update"
  | "user.delete"
  | "budget.create"
  | "budget.update"
  | "budget.delete"
  | "price.set"
  | "price.delete"
  | "top_up.create"
  | "top_up.refund"
  | "member.join"
  | "member.set_role"
  | "member.remove"
  | "member.leave"
  | "invite.create"
  | "invite.resend"
  | "invite.revoke"
  | "account.rename"
  | "account.change_email"
  | "account.change_password"
  | "account.reset_password"
  | "account.end_sessions"
  | "top_up.confirm"
  | "auto_top_up.set"
  | "auto_top_up.turn_off";

/** The chain of what concerns no single organisation, but the installation. */
export const INSTALLATION = "";

type AuditFields = { [field: string]: AuditValue | undefined };

export interface AuditRecord {
  /** Whose trail it belongs to; `INSTALLATION` where it is no single organisation's. */
  organizationId: string;
  actor: Actor;
  action: AuditAction;
  /** `<kind>:<id>` of what was changed. */
  target: string;
  /** The fields that changed, as they were. Secrets are left out or masked here, whatever the caller passes. */
  before?: AuditFields;
  after?: AuditFields;
  /** Where from; the actor's own when left out. */
  address?: string | null;
  /** Now, unless a test says otherwise. */
  at?: Date;
}

const ADDRESS_CHARACTERS_MAX = 100;

/**
 * Appends to the organisation's audit trail in the caller's transaction, so the change and its record stand or fall
 * together. Call it last: it holds the organisation's chain until the commit, and every row lock comes before it.
 */
export async function recordAudit(tx: Tx, record: AuditRecord): Promise<void> {
  await lockChain(tx, record.organizationId);
  const last = await findLastEvent(tx, record.organizationId);
  const address = record.address ?? record.actor.address ?? null;
  const content = {
    organizationId: record.organizationId,
    actor: actorName(record.actor),
    action: record.action,
    target: record.target,
    before: fields(record.before),
    after: fields(record.after),
    address: address === null ? null : cleanText(address, ADDRESS_CHARACTERS_MAX),
    at: record.at ?? new Date(),
  };
  const previousHash = last?.hash ?? CHAIN_START;
  await insertEvent(tx, { ...content, previousHash, hash: auditHash(previousHash, content) });
}

function fields(values: AuditFields | undefined): { [field: string]: AuditValue } | null {
  if (!values) return null;
  const kept: { [field: string]: AuditValue } = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) kept[name] = value;
  const clean = withoutSecrets(kept);
  return clean !== null && typeof clean === "object" && !Array.isArray(clean) ? clean : null;
}
