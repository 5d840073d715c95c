import { changeRules, type RuleChange } from "@/lib/iam/change-rules";
import type { RuleView } from "@/lib/iam/rule-view";
import { removeRule } from "@/lib/iam/store";
import { notFound } from "@/lib/identity/permit";

/**
 * Deletes one rule of a key, a project or a member.
 * @throws GatewayError as `changeRules`; not_found also where the owner has no such rule.
 */
export function deleteRule({ ruleId, ...change }: RuleChange & { ruleId: string }): Promise<RuleView[]> {
  return changeRules(change, "rules.delete", async (tx) => {
    if (!(await removeRule(tx, change.owner, ruleId))) throw notFound("Rule");
  });
}
