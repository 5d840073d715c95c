import { answerProject } from "@/components/shell/live-project";
import { streamText } from "@/components/shell/stream-text";
import { loadLogFilters, requestFilters } from "@/components/usage/log-filters";
import { exportRequests } from "@/lib/usage/export-requests";

/** The project's log as a file, as the filters in the address say. */
export async function GET(request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return answerProject((await params).project, "logs.view", async ({ project }) => {
    const lines = exportRequests({
      projectId: project.id,
      filters: requestFilters(loadLogFilters(request), Date.now()),
    });
    return new Response(streamText(lines), {
      headers: {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": `attachment; filename="requests-${project.id}.csv"`,
        "cache-control": "private, no-store",
      },
    });
  });
}
