import { raiseAlert } from "@/lib/alerts/raise-alert";
import { recordAudit } from "@/lib/audit/record";
import { cleanText } from "@/lib/core/text";
import { transaction } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";
import { redact } from "@/lib/infra/redact";
import { findLeaked, type LeakedKey } from "@/lib/keys/leaked-store";
import { hashSecret, isWellFormed } from "@/lib/keys/secret";
import { lockKey, saveKey } from "@/lib/keys/store";

const ADDRESS_CHARACTERS_MAX = 500;

/** A text that somebody found in public and took for a key. */
export interface LeakReport {
  token: string;
  /** Where it was found; may be empty. */
  url: string;
  /** What it was found in: `commit`, `gist_content` and the like. */
  source: string;
}

/**
 * Disables every reported key that works, at once: requests admitted after the commit are refused. Each is recorded, and
 * shown and mailed to whoever made it and to those who manage keys. What was disabled or deleted before stays as it is,
 * and what is no key of ours is left alone.
 * @param address where the reports came from.
 * @returns the SHA-256 (hex) of those tokens that are keys of ours.
 */
export async function disableLeakedKeys(reports: readonly LeakReport[], address: string | null): Promise<Set<string>> {
  const byHash = new Map(
    reports.filter(({ token }) => isWellFormed(token)).map((report) => [hashSecret(report.token), report]),
  );
  const found = await findLeaked([...byHash.keys()]);
  let disabled = 0;
  for (const key of found) {
    const report = byHash.get(key.hash);
    if (report && key.isUsable && (await disable(key, report, address))) disabled += 1;
  }
  log().warn({ reported: reports.length, ours: found.length, disabled }, "keys were reported as leaked");
  return new Set(found.map(({ hash }) => hash));
}

/** False when it was not active any more. */
function disable({ organizationId, keyId }: LeakedKey, report: LeakReport, address: string | null): Promise<boolean> {
  const where = cleanText(redact(report.url), ADDRESS_CHARACTERS_MAX);
  return transaction(async (tx) => {
    const key = await lockKey(tx, { organizationId, keyId, createdById: null });
    if (key?.status !== "active") return false;
    await saveKey(tx, keyId, { status: "inactive" });
    await raiseAlert(tx, {
      organizationId,
      kind: "key_leaked",
      subject: "api_key",
      subjectId: keyId,
      projectId: key.projectId,
      userId: key.createdById,
      title: `The key ${key.name} was found in public and is disabled`,
      text: `GitHub's secret scanning found it${where === "" ? "" : ` at ${where}`}. Calls with it are refused. Take it for known to others: rotate or delete it, and look at its calls in the logs.`,
    });
    await recordAudit(tx, {
      organizationId,
      actor: { github: true, address },
      action: "key.disable",
      target: `key:${keyId}`,
      before: { status: "active" },
      after: { status: "inactive", reason: "leaked", found_at: where, found_in: cleanText(report.source, 100) },
    });
    return true;
  });
}
