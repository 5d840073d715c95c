import { z } from "zod";

/*
 * The values of rules as they are stored: `rule-schema.ts` has checked them when they came in, more closely than here, since
 * a provider or an endpoint that has gone meanwhile is no reason against a rule.
 */

const names = z.array(z.string());

export const storedModels = z.object({ models: names });
export const storedProviders = z.object({ providers: names });
export const storedRanges = z.object({ cidrs: names });
export const storedOperations = z.object({ operations: names });
export const storedPricing = z.object({
  pricing_type: z.enum(["free", "paid"]).optional(),
  max_input_price: z.number().optional(),
  max_output_price: z.number().optional(),
});
