import { notFound, redirect } from "next/navigation";
import { receiptAddress } from "@/lib/billing/receipt-address";
import { GatewayError } from "@/lib/core/errors";
import { requireProject } from "@/lib/edge/session";

/** Leads to the invoice or receipt of a top-up, at Stripe; with `?as=pdf` to the invoice as a file. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ project: string; topUp: string }> },
): Promise<Response> {
  const { project, topUp } = await params;
  const { organization } = await requireProject(project, "billing.view");
  const as = new URL(request.url).searchParams.get("as") === "pdf" ? "pdf" : "page";
  const address = await receiptAddress(organization.id, topUp, as).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === "not_found") return notFound();
    throw error;
  });
  redirect(address);
}
