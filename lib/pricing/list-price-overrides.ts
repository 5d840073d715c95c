import { type PriceOverrideView, priceOverrideView } from "@/lib/pricing/price-override-view";
import { readPriceOverrides } from "@/lib/pricing/store";

/** The operator's own prices, newest first. */
export async function listPriceOverrides({
  skip = 0,
  limit = 100,
}: {
  skip?: number;
  limit?: number;
} = {}): Promise<PriceOverrideView[]> {
  return (await readPriceOverrides(skip, limit)).map(priceOverrideView);
}
