import { type RuleView, ruleView } from "@/lib/iam/rule-view";
import { findRules, findRulesAbove, type RuleOwner } from "@/lib/iam/store";
import { notFound } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";

/** The rules of a project or a member, oldest first. Who may see them is the caller's to check. */
export async function readRules(owner: Exclude<RuleOwner, { apiKeyId: string }>): Promise<RuleView[]> {
  return (await transaction((tx) => findRules(tx, owner))).map(ruleView);
}

/** The rules that hold for a key besides its own. */
export interface RulesAboveKey {
  project: RuleView[];
  /** Of the member who made it. */
  member: RuleView[];
}

/**
 * The rules that hold for a key of an organisation besides its own.
 * @throws GatewayError not_found.
 */
export async function readRulesAbove(organizationId: string, keyId: string): Promise<RulesAboveKey> {
  const above = await findRulesAbove(organizationId, keyId);
  if (!above) throw notFound("API key");
  return { project: above.project.map(ruleView), member: above.member.map(ruleView) };
}
