import { priceObjections } from "@/lib/iam/rules/price-objections";
import type { OfferRule } from "@/lib/iam/rules/rule";

/** Nothing of this type of price, and nothing above these caps. */
export const denyPricing: OfferRule = {
  about: "price",
  effect: "deny",
  compile: (value) => {
    const objection = priceObjections(value, false);
    return {
      matches: ({ offer }) => objection(offer) !== null,
      refusal: ({ offer }) => `Access denied: ${objection(offer)}`,
    };
  },
};
