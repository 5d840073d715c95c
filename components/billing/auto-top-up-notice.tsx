"use client";

import { confirmTopUpAction } from "@/components/billing/auto-top-up-actions";
import { useAutoTopUp } from "@/components/billing/use-auto-top-up";
import { useLeave } from "@/components/billing/use-leave";
import { Button } from "@/components/ui/button";
import { formatMoney } from "@/components/ui/money";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/relative-time";
import type { AutoTopUpView } from "@/lib/billing/auto-top-up-view";

interface AutoTopUpNoticeProps {
  projectId: string;
  initial: AutoTopUpView;
}

/** What somebody has to know or do about automatic top-ups; nothing while they work. */
export function AutoTopUpNotice({ projectId, initial }: AutoTopUpNoticeProps) {
  const { autoTopUp } = useAutoTopUp(projectId, initial);
  const { pending, leave } = useLeave("The payment could not be confirmed");
  const { state, reason, nextAttemptAt, confirm } = autoTopUp;
  switch (state) {
    case "stopped":
      return (
        <Notice tone="error" title="Automatic top-up has stopped" live>
          {reason} Nothing is charged and no credits are added until it is turned on again, below.
        </Notice>
      );
    case "retrying":
      return (
        <Notice tone="warning" title="The last automatic top-up failed">
          {reason} The next attempt is made{" "}
          {nextAttemptAt === null ? "soon" : <RelativeTime at={nextAttemptAt} className="text-current" />}. Another card
          can be chosen below.
        </Notice>
      );
    case "confirm":
      return confirm === null ? null : (
        <Notice tone="warning" title={`An automatic top-up of ${formatMoney(confirm.cost)} has to be confirmed`} live>
          <p>
            The bank asks whether the card may be charged. Until somebody confirms it, nothing is charged and no credits
            are added. It lapses <RelativeTime at={confirm.by} className="text-current" />.
          </p>
          <Button
            size="sm"
            className="mt-2"
            pending={pending}
            onClick={() => leave(() => confirmTopUpAction({ projectId, topUpId: confirm.topUpId }))}
          >
            Confirm the payment
          </Button>
        </Notice>
      );
    case "ceiling":
      return (
        <Notice tone="warning" title="Automatic top-up has reached its monthly ceiling">
          {formatMoney(autoTopUp.chargedThisMonth)} was charged this month, and another top-up would pass the ceiling.
          Nothing more is charged before next month (UTC) unless you raise the ceiling below.
        </Notice>
      );
    case "off":
    case "on":
    case "charging":
      return null;
  }
}
