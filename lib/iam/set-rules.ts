import { GatewayError } from "@/lib/core/errors";
import { changeRules, type RuleChange } from "@/lib/iam/change-rules";
import type { NewRule } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";
import { findRules, replaceRules } from "@/lib/iam/store";

export interface RulesChange extends RuleChange {
  rules: readonly NewRule[];
  /** The ids of the rules that whoever changes them has seen; left out: whatever is there is replaced. */
  seen?: readonly string[];
}

/**
 * Puts these rules in place of all that a key, a project or a member had.
 * @throws GatewayError as `changeRules`; conflict where others were added or removed since they were seen.
 */
export function setRules({ rules, seen, ...change }: RulesChange): Promise<RuleView[]> {
  return changeRules(change, "rules.set", async (tx) => {
    if (seen) {
      const stored = await findRules(tx, change.owner);
      if (stored.length !== seen.length || stored.some(({ id }) => !seen.includes(id)))
        throw new GatewayError(
          "conflict",
          "Somebody else has changed these rules meanwhile. Load the page again to see them.",
        );
    }
    await replaceRules(tx, change.owner, rules);
  });
}
