import { notFound, redirect } from "next/navigation";
import { receiptAddress } from "@/lib/billing/receipt-address";
import { GatewayError } from "@/lib/core/errors";
import { requireProject } from "@/lib/edge/session";

/** Leads to the invoice or receipt of a top-up, at Stripe. */
export async function GET(
  _request: Request,
  { params }: { params: Promise<{ project: string; topUp: string }> },
): Promise<Response> {
  const { project, topUp } = await params;
  const { organization } = await requireProject(project, "billing.view");
  const address = await receiptAddress(organization.id, topUp).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === "not_found") return notFound();
    throw error;
  });
  redirect(address);
}
