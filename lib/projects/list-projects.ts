import { can } from "@/lib/identity/roles";
import { type ProjectView, projectView } from "@/lib/projects/project-view";
import { findProjectsOf } from "@/lib/projects/store";

/** Every live project that this person can open, by organisation and age. */
export async function listProjects(userId: string): Promise<ProjectView[]> {
  const memberships = await findProjectsOf(userId);
  return memberships.flatMap(({ role, organization }) =>
    organization.projects.map((project) => projectView(project, organization.name, role)),
  );
}

/** The organisations in which this person may make a project, in the order in which they joined. */
export async function listFillable(userId: string): Promise<{ id: string; name: string }[]> {
  const memberships = await findProjectsOf(userId);
  return memberships
    .filter(({ role }) => can(role, "project.create"))
    .map(({ organization: { id, name } }) => ({ id, name }));
}
