import { z } from "zod";
import { NO_QUERY, NOTHING } from "@/lib/edge/described-operation";
import { operation } from "@/lib/edge/management/operation";
import { pageQuery, timeAnswer, usdAnswer } from "@/lib/edge/management/schemas";
import { deletePriceOverride } from "@/lib/pricing/delete-price-override";
import { listPriceOverrides } from "@/lib/pricing/list-price-overrides";
import type { PriceOverrideView } from "@/lib/pricing/price-override-view";
import { readPriceOverride } from "@/lib/pricing/read-price-override";
import { modelKeySchema, priceSchema } from "@/lib/pricing/schemas";
import { setPriceOverride } from "@/lib/pricing/set-price-override";

const priceAnswer = z
  .object({
    model_key: z.string().describe("provider:model"),
    input_price_per_million: usdAnswer,
    output_price_per_million: usdAnswer,
    cached_input_price_per_million: usdAnswer.nullable(),
    cache_write_price_per_million: usdAnswer.nullable(),
    cache_write_hour_price_per_million: usdAnswer.nullable(),
    request_price: usdAnswer.nullable().describe("For each request."),
    created_at: timeAnswer,
    updated_at: timeAnswer,
  })
  .meta({ id: "Price" });

function priceObject(price: PriceOverrideView): z.output<typeof priceAnswer> {
  return {
    model_key: price.modelKey,
    input_price_per_million: price.inputPricePerMillion,
    output_price_per_million: price.outputPricePerMillion,
    cached_input_price_per_million: price.cachedInputPricePerMillion,
    cache_write_price_per_million: price.cacheWritePricePerMillion,
    cache_write_hour_price_per_million: price.cacheWriteHourPricePerMillion,
    request_price: price.requestPrice,
    created_at: price.createdAt,
    updated_at: price.updatedAt,
  };
}

/** Said in the caller's field names here; the domain parses it once more, into nano-dollars. */
const sentPrice = z
  .union([z.string(), z.number()], 'Enter a price in USD, such as "2.5"')
  .refine((value) => priceSchema.safeParse(value).success, 'Enter a price in USD of 0 or more, such as "2.5"');

const body = z.strictObject({
  model_key: modelKeySchema,
  input_price_per_million: sentPrice,
  output_price_per_million: sentPrice,
  cached_input_price_per_million: sentPrice.nullish(),
  cache_write_price_per_million: sentPrice.nullish(),
  cache_write_hour_price_per_million: sentPrice.nullish(),
  request_price: sentPrice.nullish(),
});

export const priceOperations = [
  operation({
    method: "POST",
    path: "pricing",
    summary: "Set a price in place of the catalogue's, for every organisation. With the master key only.",
    masterOnly: true,
    query: NO_QUERY,
    body,
    answer: priceAnswer,
    run: async ({ body: sent, actor }) =>
      priceObject(
        await setPriceOverride(
          {
            modelKey: sent.model_key,
            inputPricePerMillion: sent.input_price_per_million,
            outputPricePerMillion: sent.output_price_per_million,
            cachedInputPricePerMillion: sent.cached_input_price_per_million,
            cacheWritePricePerMillion: sent.cache_write_price_per_million,
            cacheWriteHourPricePerMillion: sent.cache_write_hour_price_per_million,
            requestPrice: sent.request_price,
          },
          actor,
        ),
      ),
  }),
  operation({
    method: "GET",
    path: "pricing",
    summary: "List the prices that were set, newest first.",
    query: pageQuery,
    body: NOTHING,
    answer: z.array(priceAnswer),
    run: async ({ query }) => (await listPriceOverrides(query)).map(priceObject),
  }),
  operation({
    method: "GET",
    path: "pricing/{id}",
    summary: "Read a price that was set, by its model_key.",
    query: NO_QUERY,
    body: NOTHING,
    answer: priceAnswer,
    run: async ({ id }) => priceObject(await readPriceOverride(id)),
  }),
  operation({
    method: "DELETE",
    path: "pricing/{id}",
    summary: "Take a price back, by its model_key: the catalogue's holds again. With the master key only.",
    masterOnly: true,
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    run: async ({ id, actor }) => {
      await deletePriceOverride(id, actor);
      return undefined;
    },
  }),
];
