import type { Model, Offer } from "@/lib/catalog/models";
import type { Price } from "@/lib/catalog/price";
import type { ProviderId } from "@/lib/providers/provider";

/** By `priceKey`. */
export type PriceOverrides = ReadonlyMap<string, Price>;

/** What an override is kept under: the provider, and the catalogue's own name of the model. */
export function priceKey(provider: ProviderId, model: Pick<Model, "name">): string {
  return `${provider}:${model.name}`;
}

/** The operator's own prices, as this process knows them. */
let overrides: PriceOverrides = new Map();
/** Offers at those prices, so that they are made once for a model and not for a request. */
let priced = new WeakMap<Model, readonly Offer[]>();
const listeners: (() => void)[] = [];

/** Calls `listener` whenever prices have changed, so that what was worked out with the old ones is forgotten. */
export function onPriceChange(listener: () => void): void {
  listeners.push(listener);
}

/**
 * Puts the operator's own prices in force in this process, in place of all that it had before. A request that is planned
 * already keeps its plan's prices to its end.
 */
export function applyPriceOverrides(prices: PriceOverrides): void {
  overrides = prices;
  priced = new WeakMap();
  for (const listener of listeners) listener();
}

/** A model's offers at the prices in force: the operator's own where there is one, which replaces the catalogue's whole. */
export function offersOf(model: Model): readonly Offer[] {
  if (overrides.size === 0) return model.offers;
  const known = priced.get(model);
  if (known) return known;
  const offers = model.offers.map((offer) => repriced(model, offer));
  priced.set(model, offers);
  return offers;
}

function repriced(model: Model, offer: Offer): Offer {
  const price = overrides.get(priceKey(offer.provider, model));
  if (!price) return offer;
  const { unpriced: _, ...known } = offer;
  return { ...known, price };
}
