import { GatewayError } from "@/lib/core/errors";
import { notFound } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { modelKeyOf } from "@/lib/pricing/model-key";
import { type PriceOverrideView, priceOverrideView } from "@/lib/pricing/price-override-view";
import { findPriceOverride } from "@/lib/pricing/store";

/**
 * The operator's own price of a provider's model, whichever of its names is used.
 * @throws GatewayError not_found where there is none.
 */
export async function readPriceOverride(name: string): Promise<PriceOverrideView> {
  const row = await transaction((tx) => findPriceOverride(tx, keyOf(name)));
  if (!row) throw notFound("Price override");
  return priceOverrideView(row);
}

function keyOf(name: string): string {
  try {
    return modelKeyOf(name);
  } catch (error) {
    if (error instanceof GatewayError) throw notFound("Price override");
    throw error;
  }
}
