import type { RuleSubject } from "@/components/iam/rule-draft";
import type { RuleLevel } from "@/lib/iam/compile-rules";
import type { IamRule } from "@/lib/iam/rule-schema";
import type { RuleType } from "@/lib/infra/prisma-client/client";

export const SUBJECT_WORDS: Readonly<Record<RuleSubject, string>> = {
  models: "Models",
  providers: "Providers",
  pricing: "Prices",
  operations: "Operations",
  ips: "Addresses",
};

/** Whose rule it is. */
export const LEVEL_WORDS: Readonly<Record<RuleLevel, string>> = {
  key: "This key",
  project: "The project",
  member: "The member who made the key",
};

const TYPE_WORDS: Readonly<Record<RuleType, string>> = {
  allow_models: "Allow models",
  deny_models: "Deny models",
  allow_providers: "Allow providers",
  deny_providers: "Deny providers",
  allow_pricing: "Allow prices",
  deny_pricing: "Deny prices",
  allow_ips: "Allow addresses",
  deny_ips: "Deny addresses",
  allow_operations: "Allow operations",
  deny_operations: "Deny operations",
};

/** What a type of rule does, in two words. */
export function ruleTypeWords(type: RuleType): string {
  return TYPE_WORDS[type];
}

/** What a rule names, on one line. */
export function ruleValueWords({ type, value }: IamRule): string {
  if (type === "allow_pricing" || type === "deny_pricing") {
    const { pricing_type: kind, max_input_price: input, max_output_price: output } = value;
    return [
      kind === undefined ? null : `${kind} models`,
      input === undefined ? null : `input up to $${input}`,
      output === undefined ? null : `output up to $${output}`,
    ]
      .filter((part) => part !== null)
      .join(", ");
  }
  return Object.values(value).flat().join(", ");
}
