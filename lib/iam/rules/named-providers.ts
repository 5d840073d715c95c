import type { Candidate } from "@/lib/iam/rules/rule";
import { storedProviders } from "@/lib/iam/rules/values";

/** Whether a rule names the provider of an offer. */
export function namedProviders(value: unknown): (candidate: Candidate) => boolean {
  const names: ReadonlySet<string> = new Set(storedProviders.parse(value).providers);
  return ({ offer }) => names.has(offer.provider);
}
