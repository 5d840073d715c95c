import { minUsd, type Usd, usd, ZERO_USD } from "@/lib/core/money";
import type { DisputeOutcome, TopUpStatus } from "@/lib/infra/prisma-client/client";

/** What Stripe has told about a payment so far, in nano-dollars. */
export interface PaymentFacts {
  paid: bigint;
  /** The most that the charge has told of, of all refunds together; those that failed later are in it. */
  refunded: bigint;
  /** The refunds that were told of one by one; a failed one came back. */
  refunds: readonly { amount: bigint; failed: boolean }[];
  disputes: readonly { amount: bigint; outcome: DisputeOutcome }[];
}

/** What a top-up is worth, given all that is known about its payment. */
export interface Standing {
  status: TopUpStatus;
  credits: Usd;
  fee: Usd;
}

/** Whether the money of a dispute is gone, for now or for good. */
const WITHDRAWS: Readonly<Record<DisputeOutcome, boolean>> = { inquiry: false, open: true, won: false, lost: true };

/**
 * What has gone back for good. The charge's own sum is told only when a refund is made, and whether it still counts one
 * that failed is not promised; so everything that was ever refunded is counted, as the sum or one by one, whichever tells
 * more, and what failed is taken off. Each part only grows. https://docs.stripe.com/refunds#failed-refunds
 */
function refundedOf({ refunded, refunds }: PaymentFacts): bigint {
  const made = refunds.reduce((sum, { amount }) => sum + amount, 0n);
  const failed = refunds.reduce((sum, refund) => (refund.failed ? sum + refund.amount : sum), 0n);
  return (made > refunded ? made : refunded) - failed;
}

/**
 * What a top-up of `amount` plus `fee` is worth: of what was paid and not taken back, the same share is credits as it
 * was of the whole. It depends on the facts alone and not on the order in which they came; `ended` is how the checkout
 * ended where nothing was paid.
 */
export function standingOf(
  topUp: { amount: bigint; fee: bigint; status: TopUpStatus },
  facts: PaymentFacts,
  ended: "expired" | "failed" | null,
): Standing {
  const disputed = facts.disputes.reduce((sum, { amount, outcome }) => (WITHDRAWS[outcome] ? sum + amount : sum), 0n);
  const refunded = refundedOf(facts);
  const taken = minUsd(refunded + disputed, facts.paid);
  const kept = facts.paid - taken;
  const credits = usd((topUp.amount * kept) / (topUp.amount + topUp.fee));
  return {
    status: statusOf(topUp.status, { paid: facts.paid, refunded }, disputed, ended),
    credits,
    fee: usd(kept - credits),
  };
}

function statusOf(
  before: TopUpStatus,
  { paid, refunded }: Pick<PaymentFacts, "paid" | "refunded">,
  disputed: bigint,
  ended: "expired" | "failed" | null,
): TopUpStatus {
  if (paid > ZERO_USD) return disputed > 0n ? "disputed" : refunded > 0n ? "refunded" : "paid";
  if (before === "failed" || ended === "failed") return "failed";
  return before === "expired" || ended === "expired" ? "expired" : "pending";
}
