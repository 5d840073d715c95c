import { qualifiedName } from "@/lib/catalog/find-model";
import { MODELS, type Model, type Offer } from "@/lib/catalog/models";
import type { Price, Rates } from "@/lib/catalog/price";
import { offersOf } from "@/lib/catalog/price-overrides";
import { formatUsd } from "@/lib/core/money";
import { mayAsk, obeyed } from "@/lib/gateway/obey-rules";
import { canServe, endpointsCalling, type Pools } from "@/lib/gateway/plan";
import type { Caller } from "@/lib/keys/caller";

/** 2025-01-01, since OpenAI's clients expect a number; the catalogue does not know when a model came out. */
const CREATED = 1_735_689_600;

/** USD for one token as a decimal string, as OpenRouter's list has it: nano-dollars per million have 15 decimals. */
function perToken(nanoPerMillion: bigint): string {
  const digits = nanoPerMillion.toString().padStart(16, "0");
  return `${digits.slice(0, -15)}.${digits.slice(-15)}`.replace(/\.?0+$/, "") || "0";
}

function ratesPerToken(rates: Rates) {
  return {
    prompt: perToken(rates.input),
    completion: perToken(rates.output),
    ...(rates.cachedInput === undefined ? {} : { input_cache_read: perToken(rates.cachedInput) }),
    ...(rates.cacheWrite === undefined ? {} : { input_cache_write: perToken(rates.cacheWrite) }),
    ...(rates.cacheWriteHour === undefined ? {} : { input_cache_write_1h: perToken(rates.cacheWriteHour) }),
  };
}

/** Prices of the offer that is tried first, null where it has none; `tiers` are those of long prompts, for the whole request. */
function pricing(price: Price) {
  return {
    ...ratesPerToken(price),
    ...(price.request === undefined ? {} : { request: formatUsd(price.request) }),
    input_per_million: formatUsd(price.input),
    output_per_million: formatUsd(price.output),
    ...(price.tiers === undefined
      ? {}
      : { tiers: price.tiers.map((tier) => ({ prompt_tokens_above: tier.above, ...ratesPerToken(tier) })) }),
  };
}

function listed(model: Model, offers: readonly Offer[]) {
  const [first] = offers;
  return {
    id: qualifiedName(model),
    object: "model",
    created: CREATED,
    owned_by: model.vendor,
    name: model.name,
    kind: model.kind,
    context_length: model.contextWindow,
    max_output_tokens: model.maxOutput,
    capabilities: model.capabilities,
    architecture: { input_modalities: model.modalities.input, output_modalities: model.modalities.output },
    providers: offers.map((offer) => offer.provider),
    pricing: first && !first.unpriced ? pricing(first.price) : null,
  };
}

/** The model as far as the caller's rules leave it; null where they do not. `address` is the client's. */
function allowedModel({ rules }: Caller, model: Model, address: string): Model | null {
  if (rules === null) return model;
  if (!endpointsCalling(model.kind).some((endpoint) => mayAsk(rules, endpoint, address))) return null;
  const { found, denial } = obeyed(rules, { model, provider: null });
  return denial ? null : found.model;
}

/** A model as this caller may call it from an address; null when it may not. */
export function modelEntry(caller: Caller, asked: Model, pools: Pools, address: string) {
  const model = allowedModel(caller, asked, address);
  if (!model) return null;
  const offers = offersOf(model).filter(({ provider }) => canServe(caller, { model, provider }, pools));
  return offers.length > 0 ? listed(model, offers) : null;
}

/** The models that this caller may call, in OpenAI's list form with prices, limits and the providers that would serve it. */
export function listModels(caller: Caller, pools: Pools, address: string) {
  return {
    object: "list",
    data: MODELS.map((model) => modelEntry(caller, model, pools, address)).filter((entry) => entry !== null),
  };
}
