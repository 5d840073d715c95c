import type { Actor } from "@/lib/audit/actor";
import { INSTALLATION, recordAudit } from "@/lib/audit/record";
import { checked } from "@/lib/core/checked";
import { notFound } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { modelKeyOf } from "@/lib/pricing/model-key";
import { auditedPrices } from "@/lib/pricing/price-override-view";
import { refreshPrices } from "@/lib/pricing/refresh-prices";
import { namedOverrideSchema } from "@/lib/pricing/schemas";
import { bumpPriceVersion, findPriceOverride, removePriceOverride } from "@/lib/pricing/store";

/**
 * Takes an override back: the catalogue's price holds again, or none. In force as `setPriceOverride` says, and as much
 * the operator's to call.
 * @throws GatewayError not_found where there is none.
 */
export async function deletePriceOverride(name: string, actor: Actor): Promise<void> {
  const { modelKey: asked } = checked(namedOverrideSchema, { modelKey: name });
  await transaction(async (tx) => {
    await bumpPriceVersion(tx);
    // A key that the catalogue knows no more can still be taken back as it is kept.
    const before = (await findPriceOverride(tx, asked)) ?? (await findPriceOverride(tx, knownKey(asked)));
    if (!before) throw notFound("Price override");
    await removePriceOverride(tx, before.modelKey);
    await recordAudit(tx, {
      organizationId: INSTALLATION,
      actor,
      action: "price.delete",
      target: `price:${before.modelKey}`,
      before: auditedPrices(before),
    });
  });
  await refreshPrices();
}

function knownKey(name: string): string {
  try {
    return modelKeyOf(name);
  } catch {
    return name;
  }
}
