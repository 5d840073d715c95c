import { minUsd, type Usd, usd, ZERO_USD } from "@/lib/core/money";
import type { DisputeOutcome, TopUpStatus } from "@/lib/infra/prisma-client/client";

/** What Stripe has told about a payment so far, in nano-dollars. */
export interface PaymentFacts {
  paid: bigint;
  /** Of all refunds together. */
  refunded: bigint;
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
  const taken = minUsd(facts.refunded + disputed, facts.paid);
  const kept = facts.paid - taken;
  const credits = usd((topUp.amount * kept) / (topUp.amount + topUp.fee));
  return { status: statusOf(topUp.status, facts, disputed, ended), credits, fee: usd(kept - credits) };
}

function statusOf(
  before: TopUpStatus,
  { paid, refunded }: PaymentFacts,
  disputed: bigint,
  ended: "expired" | "failed" | null,
): TopUpStatus {
  if (paid > ZERO_USD) return disputed > 0n ? "disputed" : refunded > 0n ? "refunded" : "paid";
  if (before === "failed" || ended === "failed") return "failed";
  return before === "expired" || ended === "expired" ? "expired" : "pending";
}
