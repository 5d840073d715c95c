import { priceObjections } from "@/lib/iam/rules/price-objections";
import type { OfferRule } from "@/lib/iam/rules/rule";

/** Only what is of this type of price, and within these caps. */
export const allowPricing: OfferRule = {
  about: "price",
  effect: "allow",
  compile: (value) => {
    const objection = priceObjections(value, true);
    return {
      matches: ({ offer }) => objection(offer) === null,
      refusal: ({ offer }) => `Access denied: ${objection(offer)}`,
    };
  },
};
