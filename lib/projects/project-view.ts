import type { Role } from "@/lib/identity/roles";
import type { Project } from "@/lib/infra/prisma-client/client";
import type { ProjectMode, Retention } from "@/lib/projects/schemas";

/** A project as pages and components see it, with what this person is in its organisation. */
export interface ProjectView {
  id: string;
  organizationId: string;
  organizationName: string;
  name: string;
  mode: ProjectMode;
  retention: Retention;
  cacheTtlSeconds: number | null;
  isDefault: boolean;
  /** Whether all its keys are refused. */
  isPaused: boolean;
  /** ISO 8601. */
  createdAt: string;
  role: Role;
}

export function projectView(project: Project, organizationName: string, role: Role): ProjectView {
  return {
    id: project.id,
    organizationId: project.organizationId,
    organizationName,
    name: project.name,
    mode: project.mode,
    retention: project.retention,
    cacheTtlSeconds: project.cacheTtlSeconds,
    isDefault: project.isDefault,
    isPaused: project.pausedAt !== null,
    createdAt: project.createdAt.toISOString(),
    role,
  };
}
