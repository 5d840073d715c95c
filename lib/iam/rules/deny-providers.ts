import { namedProviders } from "@/lib/iam/rules/named-providers";
import type { OfferRule } from "@/lib/iam/rules/rule";

/** None of these providers. */
export const denyProviders: OfferRule = {
  about: "provider",
  effect: "deny",
  compile: (value) => ({
    matches: namedProviders(value),
    refusal: ({ offer }) => `Access denied: Provider ${offer.provider} is in the denied providers list`,
  }),
};
