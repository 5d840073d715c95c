import { z } from "zod";
import { perMillion } from "@/lib/catalog/price";
import { decimalText } from "@/lib/core/money";

/** Above any price that is asked anywhere, and far below what a column of nano-dollars holds. */
const PRICE_USD_MAX = 100_000n;
const MODEL_KEY_CHARACTERS_MAX = 200;

/** USD as a decimal string or a number, to the nano-dollar → nano-dollars. */
export const priceSchema = z.union([z.string().trim(), z.number()]).transform((value, context): bigint => {
  try {
    const amount = perMillion(typeof value === "number" ? decimalText(value) : value);
    if (amount <= perMillion(PRICE_USD_MAX.toString())) return amount;
  } catch {
    // Said below.
  }
  context.addIssue({
    code: "custom",
    message: `Enter a price in USD from 0 to ${PRICE_USD_MAX} with at most nine decimals, such as 2.5`,
  });
  return z.NEVER;
});

/** `provider:model`, as callers name a model at a provider. */
export const modelKeySchema = z
  .string("Name the model as provider:model")
  .trim()
  .min(1, "Name the model as provider:model")
  .max(MODEL_KEY_CHARACTERS_MAX, `The name may have at most ${MODEL_KEY_CHARACTERS_MAX} characters`);

/** What sets a price of the operator's own: USD per million tokens, `requestPrice` USD for each request. */
export const priceOverrideSchema = z.strictObject({
  modelKey: modelKeySchema,
  inputPricePerMillion: priceSchema,
  outputPricePerMillion: priceSchema,
  /** Prompt tokens read from the provider's cache; left out or null: as input. */
  cachedInputPricePerMillion: priceSchema.nullish(),
  /** Prompt tokens written to it; left out or null: as input. */
  cacheWritePricePerMillion: priceSchema.nullish(),
  /** Those written for an hour; left out or null: as other writes. */
  cacheWriteHourPricePerMillion: priceSchema.nullish(),
  requestPrice: priceSchema.nullish(),
});

/** What names one. */
export const namedOverrideSchema = priceOverrideSchema.pick({ modelKey: true });

/** As it is sent. */
export type PriceOverrideInput = z.input<typeof priceOverrideSchema>;
