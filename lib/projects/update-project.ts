import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { cleanText } from "@/lib/core/text";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { bumpProjectKeys } from "@/lib/keys/store";
import type { Retention } from "@/lib/projects/schemas";
import { deleteCachedAnswers, lockProject, saveProject } from "@/lib/projects/store";

export interface ProjectUpdate {
  organizationId: string;
  projectId: string;
  /** What is left out stays as it is. */
  name?: string;
  retention?: Retention;
  /** null: no response cache. */
  cacheTtlSeconds?: number | null;
  actor: Actor;
}

/**
 * Changes a project's settings other than its mode; every request admitted after the commit is decided under them. Where
 * the response cache is switched off, what it keeps is forgotten.
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
    await saveProject(tx, projectId, { name, retention, cacheTtlSeconds });
    await bumpProjectKeys(tx, organizationId, projectId);
    if (cacheTtlSeconds === null && project.cacheTtlSeconds !== null) await deleteCachedAnswers(tx, projectId);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "project.update",
      target: `project:${projectId}`,
      before: { name: project.name, retention: project.retention, cache_ttl_seconds: project.cacheTtlSeconds },
      after: { name, retention, cache_ttl_seconds: cacheTtlSeconds },
    });
  });
}
