import { parseUsd, usdToNumber } from "@/lib/core/money";
import type { Caller } from "@/lib/keys/caller";
import { requireKey } from "@/lib/keys/read-keys";
import { readKeyUsage } from "@/lib/usage/key-usage";

/** What OpenRouter says of a rate that is not limited. */
const NO_RATE = -1;

function amount(text: string | null): number | null {
  return text === null ? null : usdToNumber(parseUsd(text));
}

/**
 * The calling key in OpenRouter's form, amounts in numbers of USD. `usage` is everything at list price, whoever paid, as
 * the key's limit counts it (CONTRACT section 5); `byok_usage` is the part of it that own provider keys served.
 * @throws GatewayError not_found where the credential is no key that people made.
 */
export async function readKey({
  organizationId,
  projectId,
  keyId,
}: Pick<Caller, "organizationId" | "projectId" | "keyId">) {
  const [key, usage] = await Promise.all([
    requireKey({ organizationId, keyId }),
    readKeyUsage({ organizationId, projectId, keyId }),
  ]);
  return {
    data: {
      id: key.id,
      label: key.preview,
      name: key.name,
      scopes: key.scopes,
      environment: key.environment,
      limit: amount(key.usageLimit),
      limit_remaining: amount(key.limitRemaining),
      limit_reset: key.usageLimitReset === "none" ? null : key.usageLimitReset,
      include_byok_in_limit: true,
      usage: usdToNumber(usage.all.ever),
      usage_daily: usdToNumber(usage.all.daily),
      usage_weekly: usdToNumber(usage.all.weekly),
      usage_monthly: usdToNumber(usage.all.monthly),
      byok_usage: usdToNumber(usage.byok.ever),
      byok_usage_daily: usdToNumber(usage.byok.daily),
      byok_usage_weekly: usdToNumber(usage.byok.weekly),
      byok_usage_monthly: usdToNumber(usage.byok.monthly),
      rate_limit_rpm: key.rateLimitRpm,
      rate_limit_tpm: key.rateLimitTpm,
      rate_limit: {
        requests: key.rateLimitRpm ?? NO_RATE,
        interval: "1m",
        note: "The same as rate_limit_rpm; -1: not limited.",
      },
      is_free_tier: false,
      is_management_key: key.scopes.includes("admin:*"),
      is_provisioning_key: key.scopes.includes("admin:*"),
      creator_user_id: key.createdById,
      project_id: key.projectId,
      created_at: key.createdAt,
      expires_at: key.expiresAt,
    },
  };
}
