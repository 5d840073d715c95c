import type { Actor } from "@/lib/audit/actor";
import { INSTALLATION, recordAudit } from "@/lib/audit/record";
import { checked } from "@/lib/core/checked";
import { transaction } from "@/lib/infra/db";
import { modelKeyOf } from "@/lib/pricing/model-key";
import { auditedPrices, type PriceOverrideView, priceOverrideView } from "@/lib/pricing/price-override-view";
import { refreshPrices } from "@/lib/pricing/refresh-prices";
import { type PriceOverrideInput, priceOverrideSchema } from "@/lib/pricing/schemas";
import { bumpPriceVersion, findPriceOverride, upsertPriceOverride } from "@/lib/pricing/store";

/**
 * Gives a provider's model a price of the operator's own, for every organisation, in place of the catalogue's whole price:
 * its tiers for long prompts and its fee for a request go too. A model that has no price gets one, so that credits can
 * pay for it where the installation has what it takes to call it. In force at once in this process, in others within a
 * second (`refreshPrices`). It is the operator's to call: whoever may is checked before.
 * @throws GatewayError invalid_body for prices that are none; invalid_fields for a model that no provider of that name serves.
 */
export async function setPriceOverride(input: PriceOverrideInput, actor: Actor): Promise<PriceOverrideView> {
  const wanted = checked(priceOverrideSchema, input);
  const modelKey = modelKeyOf(wanted.modelKey);
  const row = await transaction(async (tx) => {
    await bumpPriceVersion(tx);
    const before = await findPriceOverride(tx, modelKey);
    const after = await upsertPriceOverride(tx, {
      modelKey,
      inputPrice: wanted.inputPricePerMillion,
      outputPrice: wanted.outputPricePerMillion,
      cachedInputPrice: wanted.cachedInputPricePerMillion ?? null,
      cacheWritePrice: wanted.cacheWritePricePerMillion ?? null,
      cacheWriteHourPrice: wanted.cacheWriteHourPricePerMillion ?? null,
      requestPrice: wanted.requestPrice ?? null,
    });
    await recordAudit(tx, {
      organizationId: INSTALLATION,
      actor,
      action: "price.set",
      target: `price:${modelKey}`,
      ...(before ? { before: auditedPrices(before) } : {}),
      after: auditedPrices(after),
    });
    return after;
  });
  await refreshPrices();
  return priceOverrideView(row);
}
