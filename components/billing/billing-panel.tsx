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
            This installation has no Stripe key: the checkout is a local one, no money moves, and the credits are for
            trying things out.
          </Notice>
        ) : null}
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem] xl:grid-rows-[auto_1fr]">
          <Balance billing={billing} />
          <div className="grid min-w-0 gap-4 xl:row-span-2">
            <Card>
              <CardHeader
                title="Add credits"
                description="Your calls can use them as soon as the payment has gone through."
              />
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

/** Below it there is nothing left that a call could be paid with. */
const USED_UP_BELOW = parseUsd("0.01");

function Balance({ billing: { balance, held } }: { billing: BillingView }) {
  const left = parseUsd(balance);
  return (
    <Card>
      <CardHeader title="Balance" />
      <CardBody className="grid gap-3">
        <div>
          <p className="font-semibold text-3xl tracking-tight" data-testid="balance">
            <Money amount={balance} />
          </p>
          <p className="tabular mt-1 text-soft text-ui">
            {parseUsd(held) > 0n ? (
              <>
                <span className="text-held-text">{formatMoney(held)}</span> of it is held for calls that are running
              </>
            ) : (
              "Nothing is held: no call is running on credits."
            )}
          </p>
        </div>
        {left < 0n ? (
          <Notice tone="error" title="Calls that credits pay for are refused">
            More was refunded or disputed than was left. Add credits to bring the balance above zero, and calls are
            served again.
          </Notice>
        ) : left < USED_UP_BELOW ? (
          <Notice tone="error" title="The credits are used up">
            Calls that credits pay for are answered with 402 until you add more. Calls with your own provider keys go
            on.
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
            ? `${topUp.failure} You can try again below.`
            : "This page shows the credits as soon as the payment is confirmed; there is no need to reload. A bank transfer can take a few days."}
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
      return (
        <Notice tone="info">
          This payment was {topUp.status}. {formatMoney(topUp.credits)} of its {formatMoney(topUp.amount)} of credits
          are left.
        </Notice>
      );
  }
}
