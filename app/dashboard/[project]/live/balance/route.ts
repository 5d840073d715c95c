import { liveProject } from "@/components/shell/live-project";
import { formatUsd } from "@/lib/core/money";
import { readBalance } from "@/lib/ledger/balance";

/** The credits of the project's organisation as they stand, for a page that is open. */
export async function GET(_request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return liveProject((await params).project, "billing.view", async ({ organization }) => {
    const { available, held } = await readBalance(organization.id);
    return { available: formatUsd(available), held: formatUsd(held) };
  });
}
