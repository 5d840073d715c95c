import { liveProject } from "@/components/shell/live-project";
import { readAutoTopUp } from "@/lib/billing/auto-top-up-view";

/** How the automatic top-ups of the project's organisation stand, for a page that is open. */
export async function GET(_request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return liveProject((await params).project, "billing.view", ({ organization }) => readAutoTopUp(organization.id));
}
