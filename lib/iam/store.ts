import { newId } from "@/lib/core/ids";
import type { NewRule } from "@/lib/iam/rule-schema";
import type { Tx } from "@/lib/infra/db";
import type { IamRule, Membership } from "@/lib/infra/prisma-client/client";

/** What rules belong to: a key, a project, or an organisation's member and with them the keys that they made. */
export type RuleOwner = { apiKeyId: string } | { projectId: string } | { membershipId: string };

/**
 * Puts these rules, in their order, in place of all that their owner had. Under the owner's lock; the caller bumps the
 * version of every key concerned.
 */
export async function replaceRules(tx: Tx, owner: RuleOwner, rules: readonly NewRule[]): Promise<void> {
  await tx.iamRule.deleteMany({ where: owner });
  if (rules.length === 0) return;
  const now = Date.now();
  await tx.iamRule.createMany({
    data: rules.map(({ rule: { type, value }, isActive }, index) => ({
      id: newId("rule", now + index),
      ...owner,
      type,
      value,
      isActive,
      createdAt: new Date(now + index),
    })),
  });
}

/** Adds a rule behind those that its owner has; as `replaceRules`. */
export async function insertRule(tx: Tx, owner: RuleOwner, { rule, isActive }: NewRule): Promise<void> {
  await tx.iamRule.create({ data: { id: newId("rule"), ...owner, type: rule.type, value: rule.value, isActive } });
}

/** Removes one of the owner's rules; false when it has no such rule. As `replaceRules`. */
export async function removeRule(tx: Tx, owner: RuleOwner, ruleId: string): Promise<boolean> {
  const { count } = await tx.iamRule.deleteMany({ where: { id: ruleId, ...owner } });
  return count > 0;
}

/** Puts one of the owner's rules in force, or out of it; false when it has no such rule. As `replaceRules`. */
export async function saveRuleStatus(tx: Tx, owner: RuleOwner, ruleId: string, isActive: boolean): Promise<boolean> {
  const { count } = await tx.iamRule.updateMany({ where: { id: ruleId, ...owner }, data: { isActive } });
  return count > 0;
}

/** The rules of an owner, oldest first. */
export function findRules(tx: Tx, owner: RuleOwner): Promise<IamRule[]> {
  return tx.iamRule.findMany({ where: owner, orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
}

/**
 * Takes a member for a change of what their keys may do, until the transaction ends; null when they are none of this
 * organisation's. Takes the organisation first: keys are made under its shared lock, so none is made that a following bump
 * of versions would not see.
 */
export async function lockMember(tx: Tx, organizationId: string, membershipId: string): Promise<Membership | null> {
  await tx.$queryRaw`SELECT id FROM organization WHERE id = ${organizationId} FOR NO KEY UPDATE`;
  return tx.membership.findFirst({ where: { id: membershipId, organizationId } });
}
