import { liveProject } from "@/components/shell/live-project";
import { loadLogFilters, logQuery } from "@/components/usage/log-filters";
import { listRequests } from "@/lib/usage/requests";

/** A page of a project's log as it stands, for a page that is open. */
export async function GET(request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return liveProject((await params).project, "logs.view", ({ project }) =>
    listRequests(logQuery(project.id, loadLogFilters(request))),
  );
}
