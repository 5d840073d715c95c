import { changeRules, type RuleChange } from "@/lib/iam/change-rules";
import type { NewRule } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";
import { insertRule } from "@/lib/iam/store";

/**
 * Adds a rule to those of a key, a project or a member.
 * @throws GatewayError as `changeRules`.
 */
export function addRule({ rule, ...change }: RuleChange & { rule: NewRule }): Promise<RuleView[]> {
  return changeRules(change, "rules.add", (tx) => insertRule(tx, change.owner, rule));
}
