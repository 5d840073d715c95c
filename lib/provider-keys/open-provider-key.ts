import type { Actor } from "@/lib/audit/actor";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { open } from "@/lib/infra/secrets";
import { findProviderKey } from "@/lib/provider-keys/store";
import { PROVIDER_IDS, type ProviderId } from "@/lib/providers/provider";

export interface OpenedProviderKey {
  provider: ProviderId;
  /** The secret itself: for the call to the provider, and for nobody to see. */
  key: string;
  baseUrl: string | null;
}

/**
 * Opens a provider key of a project, or (null) of the whole organisation, for whoever may manage it.
 * @throws GatewayError not_found, forbidden.
 */
export async function openProviderKey(wanted: {
  organizationId: string;
  projectId: string | null;
  providerKeyId: string;
  actor: Actor;
}): Promise<OpenedProviderKey> {
  const row = await transaction(async (tx) => {
    await permit(tx, wanted.organizationId, wanted.actor, "provider_keys.manage");
    return findProviderKey(tx, wanted);
  });
  const provider = PROVIDER_IDS.find((id) => id === row?.provider);
  if (!row || !provider) throw notFound("Provider key");
  return { provider, key: open(row.sealed), baseUrl: row.baseUrl };
}
