import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import type { Usd } from "@/lib/core/money";
import { cleanText } from "@/lib/core/text";
import { auditedRule, type NewRule } from "@/lib/iam/rule-schema";
import { replaceRules } from "@/lib/iam/store";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import type { UsageLimitReset } from "@/lib/keys/schemas";
import { bumpProjectKeys } from "@/lib/keys/store";
import { limitProject } from "@/lib/projects/limit-project";
import type { ProjectMode, Retention } from "@/lib/projects/schemas";
import { deleteCachedAnswers, lockProject, saveProject } from "@/lib/projects/store";

export interface ProjectUpdate {
  organizationId: string;
  projectId: string;
  /** What is left out stays as it is. */
  name?: string;
  retention?: Retention;
  /** null: no response cache. */
  cacheTtlSeconds?: number | null;
  mode?: ProjectMode;
  /** What all its keys together may spend, at list price (see `limitProject` for what counts); null: not limited. */
  usageLimit?: Usd | null;
  usageLimitReset?: UsageLimitReset;
  /** In place of all that it had. */
  rules?: readonly NewRule[];
  actor: Actor;
}

/**
 * Changes a project's settings; every request admitted after the commit is decided under them. Where the response cache is
 * switched off, what it keeps is forgotten.
 * @throws GatewayError not_found, forbidden.
 */
export function updateProject({ organizationId, projectId, actor, ...wanted }: ProjectUpdate): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "project.update");
    const project = await lockProject(tx, organizationId, projectId);
    if (!project) throw notFound("Project");
    const name = wanted.name === undefined ? project.name : cleanText(wanted.name, 100);
    const retention = wanted.retention ?? project.retention;
    const cacheTtlSeconds = wanted.cacheTtlSeconds === undefined ? project.cacheTtlSeconds : wanted.cacheTtlSeconds;
    const mode = wanted.mode ?? project.mode;
    await saveProject(tx, projectId, { name, retention, cacheTtlSeconds, mode });
    await bumpProjectKeys(tx, organizationId, projectId);
    if (cacheTtlSeconds === null && project.cacheTtlSeconds !== null) await deleteCachedAnswers(tx, projectId);
    if (wanted.rules !== undefined) await replaceRules(tx, { projectId }, wanted.rules);
    const limit =
      wanted.usageLimit === undefined && wanted.usageLimitReset === undefined
        ? null
        : await limitProject(tx, project, wanted.usageLimit, wanted.usageLimitReset);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "project.update",
      target: `project:${projectId}`,
      before: {
        name: project.name,
        retention: project.retention,
        cache_ttl_seconds: project.cacheTtlSeconds,
        mode: project.mode,
        ...limit?.before,
      },
      after: {
        name,
        retention,
        cache_ttl_seconds: cacheTtlSeconds,
        mode,
        ...limit?.after,
        ...(wanted.rules === undefined ? {} : { iam_rules: wanted.rules.map(auditedRule) }),
      },
    });
  });
}
