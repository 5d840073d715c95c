import { formatUsd } from "@/lib/core/money";
import type { PriceOverride } from "@/lib/infra/prisma-client/client";

/** A price of the operator's own. Prices are USD per million tokens as decimal strings; null: none of its own. */
export interface PriceOverrideView {
  /** `provider:model`, with the catalogue's own name of the model. */
  modelKey: string;
  inputPricePerMillion: string;
  outputPricePerMillion: string;
  cachedInputPricePerMillion: string | null;
  cacheWritePricePerMillion: string | null;
  cacheWriteHourPricePerMillion: string | null;
  /** USD for each request. */
  requestPrice: string | null;
  /** ISO 8601. */
  createdAt: string;
  updatedAt: string;
}

function price(amount: bigint | null): string | null {
  return amount === null ? null : formatUsd(amount);
}

export function priceOverrideView(row: PriceOverride): PriceOverrideView {
  return {
    modelKey: row.modelKey,
    inputPricePerMillion: formatUsd(row.inputPrice),
    outputPricePerMillion: formatUsd(row.outputPrice),
    cachedInputPricePerMillion: price(row.cachedInputPrice),
    cacheWritePricePerMillion: price(row.cacheWritePrice),
    cacheWriteHourPricePerMillion: price(row.cacheWriteHourPrice),
    requestPrice: price(row.requestPrice),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** The prices of an override, as its audit record has them, under the names that the API has for them. */
export function auditedPrices(row: PriceOverride) {
  const view = priceOverrideView(row);
  return {
    input_price_per_million: view.inputPricePerMillion,
    output_price_per_million: view.outputPricePerMillion,
    cached_input_price_per_million: view.cachedInputPricePerMillion,
    cache_write_price_per_million: view.cacheWritePricePerMillion,
    cache_write_hour_price_per_million: view.cacheWriteHourPricePerMillion,
    request_price: view.requestPrice,
  };
}
