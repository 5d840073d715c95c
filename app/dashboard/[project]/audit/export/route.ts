import { loadAuditFilters, trailFilters } from "@/components/audit/audit-filters";
import { streamText } from "@/components/shell/stream-text";
import { exportTrail } from "@/lib/audit/export-trail";
import { requireProject } from "@/lib/edge/session";

/** The audit trail of the project's organisation as a file, as the filters in the address say. */
export async function GET(request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  const { organization } = await requireProject((await params).project, "audit.view");
  const format = new URL(request.url).searchParams.get("format") === "json" ? "json" : "csv";
  const text = exportTrail(organization.id, trailFilters(loadAuditFilters(request)), format);
  return new Response(streamText(text), {
    headers: {
      "content-type": format === "csv" ? "text/csv; charset=utf-8" : "application/json",
      "content-disposition": `attachment; filename="audit-${organization.id}.${format}"`,
      "cache-control": "private, no-store",
    },
  });
}
