import { type ProjectView, projectView } from "@/lib/projects/project-view";
import { findProjectsOf } from "@/lib/projects/store";

/** Every live project that this person can open, by organisation and age. */
export async function listProjects(userId: string): Promise<ProjectView[]> {
  const memberships = await findProjectsOf(userId);
  return memberships.flatMap(({ role, organization }) =>
    organization.projects.map((project) => projectView(project, organization.name, role)),
  );
}
