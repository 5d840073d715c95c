import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { keyReach, notFound } from "@/lib/identity/permit";
import { type Tx, transaction } from "@/lib/infra/db";
import type { KeyView } from "@/lib/keys/key-view";
import { requireKey } from "@/lib/keys/read-keys";
import { lockKey, saveKey } from "@/lib/keys/store";

interface StatusChange {
  organizationId: string;
  status: "active" | "inactive";
  actor: Actor;
}

export interface KeyStatusChange extends StatusChange {
  keyId: string;
}

export interface KeysStatusChange extends StatusChange {
  keyIds: readonly string[];
}

/**
 * Disables or enables a key. Every request admitted after the commit sees it, on every instance.
 * @throws GatewayError not_found (also for keys that the actor may not change), forbidden.
 */
export async function setKeyStatus({ keyId, ...change }: KeyStatusChange): Promise<KeyView> {
  await setKeysStatus({ keyIds: [keyId], ...change });
  return requireKey({ organizationId: change.organizationId, keyId });
}

/**
 * As `setKeyStatus` for several keys at once: all of them, or none.
 * @throws GatewayError as `setKeyStatus`.
 */
export function setKeysStatus({ keyIds, organizationId, status, actor }: KeysStatusChange): Promise<void> {
  return transaction(async (tx) => {
    const createdById = await keyReach(tx, organizationId, actor);
    // In id order, as everything locks keys, and all before the first line of the audit trail.
    const changed: { id: string; status: string }[] = [];
    for (const keyId of [...new Set(keyIds)].sort()) {
      const key = await lockKey(tx, { organizationId, keyId, createdById });
      if (!key) throw notFound("API key");
      if (key.status !== status) changed.push({ id: key.id, status: key.status });
    }
    for (const key of changed) await save(tx, key, { organizationId, status, actor });
  });
}

async function save(tx: Tx, key: { id: string; status: string }, { organizationId, status, actor }: StatusChange) {
  await saveKey(tx, key.id, { status });
  await recordAudit(tx, {
    organizationId,
    actor,
    action: status === "active" ? "key.enable" : "key.disable",
    target: `key:${key.id}`,
    before: { status: key.status },
    after: { status },
  });
}
