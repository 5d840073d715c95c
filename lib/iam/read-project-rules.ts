import type { StoredRule } from "@/lib/iam/compile-rules";
import { findRules } from "@/lib/iam/store";
import { transaction } from "@/lib/infra/db";

/** The rules in force of a project, which all of its keys are under. */
export async function readProjectRules(projectId: string): Promise<StoredRule[]> {
  const rules = await transaction((tx) => findRules(tx, { projectId }));
  return rules.filter(({ isActive }) => isActive).map(({ id, type, value }) => ({ id, level: "project", type, value }));
}
