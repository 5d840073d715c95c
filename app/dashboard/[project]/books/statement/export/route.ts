import { answerProject } from "@/components/shell/live-project";
import { GatewayError } from "@/lib/core/errors";
import { readStatement } from "@/lib/ledger/statement";
import { statementCsv } from "@/lib/ledger/statement-csv";

/** A month's statement of the project's organisation as a file. */
export async function GET(request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return answerProject((await params).project, "billing.view", async ({ organization }) => {
    const month = new URL(request.url).searchParams.get("month") ?? "";
    const statement = await readStatement(organization.id, month);
    if (!statement) throw new GatewayError("invalid_fields", "Name a month, such as 2026-11.", { param: "month" });
    return new Response(statementCsv(statement), {
      headers: {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": `attachment; filename="statement-${month}.csv"`,
        "cache-control": "private, no-store",
      },
    });
  });
}
