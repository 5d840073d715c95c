import { liveProject } from "@/components/shell/live-project";
import { listSavedCards } from "@/lib/billing/saved-cards";

/** The cards that the payment service keeps for the project's organisation. Asked of it, so that no page waits for that. */
export async function GET(_request: Request, { params }: { params: Promise<{ project: string }> }): Promise<Response> {
  return liveProject((await params).project, "billing.view", ({ organization }) => listSavedCards(organization.id));
}
