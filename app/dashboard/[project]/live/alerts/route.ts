import { liveProject } from "@/components/shell/live-project";
import { listAlerts } from "@/lib/alerts/list-alerts";

/** The inbox of the reader as it stands, for a page that is open. */
export async function GET(_request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return liveProject((await params).project, "project.view", ({ organization, project, user }) =>
    listAlerts({ organizationId: organization.id, projectId: project.id, userId: user.id }),
  );
}
