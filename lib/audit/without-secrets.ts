import type { AuditValue } from "@/lib/audit/canonical-json";
import { cleanText } from "@/lib/core/text";
import { redact } from "@/lib/infra/redact";

/** Fields that hold a credential whatever it looks like. */
const SECRET_FIELD = /^(secret|key|hash|sealed|token|password|password_?hash|api_?key|authorization)$/i;
const TEXT_CHARACTERS_MAX = 2_000;

/**
 * A copy fit for the audit trail: fields that name a credential are left out, and credentials that people pasted into
 * names and notes are masked by pattern (CONTRACT section 12). Text is made storable on the way.
 */
export function withoutSecrets(value: AuditValue): AuditValue {
  if (typeof value === "string") return redact(cleanText(value, TEXT_CHARACTERS_MAX));
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, field]) => field !== undefined && !SECRET_FIELD.test(name))
      .map(([name, field]) => [name, withoutSecrets(field)]),
  );
}
