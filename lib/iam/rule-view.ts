import { type IamRule, iamRuleSchema } from "@/lib/iam/rule-schema";
import type { IamRule as IamRuleRow } from "@/lib/infra/prisma-client/client";

/** A stored rule. */
export interface RuleView {
  id: string;
  rule: IamRule;
  isActive: boolean;
  /** ISO 8601. */
  createdAt: string;
}

/** @throws ZodError for a row that `iamRuleSchema` does not know. */
export function ruleView({ id, type, value, isActive, createdAt }: IamRuleRow): RuleView {
  return { id, rule: iamRuleSchema.parse({ type, value }), isActive, createdAt: createdAt.toISOString() };
}
