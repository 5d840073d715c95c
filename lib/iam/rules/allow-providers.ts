import { namedProviders } from "@/lib/iam/rules/named-providers";
import type { OfferRule } from "@/lib/iam/rules/rule";

/** Only these providers. */
export const allowProviders: OfferRule = {
  about: "provider",
  effect: "allow",
  compile: (value) => ({
    matches: namedProviders(value),
    refusal: ({ offer }) => `Access denied: Provider ${offer.provider} is not in the allowed providers list`,
  }),
};
