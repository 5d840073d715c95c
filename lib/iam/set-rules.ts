import { changeRules, type RuleChange } from "@/lib/iam/change-rules";
import type { NewRule } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";
import { replaceRules } from "@/lib/iam/store";

/**
 * Puts these rules in place of all that a key, a project or a member had.
 * @throws GatewayError as `changeRules`.
 */
export function setRules({ rules, ...change }: RuleChange & { rules: readonly NewRule[] }): Promise<RuleView[]> {
  return changeRules(change, "rules.set", (tx) => replaceRules(tx, change.owner, rules));
}
