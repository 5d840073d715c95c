import type { Metadata } from "next";
import { BillingPanel } from "@/components/billing/billing-panel";
import { readAutoTopUp } from "@/lib/billing/auto-top-up-view";
import { readBilling } from "@/lib/billing/billing-view";
import { paymentMode } from "@/lib/billing/payment-service";
import { requireProject } from "@/lib/edge/session";
import { config } from "@/lib/infra/config";

export const metadata: Metadata = { title: "Billing" };

interface BillingPageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<{ top_up?: string | string[] }>;
}

export default async function BillingPage({ params, searchParams }: BillingPageProps) {
  const { project, organization } = await requireProject((await params).project, "billing.view");
  const { top_up: watched } = await searchParams;
  const [billing, autoTopUp] = await Promise.all([readBilling(organization.id), readAutoTopUp(organization.id)]);
  return (
    <BillingPanel
      projectId={project.id}
      organizationName={organization.name}
      initial={billing}
      autoTopUp={autoTopUp}
      watched={typeof watched === "string" ? watched : null}
      payments={paymentMode()}
      feeBps={config().creditFeeBps}
    />
  );
}
