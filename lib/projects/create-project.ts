import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { formatUsd, type Usd } from "@/lib/core/money";
import { cleanText } from "@/lib/core/text";
import { auditedRule, type NewRule } from "@/lib/iam/rule-schema";
import { replaceRules } from "@/lib/iam/store";
import { notFound, permit } from "@/lib/identity/permit";
import { shareOrganization } from "@/lib/identity/store";
import { transaction } from "@/lib/infra/db";
import type { UsageLimitReset } from "@/lib/keys/schemas";
import { limitProject } from "@/lib/projects/limit-project";
import type { ProjectMode, Retention } from "@/lib/projects/schemas";
import { insertProject } from "@/lib/projects/store";

export interface NewProject {
  organizationId: string;
  name: string;
  /** hybrid when left out. */
  mode?: ProjectMode;
  /** metadata when left out. */
  retention?: Retention;
  /** What all its keys together may spend, at list price; null or left out: not limited. */
  usageLimit?: Usd | null;
  usageLimitReset?: UsageLimitReset;
  rules?: readonly NewRule[];
  actor: Actor;
}

/**
 * Makes a project.
 * @throws GatewayError not_found, forbidden.
 */
export function createProject({
  organizationId,
  name,
  mode = "hybrid",
  actor,
  ...wanted
}: NewProject): Promise<{ id: string }> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "project.create");
    if (!(await shareOrganization(tx, organizationId))) throw notFound("Organization");
    const project = await insertProject(tx, {
      organizationId,
      name: cleanText(name, 100),
      mode,
      ...(wanted.retention === undefined ? {} : { retention: wanted.retention }),
    });
    const rules = wanted.rules ?? [];
    await replaceRules(tx, { projectId: project.id }, rules);
    const limit = wanted.usageLimit ?? null;
    if (limit !== null) await limitProject(tx, project, limit, wanted.usageLimitReset ?? "none");
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "project.create",
      target: `project:${project.id}`,
      after: {
        name: project.name,
        mode,
        ...(limit === null
          ? {}
          : { usage_limit: formatUsd(limit), usage_limit_reset: wanted.usageLimitReset ?? "none" }),
        ...(rules.length === 0 ? {} : { iam_rules: rules.map(auditedRule) }),
      },
    });
    return { id: project.id };
  });
}
