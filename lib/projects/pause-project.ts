import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { bumpProjectKeys } from "@/lib/keys/store";
import { lockProject, saveProject } from "@/lib/projects/store";

export interface ProjectPause {
  organizationId: string;
  projectId: string;
  isPaused: boolean;
  actor: Actor;
}

/**
 * Refuses every call of a project's keys, those made later too, or lets them go on as they were. Each request admitted
 * after the commit sees it, on every instance; those that run are finished and charged.
 * @throws GatewayError not_found, forbidden.
 */
export function pauseProject({ organizationId, projectId, isPaused, actor }: ProjectPause): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "project.update");
    const project = await lockProject(tx, organizationId, projectId);
    if (!project) throw notFound("Project");
    if ((project.pausedAt !== null) === isPaused) return;
    await saveProject(tx, projectId, { pausedAt: isPaused ? new Date() : null });
    await bumpProjectKeys(tx, organizationId, projectId);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: isPaused ? "project.pause" : "project.resume",
      target: `project:${projectId}`,
      before: { paused: !isPaused },
      after: { paused: isPaused },
    });
  });
}
