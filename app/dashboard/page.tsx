import type { Metadata } from "next";
import { cookies } from "next/headers";
import { redirect } from "next/navigation";
import { connection } from "next/server";
import { LAST_PROJECT_COOKIE } from "@/components/shell/last-project";
import { projectPath } from "@/components/shell/navigation";
import { NoProject } from "@/components/shell/no-project";
import { requireUser } from "@/lib/edge/session";
import { listFillable, listProjects } from "@/lib/projects/list-projects";

export const metadata: Metadata = { title: "Dashboard" };

/** Leads to the project that was looked at last, else to the first. */
export default async function DashboardPage() {
  await connection();
  const user = await requireUser();
  const projects = await listProjects(user.id);
  const last = (await cookies()).get(LAST_PROJECT_COOKIE)?.value;
  const project = projects.find(({ id }) => id === last) ?? projects[0];
  if (project) redirect(projectPath(project.id));
  const [organization = null] = await listFillable(user.id);
  return <NoProject email={user.email} organization={organization} />;
}
