import { changeRules, type RuleChange } from "@/lib/iam/change-rules";
import type { RuleView } from "@/lib/iam/rule-view";
import { saveRuleStatus } from "@/lib/iam/store";
import { notFound } from "@/lib/identity/permit";

export interface RuleStatusChange extends RuleChange {
  ruleId: string;
  isActive: boolean;
}

/**
 * Puts one rule of a key, a project or a member in force, or out of it without forgetting it.
 * @throws GatewayError as `changeRules`; not_found also where the owner has no such rule.
 */
export function setRuleStatus({ ruleId, isActive, ...change }: RuleStatusChange): Promise<RuleView[]> {
  return changeRules(change, isActive ? "rules.enable" : "rules.disable", async (tx) => {
    if (!(await saveRuleStatus(tx, change.owner, ruleId, isActive))) throw notFound("Rule");
  });
}
