import { allowIps } from "@/lib/iam/rules/allow-ips";
import { allowModels } from "@/lib/iam/rules/allow-models";
import { allowOperations } from "@/lib/iam/rules/allow-operations";
import { allowPricing } from "@/lib/iam/rules/allow-pricing";
import { allowProviders } from "@/lib/iam/rules/allow-providers";
import { denyIps } from "@/lib/iam/rules/deny-ips";
import { denyModels } from "@/lib/iam/rules/deny-models";
import { denyOperations } from "@/lib/iam/rules/deny-operations";
import { denyPricing } from "@/lib/iam/rules/deny-pricing";
import { denyProviders } from "@/lib/iam/rules/deny-providers";
import type { ModelRule, OfferRule, RequestRule } from "@/lib/iam/rules/rule";
import type { RuleType } from "@/lib/infra/prisma-client/client";

/** What each type of rule means, in the order in which they are asked; a forgotten one does not compile. */
export const RULES: Readonly<Record<RuleType, RequestRule | ModelRule | OfferRule>> = {
  deny_ips: denyIps,
  allow_ips: allowIps,
  deny_operations: denyOperations,
  allow_operations: allowOperations,
  deny_models: denyModels,
  allow_models: allowModels,
  deny_providers: denyProviders,
  allow_providers: allowProviders,
  deny_pricing: denyPricing,
  allow_pricing: allowPricing,
};

function isRuleType(name: string): name is RuleType {
  return Object.hasOwn(RULES, name);
}

/** Every type, in the order in which rules are asked. */
export const RULE_TYPES: readonly RuleType[] = Object.keys(RULES).filter(isRuleType);
