import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { keyReach, notFound } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import type { KeyView } from "@/lib/keys/key-view";
import { requireKey } from "@/lib/keys/read-keys";
import { lockKey, saveKey } from "@/lib/keys/store";

export interface KeyStatusChange {
  organizationId: string;
  keyId: string;
  status: "active" | "inactive";
  actor: Actor;
}

/**
 * Disables or enables a key. Every request admitted after the commit sees it, on every instance.
 * @throws GatewayError not_found (also for keys that the actor may not change), forbidden.
 */
export async function setKeyStatus({ organizationId, keyId, status, actor }: KeyStatusChange): Promise<KeyView> {
  await transaction(async (tx) => {
    const createdById = await keyReach(tx, organizationId, actor);
    const key = await lockKey(tx, { organizationId, keyId, createdById });
    if (!key) throw notFound("API key");
    if (key.status === status) return;
    await saveKey(tx, keyId, { status });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: status === "active" ? "key.enable" : "key.disable",
      target: `key:${keyId}`,
      before: { status: key.status },
      after: { status },
    });
  });
  return requireKey({ organizationId, keyId });
}
