import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { bumpProjectKeys } from "@/lib/keys/store";
import { lockProject, saveProject } from "@/lib/projects/store";

export interface ProjectDeletion {
  organizationId: string;
  projectId: string;
  actor: Actor;
}

/**
 * Deletes a project for good: its keys are refused from the commit on. Its rows stay for their history.
 * @throws GatewayError not_found, forbidden; conflict for the project that every installation has.
 */
export function deleteProject({ organizationId, projectId, actor }: ProjectDeletion): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "project.delete");
    const project = await lockProject(tx, organizationId, projectId);
    if (!project) throw notFound("Project");
    if (project.isDefault)
      throw new GatewayError("conflict", "The default project cannot be deleted: the master key's requests go there.");
    await saveProject(tx, projectId, { deletedAt: new Date() });
    await bumpProjectKeys(tx, organizationId, projectId);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "project.delete",
      target: `project:${projectId}`,
      before: { name: project.name, mode: project.mode },
    });
  });
}
