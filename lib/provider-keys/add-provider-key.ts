import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { cleanText } from "@/lib/core/text";
import { permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { seal } from "@/lib/infra/secrets";
import { refusePrivateBaseUrl } from "@/lib/provider-keys/base-url";
import { type ProviderKeyView, providerKeyView } from "@/lib/provider-keys/provider-key-view";
import { bumpServed, lockServed } from "@/lib/provider-keys/served-keys";
import { insertProviderKey } from "@/lib/provider-keys/store";
import type { ProviderId } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

const PRIORITY_DEFAULT = 100;

export interface NewProviderKey {
  organizationId: string;
  /** null: of the whole organisation. */
  projectId: string | null;
  provider: ProviderId;
  /** The provider's secret; sealed here, shown never again. Empty where the provider needs none. */
  key: string;
  name?: string | null;
  /** As `baseUrlSchema` leaves it; null: the provider's own, where it has one. */
  baseUrl?: string | null;
  /** Empty or left out: every model. */
  models?: readonly string[];
  /** Lower is tried first; 100 when left out. */
  priority?: number;
  actor: Actor;
}

type Callable = Pick<NewProviderKey, "provider" | "key" | "baseUrl">;

/** What a provider cannot be called without, by the field that lacks it. */
function missingFields({ provider, key, baseUrl }: Callable): Record<string, string> {
  const { name, takesOwnKeys, needsKey, needsBaseUrl } = PROVIDERS[provider];
  if (!takesOwnKeys) return { provider: `${name} takes no own keys` };
  return {
    ...(needsKey && key === "" ? { key: "Enter the provider's key" } : {}),
    ...(needsBaseUrl && !baseUrl ? { baseUrl: "Enter the address at which it is reached" } : {}),
  };
}

/** @throws GatewayError invalid_fields for a provider that takes no own keys, and for a key or base URL that it needs and lacks. */
export function refuseIncomplete(wanted: Callable): void {
  const fields = missingFields(wanted);
  const [missing] = Object.entries(fields);
  if (!missing) return;
  const [field, message] = missing;
  throw new GatewayError("invalid_fields", message, {
    param: field === "baseUrl" ? "base_url" : field,
    metadata: { fields },
  });
}

/**
 * Adds a customer's own key for a provider to a project, or to the whole organisation.
 * @throws GatewayError not_found, forbidden; invalid_fields for a provider that takes no own keys, for a key or a base
 * URL that the provider needs and that is missing, and for a base URL on a private network.
 */
export async function addProviderKey(wanted: NewProviderKey): Promise<ProviderKeyView> {
  const { organizationId, projectId, provider, key, actor } = wanted;
  const baseUrl = wanted.baseUrl ?? null;
  refuseIncomplete(wanted);
  await refusePrivateBaseUrl(baseUrl);
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "provider_keys.manage");
    await lockServed(tx, { organizationId, projectId });
    const row = await insertProviderKey(tx, {
      organizationId,
      projectId,
      provider,
      name: wanted.name ? cleanText(wanted.name, 100) : null,
      sealed: seal(key),
      lastFour: key.slice(-4),
      baseUrl,
      models: [...(wanted.models ?? [])],
      priority: wanted.priority ?? PRIORITY_DEFAULT,
    });
    await bumpServed(tx, { organizationId, projectId });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "provider_key.add",
      target: `provider_key:${row.id}`,
      after: {
        project_id: projectId,
        provider,
        name: row.name,
        last_four: row.lastFour,
        base_url: baseUrl,
        models: row.models,
        priority: row.priority,
      },
    });
    return providerKeyView(row);
  });
}
