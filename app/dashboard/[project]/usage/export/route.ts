import { answerProject } from "@/components/shell/live-project";
import { maySee } from "@/components/usage/may-see";
import { loadUsageFilters } from "@/components/usage/usage-filters";
import { GatewayError } from "@/lib/core/errors";
import { readBreakdownLines } from "@/lib/usage/breakdown";
import { daysOf, spanOf } from "@/lib/usage/span";
import { usageCsv } from "@/lib/usage/usage-csv";

/** What the usage page shows, as a file: a line for each group in each hour, day or week. */
export async function GET(request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return answerProject((await params).project, "usage.view", async ({ organization, project, may }) => {
    const filters = loadUsageFilters(request);
    if (!maySee(filters.by, may)) throw new GatewayError("not_found", "Project not found");
    const span = spanOf(filters, new Date());
    if (typeof span === "string") throw new GatewayError("invalid_fields", span);
    const lines = await readBreakdownLines({
      organizationId: organization.id,
      projectId: project.id,
      by: filters.by,
      span,
    });
    const { firstDay, lastDay } = daysOf(span);
    return new Response(usageCsv(lines), {
      headers: {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": `attachment; filename="usage-by-${filters.by}-${firstDay}-${lastDay}.csv"`,
        "cache-control": "private, no-store",
      },
    });
  });
}
