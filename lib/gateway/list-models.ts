import { qualifiedName } from "@/lib/catalog/find-model";
import { MODELS, type Model } from "@/lib/catalog/models";
import { formatUsd } from "@/lib/core/money";
import { canServe, type Pools } from "@/lib/gateway/plan";
import type { Caller } from "@/lib/keys/caller";

/** 2025-01-01, since OpenAI's clients expect a number; the catalogue does not know when a model came out. */
const CREATED = 1_735_689_600;

/** USD for one token as a decimal string, as OpenRouter's list has it: nano-dollars per million have 15 decimals. */
function perToken(nanoPerMillion: bigint): string {
  const digits = nanoPerMillion.toString().padStart(16, "0");
  return `${digits.slice(0, -15)}.${digits.slice(-15)}`.replace(/\.?0+$/, "") || "0";
}

/** Whether this caller may call the model, by any of its providers. */
export function isListed(caller: Caller, model: Model, pools: Pools): boolean {
  return canServe(caller, { model, provider: null }, pools);
}

/** A model in OpenAI's form with prices, limits and providers. */
export function modelEntry(model: Model) {
  const price = model.offers[0]?.price;
  return {
    id: qualifiedName(model),
    object: "model",
    created: CREATED,
    owned_by: model.vendor,
    name: model.name,
    context_length: model.contextWindow,
    max_output_tokens: model.maxOutput,
    capabilities: model.capabilities,
    providers: model.offers.map((offer) => offer.provider),
    pricing: price
      ? {
          prompt: perToken(price.input),
          completion: perToken(price.output),
          ...(price.cachedInput === undefined ? {} : { input_cache_read: perToken(price.cachedInput) }),
          input_per_million: formatUsd(price.input),
          output_per_million: formatUsd(price.output),
        }
      : null,
  };
}

/** The models that this caller may call, in OpenAI's list form. */
export function listModels(caller: Caller, pools: Pools) {
  return { object: "list", data: MODELS.filter((model) => isListed(caller, model, pools)).map(modelEntry) };
}
