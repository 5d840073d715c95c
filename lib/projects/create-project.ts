import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { cleanText } from "@/lib/core/text";
import { permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import type { ProjectMode } from "@/lib/projects/schemas";
import { insertProject } from "@/lib/projects/store";

export interface NewProject {
  organizationId: string;
  name: string;
  /** hybrid when left out. */
  mode?: ProjectMode;
  actor: Actor;
}

/**
 * Makes a project.
 * @throws GatewayError not_found, forbidden.
 */
export function createProject({ organizationId, name, mode = "hybrid", actor }: NewProject): Promise<{ id: string }> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "project.create");
    const project = await insertProject(tx, { organizationId, name: cleanText(name, 100), mode });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "project.create",
      target: `project:${project.id}`,
      after: { name: project.name, mode },
    });
    return { id: project.id };
  });
}
