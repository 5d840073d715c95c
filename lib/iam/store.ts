import { newId } from "@/lib/core/ids";
import type { NewRule } from "@/lib/iam/rule-schema";
import { prisma, type Tx } from "@/lib/infra/db";
import type { IamRule, Membership, Prisma } from "@/lib/infra/prisma-client/client";

/** What rules belong to: a key, a project, or an organisation's member and with them the keys that they made. */
export type RuleOwner = { apiKeyId: string } | { projectId: string } | { membershipId: string };

/**
 * Puts these rules in place of all that their owner had. Those that are named by their id are changed where they stand;
 * the others follow, in their order. Under the owner's lock; the caller bumps the version of every key concerned.
 */
export async function replaceRules(tx: Tx, owner: RuleOwner, rules: readonly NewRule[]): Promise<void> {
  const kept = new Set<string>();
  const added: NewRule[] = [];
  for (const wanted of rules) {
    const { id, rule, isActive } = wanted;
    const isStored = id !== undefined && !kept.has(id) && (await changeRule(tx, owner, id, { rule, isActive }));
    if (isStored) kept.add(id);
    else added.push(wanted);
  }
  await tx.iamRule.deleteMany({ where: { ...owner, id: { notIn: [...kept] } } });
  if (added.length === 0) return;
  const now = Date.now();
  await tx.iamRule.createMany({
    data: added.map(({ rule: { type, value }, isActive }, index) => ({
      id: newId("rule", now + index),
      ...owner,
      type,
      value,
      isActive,
      createdAt: new Date(now + index),
    })),
  });
}

/** False when the owner has no such rule. */
async function changeRule(tx: Tx, owner: RuleOwner, id: string, { rule, isActive }: NewRule): Promise<boolean> {
  const data = { type: rule.type, value: rule.value, isActive };
  return (await tx.iamRule.updateMany({ where: { id, ...owner }, data })).count > 0;
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

/** The rules of the levels above a key: its project's, and those of the member who made it. */
export interface RulesAbove {
  project: IamRule[];
  member: IamRule[];
}

/** What stands above a key of this organisation; null when it is not there or deleted. */
export async function findRulesAbove(organizationId: string, keyId: string): Promise<RulesAbove | null> {
  const key = await prisma().apiKey.findFirst({
    where: { id: keyId, organizationId, status: { not: "deleted" } },
    select: { projectId: true, createdById: true },
  });
  if (!key) return null;
  const orderBy = [{ createdAt: "asc" }, { id: "asc" }] satisfies Prisma.IamRuleOrderByWithRelationInput[];
  const [project, member] = await Promise.all([
    prisma().iamRule.findMany({ where: { projectId: key.projectId }, orderBy }),
    key.createdById === null
      ? []
      : prisma().iamRule.findMany({ where: { membership: { organizationId, userId: key.createdById } }, orderBy }),
  ]);
  return { project, member };
}
