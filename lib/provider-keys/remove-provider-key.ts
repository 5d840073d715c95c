import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { bumpProjectKeys } from "@/lib/keys/store";
import { lockProject } from "@/lib/projects/store";
import { deleteProviderKey, findProviderKey } from "@/lib/provider-keys/store";

export interface ProviderKeyRemoval {
  organizationId: string;
  projectId: string;
  providerKeyId: string;
  actor: Actor;
}

/**
 * Removes a project's provider key; no request admitted after the commit uses it.
 * @throws GatewayError not_found (also for a key that serves the whole organisation), forbidden.
 */
export function removeProviderKey({
  organizationId,
  projectId,
  providerKeyId,
  actor,
}: ProviderKeyRemoval): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "provider_keys.manage");
    if (!(await lockProject(tx, organizationId, projectId))) throw notFound("Project");
    const row = await findProviderKey(tx, { organizationId, projectId, providerKeyId });
    if (!row) throw notFound("Provider key");
    await deleteProviderKey(tx, providerKeyId);
    await bumpProjectKeys(tx, organizationId, projectId);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "provider_key.remove",
      target: `provider_key:${providerKeyId}`,
      before: { project_id: projectId, provider: row.provider, name: row.name, last_four: row.lastFour },
    });
  });
}
