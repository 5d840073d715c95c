"use client";

import { AutoTopUpCard } from "@/components/billing/auto-top-up-card";
import { AutoTopUpNotice } from "@/components/billing/auto-top-up-notice";
import { PortalButton } from "@/components/billing/portal-button";
import { TopUpForm } from "@/components/billing/top-up-form";
import { TopUpsTable } from "@/components/billing/top-ups-table";
import { useBilling } from "@/components/billing/use-billing";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { formatMoney } from "@/components/ui/money";
import { Money } from "@/components/ui/money-text";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import type { AutoTopUpView } from "@/lib/billing/auto-top-up-view";
import type { BillingView, TopUpView } from "@/lib/billing/billing-view";
import { parseUsd } from "@/lib/core/money";

interface BillingPanelProps {
  projectId: string;
  organizationName: string;
  initial: BillingView;
  autoTopUp: AutoTopUpView;
  /** The top-up that somebody comes back from; null: they come from elsewhere. */
  watched: string | null;
  payments: "stripe" | "simulated" | "off";
  feeBps: number;
}

/** What the organisation has to spend, how to add to it, and what was added. */
export function BillingPanel(props: BillingPanelProps) {
  const { projectId, organizationName, initial, autoTopUp, watched, payments, feeBps } = props;
  const billing = useBilling(projectId, initial, watched);
  const back = billing.topUps.find(({ id }) => id === watched);
  return (
    <>
      <PageHeader
        title="Billing"
        description={`The credits of ${organizationName}, which all of its projects share.`}
        actions={payments === "off" ? null : <PortalButton projectId={projectId} />}
      />
      <div className="grid gap-4">
        {back ? <Arrival topUp={back} /> : null}
        {payments === "off" ? null : <AutoTopUpNotice projectId={projectId} initial={autoTopUp} />}
        {payments === "simulated" ? (
          <Notice tone="warning" title="Payments are simulated">
            This installation has no Stripe key. The checkout is a local one, no money moves, and its credits are for
            trying out.
          </Notice>
        ) : null}
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem] xl:grid-rows-[auto_1fr]">
          <Balance billing={billing} />
          <div className="grid min-w-0 gap-4 xl:row-span-2">
            <Card>
              <CardHeader title="Add credits" description="They are there as soon as the payment is." />
              <CardBody>
                {payments === "off" ? (
                  <p className="text-soft text-ui">
                    Payments are not set up on this installation. Whoever runs it sets STRIPE_SECRET_KEY and
                    STRIPE_WEBHOOK_SECRET.
                  </p>
                ) : (
                  <TopUpForm projectId={projectId} feeBps={feeBps} />
                )}
              </CardBody>
            </Card>
            {payments === "off" ? null : <AutoTopUpCard projectId={projectId} initial={autoTopUp} feeBps={feeBps} />}
          </div>
          <Card className="min-w-0 overflow-hidden">
            <CardHeader title="Top-ups" />
            <TopUpsTable projectId={projectId} topUps={billing.topUps} />
          </Card>
        </div>
      </div>
    </>
  );
}

function Balance({ billing: { balance, held } }: { billing: BillingView }) {
  const isNegative = parseUsd(balance) < 0n;
  return (
    <Card>
      <CardHeader title="Balance" />
      <CardBody className="grid gap-3">
        <div>
          <p className="font-semibold text-3xl tracking-tight" data-testid="balance">
            <Money amount={balance} />
          </p>
          <p className="tabular mt-1 text-soft text-ui">
            <span className="text-held-text">{formatMoney(held)}</span> of it held for running calls
          </p>
        </div>
        {isNegative ? (
          <Notice tone="error" title="Calls that credits pay for are refused">
            More was refunded or disputed than was left. They are served again once the balance is above zero.
          </Notice>
        ) : null}
      </CardBody>
    </Card>
  );
}

/** What became of the payment that somebody comes back from. */
function Arrival({ topUp }: { topUp: TopUpView }) {
  switch (topUp.status) {
    case "pending":
      return (
        <Notice tone="info" title="Waiting for the payment">
          {topUp.failure
            ? `${topUp.failure} You can pay again below.`
            : "The credits appear here by themselves. A payment by bank takes days."}
        </Notice>
      );
    case "paid":
      return (
        <Notice tone="success" live>
          {formatMoney(topUp.amount)} of credits were added.
        </Notice>
      );
    case "failed":
    case "expired":
      return (
        <Notice tone="error" live>
          {topUp.failure ?? "The payment was not made."} No credits were added.
        </Notice>
      );
    case "refunded":
    case "disputed":
      return <Notice tone="info">This payment was {topUp.status}.</Notice>;
  }
}
