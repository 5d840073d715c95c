import { parseUsd } from "@/lib/core/money";
import type { Receipt } from "@/lib/usage/requests";

export interface ReceiptLine {
  name: string;
  tokens: number;
  /** USD per million tokens, decimal string; null: no price. */
  price: string | null;
  /** Exact USD as a decimal string; null: no price. */
  amount: string | null;
}

const PRICE_DECIMALS = 15;

/** `tokens` at `price` USD per million, exactly: up to fifteen decimals, none of them rounded. */
export function lineAmount(tokens: number, price: string): string {
  const units = (parseUsd(price) * BigInt(tokens)).toString().padStart(PRICE_DECIMALS + 1, "0");
  const whole = units.slice(0, -PRICE_DECIMALS);
  const fraction = units.slice(-PRICE_DECIMALS);
  return `${whole}.${fraction.slice(0, 2)}${fraction.slice(2).replace(/0+$/, "")}`;
}

/**
 * What the cost of a request is made of. Cached and cache-write tokens are part of the prompt's, as reasoning tokens are
 * of the completion's; a price that the model lacks for them is that of plain input (lib/catalog/price.ts).
 */
export function receiptLines(receipt: Receipt): ReceiptLine[] {
  const line = (name: string, tokens: number, price: string | null): ReceiptLine => ({
    name,
    tokens,
    price,
    amount: price === null ? null : lineAmount(tokens, price),
  });
  const { promptTokens, cachedTokens, cacheWriteTokens, completionTokens, inputPrice, outputPrice } = receipt;
  return [
    line("Input", Math.max(0, promptTokens - cachedTokens - cacheWriteTokens), inputPrice),
    ...(cachedTokens > 0 ? [line("Input, cached", cachedTokens, receipt.cachedInputPrice ?? inputPrice)] : []),
    ...(cacheWriteTokens > 0
      ? [line("Input, written to cache", cacheWriteTokens, receipt.cacheWritePrice ?? inputPrice)]
      : []),
    line("Output", completionTokens, outputPrice),
  ];
}
