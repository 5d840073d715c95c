import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { bumpProjectKeys } from "@/lib/keys/store";
import type { ProjectMode } from "@/lib/projects/schemas";
import { lockProject, saveProject } from "@/lib/projects/store";

export interface ProjectModeChange {
  organizationId: string;
  projectId: string;
  mode: ProjectMode;
  actor: Actor;
}

/**
 * Sets whose provider keys a project uses and who pays (CONTRACT section 5). Every request admitted after the commit
 * is decided under the new mode.
 * @throws GatewayError not_found, forbidden.
 */
export function setProjectMode({ organizationId, projectId, mode, actor }: ProjectModeChange): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "project.update");
    const project = await lockProject(tx, organizationId, projectId);
    if (!project) throw notFound("Project");
    if (project.mode === mode) return;
    await saveProject(tx, projectId, { mode });
    await bumpProjectKeys(tx, organizationId, projectId);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "project.set_mode",
      target: `project:${projectId}`,
      before: { mode: project.mode },
      after: { mode },
    });
  });
}
