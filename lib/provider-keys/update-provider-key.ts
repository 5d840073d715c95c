import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { seal } from "@/lib/infra/secrets";
import { refusePrivateBaseUrl } from "@/lib/provider-keys/base-url";
import { type ProviderKeyView, providerKeyView } from "@/lib/provider-keys/provider-key-view";
import { bumpServed, lockServed } from "@/lib/provider-keys/served-keys";
import { findProviderKey, saveProviderKey } from "@/lib/provider-keys/store";
import { PROVIDERS } from "@/lib/providers/registry";

export interface ProviderKeyUpdate {
  organizationId: string;
  /** null: of the whole organisation. */
  projectId: string | null;
  providerKeyId: string;
  /** What is left out stays as it is. */
  changes: {
    /** The provider's new secret. */
    key?: string;
    name?: string | null;
    baseUrl?: string | null;
    models?: readonly string[];
    priority?: number;
    isActive?: boolean;
  };
  actor: Actor;
}

/**
 * Changes a provider key of a project, or of the whole organisation; requests admitted after the commit use it as it is then.
 * @throws GatewayError not_found, forbidden; invalid_fields for a key or a base URL that the provider needs and that would
 * be gone, for a base URL on a private network, and for another base URL without the key.
 */
export async function updateProviderKey({
  organizationId,
  projectId,
  providerKeyId,
  changes,
  actor,
}: ProviderKeyUpdate): Promise<ProviderKeyView> {
  await refusePrivateBaseUrl(changes.baseUrl ?? null);
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "provider_keys.manage");
    await lockServed(tx, { organizationId, projectId });
    const row = await findProviderKey(tx, { organizationId, projectId, providerKeyId });
    if (!row) throw notFound("Provider key");
    refuseMissing(row.provider, changes);
    refuseLeading(row, changes, actor);
    const saved = await saveProviderKey(tx, providerKeyId, {
      ...(changes.key === undefined ? {} : { sealed: seal(changes.key), lastFour: changes.key.slice(-4) }),
      ...(changes.name === undefined ? {} : { name: changes.name ? cleanText(changes.name, 100) : null }),
      ...(changes.baseUrl === undefined ? {} : { baseUrl: changes.baseUrl }),
      ...(changes.models === undefined ? {} : { models: [...changes.models] }),
      ...(changes.priority === undefined ? {} : { priority: changes.priority }),
      ...(changes.isActive === undefined ? {} : { isActive: changes.isActive }),
    });
    await bumpServed(tx, { organizationId, projectId });
    const described = ({ name, lastFour, baseUrl, models, priority, isActive }: typeof row) => ({
      name,
      last_four: lastFour,
      base_url: baseUrl,
      models,
      priority,
      is_active: isActive,
    });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "provider_key.update",
      target: `provider_key:${providerKeyId}`,
      before: described(row),
      after: described(saved),
    });
    return providerKeyView(saved);
  });
}

/**
 * A key goes to another address only with whoever knows it: else people who may manage keys, and may not read them, had it
 * sent to a server of theirs. The operator, who holds what seals it, needs no proof.
 */
function refuseLeading(
  row: { baseUrl: string | null; lastFour: string },
  { key, baseUrl }: ProviderKeyUpdate["changes"],
  actor: Actor,
): void {
  const isMoved = baseUrl !== undefined && baseUrl !== row.baseUrl;
  if (isMoved && key === undefined && row.lastFour !== "" && !("master" in actor))
    throw invalidField("key", "Enter the key once more: with another address it goes to somebody else");
}

function invalidField(field: string, message: string): GatewayError {
  return new GatewayError("invalid_fields", message, { param: field, metadata: { fields: { [field]: message } } });
}

function refuseMissing(providerId: string, { key, baseUrl }: ProviderKeyUpdate["changes"]): void {
  const provider = Object.values(PROVIDERS).find(({ id }) => id === providerId);
  if (key === "" && provider?.needsKey) throw invalidField("key", "Enter the provider's key");
  if (baseUrl === null && provider?.needsBaseUrl)
    throw invalidField("base_url", "Enter the address at which it is reached");
}
