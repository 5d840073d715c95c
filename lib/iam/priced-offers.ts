import type { Model, Offer } from "@/lib/catalog/models";

/** A model's offers at the prices in force, which rules about prices look at. */
export function pricedOffers(model: Model): readonly Offer[] {
  return model.offers;
}
