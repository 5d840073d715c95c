import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { bumpServed, lockServed } from "@/lib/provider-keys/served-keys";
import { deleteProviderKey, findProviderKey } from "@/lib/provider-keys/store";

export interface ProviderKeyRemoval {
  organizationId: string;
  /** null: of the whole organisation. */
  projectId: string | null;
  providerKeyId: string;
  actor: Actor;
}

/**
 * Removes a provider key of a project, or of the whole organisation; no request admitted after the commit uses it.
 * @throws GatewayError not_found (also for one that serves another project, or more than it), forbidden.
 */
export function removeProviderKey({
  organizationId,
  projectId,
  providerKeyId,
  actor,
}: ProviderKeyRemoval): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "provider_keys.manage");
    await lockServed(tx, { organizationId, projectId });
    const row = await findProviderKey(tx, { organizationId, projectId, providerKeyId });
    if (!row) throw notFound("Provider key");
    await deleteProviderKey(tx, providerKeyId);
    await bumpServed(tx, { organizationId, projectId });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "provider_key.remove",
      target: `provider_key:${providerKeyId}`,
      before: { project_id: projectId, provider: row.provider, name: row.name, last_four: row.lastFour },
    });
  });
}
