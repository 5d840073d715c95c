import type { Model, Offer } from "@/lib/catalog/models";
import type { Price } from "@/lib/catalog/price";
import type { ProviderId } from "@/lib/providers/provider";

/** By `priceKey`. */
export type PriceOverrides = ReadonlyMap<string, Price>;

/** What an override is kept under: the provider, and the catalogue's own name of the model. */
export function priceKey(provider: ProviderId, model: Pick<Model, "name">): string {
  return `${provider}:${model.name}`;
}

interface PricesInForce {
  overrides: PriceOverrides;
  /** The database's version of them; null: none was read yet. */
  version: bigint | null;
  /** Offers at those prices, so that they are made once for a model and not for a request. */
  priced: WeakMap<Model, readonly Offer[]>;
  listeners: (() => void)[];
}

declare global {
  /** Next bundles several copies of this module, and one of them learns of a change: prices are the process's, not a copy's. */
  var turnpikePrices: PricesInForce | undefined;
}

globalThis.turnpikePrices ??= { overrides: new Map(), version: null, priced: new WeakMap(), listeners: [] };
const inForce = globalThis.turnpikePrices;

/** Calls `listener` whenever prices have changed, so that what was worked out with the old ones is forgotten. */
export function onPriceChange(listener: () => void): void {
  inForce.listeners.push(listener);
}

/** The version of the prices that are in force in this process; null: none was read yet. */
export function priceVersion(): bigint | null {
  return inForce.version;
}

/**
 * Puts the operator's own prices in force in this process, in place of all that it had before, unless a later `version` is
 * already. A request that is planned already keeps its plan's prices to its end.
 */
export function applyPriceOverrides(prices: PriceOverrides, version = inForce.version): void {
  if (version !== null && inForce.version !== null && version < inForce.version) return;
  inForce.version = version;
  inForce.overrides = prices;
  inForce.priced = new WeakMap();
  for (const listener of inForce.listeners) listener();
}

/** A model's offers at the prices in force: the operator's own where there is one, which replaces the catalogue's whole. */
export function offersOf(model: Model): readonly Offer[] {
  const { overrides, priced } = inForce;
  if (overrides.size === 0) return model.offers;
  const known = priced.get(model);
  if (known) return known;
  const offers = model.offers.map((offer) => repriced(model, offer, overrides));
  priced.set(model, offers);
  return offers;
}

function repriced(model: Model, offer: Offer, overrides: PriceOverrides): Offer {
  const price = overrides.get(priceKey(offer.provider, model));
  if (!price) return offer;
  const { unpriced: _, ...known } = offer;
  return { ...known, price };
}
