import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { keyReach, notFound } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { lockKey, saveKey } from "@/lib/keys/store";

export interface KeyDeletion {
  organizationId: string;
  keyId: string;
  actor: Actor;
}

/**
 * Deletes a key for good: it is refused from the commit on, and can be found nowhere but in the history of its requests.
 * @throws GatewayError not_found (also for keys that the actor may not change, and for deleted ones), forbidden.
 */
export function deleteKey({ organizationId, keyId, actor }: KeyDeletion): Promise<void> {
  return transaction(async (tx) => {
    const createdById = await keyReach(tx, organizationId, actor);
    const key = await lockKey(tx, { organizationId, keyId, createdById });
    if (!key) throw notFound("API key");
    await saveKey(tx, keyId, { status: "deleted" });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "key.delete",
      target: `key:${keyId}`,
      before: { name: key.name, status: key.status },
      after: { status: "deleted" },
    });
  });
}
