import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { bumpProjectKeys } from "@/lib/keys/store";
import { deleteCachedAnswers, lockProject } from "@/lib/projects/store";

/**
 * Forgets every answer that a project's response cache keeps. No request admitted after the commit is given one of them,
 * and none that is under way now leaves one there.
 * @returns how many there were.
 * @throws GatewayError not_found, forbidden.
 */
export function clearCache({
  organizationId,
  projectId,
  actor,
}: {
  organizationId: string;
  projectId: string;
  actor: Actor;
}): Promise<{ answers: number }> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "project.update");
    if (!(await lockProject(tx, organizationId, projectId))) throw notFound("Project");
    await bumpProjectKeys(tx, organizationId, projectId);
    const answers = await deleteCachedAnswers(tx, projectId);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "project.clear_cache",
      target: `project:${projectId}`,
      after: { answers },
    });
    return { answers };
  });
}
