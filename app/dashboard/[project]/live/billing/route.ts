import { liveProject } from "@/components/shell/live-project";
import { readBilling } from "@/lib/billing/billing-view";

/** The credits and top-ups of the project's organisation as they stand, for a page that is open. */
export async function GET(_request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return liveProject((await params).project, "billing.view", ({ organization }) => readBilling(organization.id));
}
