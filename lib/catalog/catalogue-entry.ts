import { qualifiedName } from "@/lib/catalog/find-model";
import type { Capability, Modality, Model } from "@/lib/catalog/models";
import type { Price, Rates } from "@/lib/catalog/price";
import { offersOf } from "@/lib/catalog/price-overrides";
import { formatUsd } from "@/lib/core/money";
import type { ProviderId } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";

/** USD per million tokens as decimal strings; null: as the rate that it falls back to. */
export interface EntryRates {
  input: string;
  output: string;
  /** Prompt tokens read from the provider's cache; null: as input. */
  cachedInput: string | null;
  /** Prompt tokens written to it; null: as input. */
  cacheWrite: string | null;
}

export interface EntryPrice extends EntryRates {
  /** For the whole request where the prompt has more than `above` tokens, in ascending order. */
  tiers: (EntryRates & { above: number })[];
  /** USD for the request itself; null: none. */
  request: string | null;
}

/** One provider's offer, as pages show it. */
export interface EntryOffer {
  provider: ProviderId;
  providerName: string;
  upstreamModel: string;
  /** Tokens of prompt and answer together, as this provider allows. */
  contextWindow: number;
  /** Most tokens of one answer, as this provider allows. */
  maxOutput: number;
  /** null: nobody has told us what it costs. */
  price: EntryPrice | null;
}

/** A model of the catalogue, as pages show it: plain data, with prices as decimal strings. */
export interface CatalogueEntry {
  /** What callers write: `openai/gpt-4o-mini`. */
  id: string;
  name: string;
  vendor: string;
  kind: Model["kind"];
  contextWindow: number;
  /** 0 for embeddings. */
  maxOutput: number;
  capabilities: readonly Capability[];
  input: readonly Modality[];
  output: readonly Modality[];
  aliases: readonly string[];
  snapshots: readonly string[];
  /** In the order in which they are tried; one at least. */
  offers: EntryOffer[];
}

function ratesEntry(rates: Rates): EntryRates {
  return {
    input: formatUsd(rates.input),
    output: formatUsd(rates.output),
    cachedInput: rates.cachedInput === undefined ? null : formatUsd(rates.cachedInput),
    cacheWrite: rates.cacheWrite === undefined ? null : formatUsd(rates.cacheWrite),
  };
}

function priceEntry(price: Price): EntryPrice {
  return {
    ...ratesEntry(price),
    tiers: (price.tiers ?? []).map((tier) => ({ ...ratesEntry(tier), above: tier.above })),
    request: price.request === undefined ? null : formatUsd(price.request),
  };
}

/** A model in the form in which pages show it. */
export function catalogueEntry(model: Model): CatalogueEntry {
  return {
    id: qualifiedName(model),
    name: model.name,
    vendor: model.vendor,
    kind: model.kind,
    contextWindow: model.contextWindow,
    maxOutput: model.maxOutput,
    capabilities: model.capabilities,
    input: model.modalities.input,
    output: model.modalities.output,
    aliases: model.aliases,
    snapshots: model.snapshots,
    offers: offersOf(model).map((offer) => ({
      provider: offer.provider,
      providerName: PROVIDERS[offer.provider].name,
      upstreamModel: offer.upstreamModel,
      contextWindow: offer.contextWindow ?? model.contextWindow,
      maxOutput: offer.maxOutput ?? model.maxOutput,
      price: offer.unpriced ? null : priceEntry(offer.price),
    })),
  };
}
