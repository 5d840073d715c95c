import { newId } from "@/lib/core/ids";
import type { NewRule } from "@/lib/iam/rule-schema";
import type { Tx } from "@/lib/infra/db";

/**
 * Puts these rules, in their order, in place of all that a key or a project had. Under the lock of the key, or of the
 * project; the caller bumps the version of every key concerned.
 */
export async function replaceRules(
  tx: Tx,
  owner: { apiKeyId: string } | { projectId: string },
  rules: readonly NewRule[],
): Promise<void> {
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
