import { recordAudit } from "@/lib/audit/record";
import { forgetFailures } from "@/lib/billing/auto-top-up-store";
import { type PaymentFacts, standingOf } from "@/lib/billing/standing";
import {
  findDispute,
  findPaymentFacts,
  findRefund,
  findTopUpBy,
  insertStripeEvent,
  lockPayment,
  lockTopUp,
  noteStripeEvent,
  saveDispute,
  savePayment,
  saveRefund,
  saveTopUp,
} from "@/lib/billing/store";
import { type BillingEvent, type BillingEventType, type Claim, readBillingEvent } from "@/lib/billing/stripe-event";
import { formatUsd } from "@/lib/core/money";
import { shareOrganization } from "@/lib/identity/store";
import { type Tx, transaction } from "@/lib/infra/db";
import { addJob } from "@/lib/infra/jobs";
import type { DisputeOutcome, StripePayment, TopUp } from "@/lib/infra/prisma-client/client";
import { book, raiseCredits } from "@/lib/ledger/store";

/** An event that contradicts what we know. Nothing of it was written; the message holds ids and no secrets. */
export class RefusedEvent extends Error {
  override readonly name = "RefusedEvent";
}

const DESCRIPTIONS: Readonly<Record<BillingEventType, string>> = {
  "checkout.session.completed": "Credits bought",
  "checkout.session.async_payment_succeeded": "Credits bought",
  "checkout.session.async_payment_failed": "Payment failed",
  "checkout.session.expired": "Checkout expired",
  "payment_intent.succeeded": "Credits bought",
  "payment_intent.payment_failed": "Payment failed",
  "charge.refunded": "Payment refunded",
  "refund.created": "Payment refunded",
  "refund.updated": "Payment refunded",
  "refund.failed": "Refund failed",
  "charge.refund.updated": "Payment refunded",
  "charge.dispute.created": "Payment disputed",
  "charge.dispute.closed": "Dispute closed",
};

/** What is closed stays closed, whichever event comes last. */
const DISPUTE_RANK: Readonly<Record<DisputeOutcome, number>> = { inquiry: 0, open: 1, won: 2, lost: 2 };

/**
 * Takes in one event whose signature was verified: the event's id, what it says, the journal entry and the credits are
 * one database transaction, so it counts once, however often it comes, and in whatever order with others. Returns what
 * came of it, in words for the log. What is paid for an organisation that was deleted meanwhile is sent back.
 * @throws UnreadableEvent when its object is not of the promised form, RefusedEvent when it contradicts our own rows;
 * then nothing is written.
 */
export async function receiveStripeEvent(event: { id: string; type: string; object: unknown }): Promise<string> {
  const said = readBillingEvent(event);
  return transaction(async (tx) => {
    if (!(await insertStripeEvent(tx, { id: event.id, type: event.type }))) return "seen before";
    const note = said ? await take(tx, said) : "says nothing about a top-up";
    await noteStripeEvent(tx, event.id, note);
    return note;
  });
}

async function take(tx: Tx, said: BillingEvent): Promise<string> {
  const bySession = said.about === "session" ? await findTopUpBy(tx, { checkoutSession: said.sessionId }) : null;
  if (said.about === "session" && !bySession) return "a checkout session of somebody else's";
  const { paymentIntent } = said;
  if (paymentIntent === null && !bySession) return "a charge without a payment intent";
  const payment = paymentIntent === null ? null : await lockPayment(tx, paymentIntent);
  const byPayment = paymentIntent === null ? null : await findTopUpBy(tx, { paymentIntent });
  const known = bySession ?? byPayment;
  if (known) refuseContradiction(said, known, byPayment);
  if (!said.inUsd) return "not in USD";
  if (payment) await keepFacts(tx, said, payment);
  // What is told about a payment before its session names it waits for that.
  return known ? settle(tx, said, known) : "a payment that no top-up is known for yet";
}

function refuseContradiction(said: BillingEvent, topUp: TopUp, byPayment: TopUp | null): void {
  if (byPayment && byPayment.id !== topUp.id)
    throw new RefusedEvent(`${said.paymentIntent} is the payment of another top-up than ${topUp.id}`);
  if (said.paymentIntent !== null && topUp.paymentIntent !== null && topUp.paymentIntent !== said.paymentIntent)
    throw new RefusedEvent(`${topUp.id} has another payment than ${said.paymentIntent}`);
  if (!agrees(said.claim, topUp)) throw new RefusedEvent(`${topUp.id} belongs to somebody else than the event claims`);
  if (!said.inUsd) throw new RefusedEvent(`${topUp.id} is in USD and the event is not`);
  if (said.about === "session" && said.paid !== null && said.paymentIntent === null)
    throw new RefusedEvent(`${said.sessionId} is paid without a payment`);
}

function agrees({ organizationId, topUpId }: Claim, topUp: TopUp): boolean {
  return (organizationId ?? topUp.organizationId) === topUp.organizationId && (topUpId ?? topUp.id) === topUp.id;
}

/** Amounts only grow, so that an older event changes nothing that a newer one said. */
async function keepFacts(tx: Tx, said: BillingEvent, before: StripePayment): Promise<void> {
  const { paymentIntent } = before;
  switch (said.about) {
    case "session":
    case "payment":
      if (said.paid !== null && said.paid > before.paid) await savePayment(tx, paymentIntent, { paid: said.paid });
      if (said.about === "payment" && said.failure !== null)
        await savePayment(tx, paymentIntent, { failure: said.failure });
      return;
    case "refunds":
      if (said.refunded > before.refunded) await savePayment(tx, paymentIntent, { refunded: said.refunded });
      return;
    case "refund": {
      const { refundId: id, amount } = said;
      const known = await findRefund(tx, id);
      await saveRefund(tx, {
        id,
        paymentIntent,
        amount: known && known.amount > amount ? known.amount : amount,
        failed: said.failed || (known?.failed ?? false),
      });
      return;
    }
    case "dispute": {
      const { disputeId: id, amount, outcome } = said;
      const known = await findDispute(tx, id);
      if (!known || DISPUTE_RANK[outcome] > DISPUTE_RANK[known.outcome])
        await saveDispute(tx, { id, paymentIntent, amount, outcome });
    }
  }
}

/** Books the difference between what the top-up is worth now and what is booked for it, and moves the credits by it. */
async function settle(tx: Tx, said: BillingEvent, { id, organizationId }: TopUp): Promise<string> {
  const isDeleted = !(await shareOrganization(tx, organizationId));
  const topUp = await lockTopUp(tx, id);
  const paymentIntent = topUp.paymentIntent ?? said.paymentIntent;
  const facts: PaymentFacts = await findPaymentFacts(tx, paymentIntent);
  const standing = standingOf(topUp, facts, said.about === "session" ? said.ended : null);
  const credits = standing.credits - topUp.bookedCredits;
  const fee = standing.fee - topUp.bookedFee;
  if (credits !== 0n || fee !== 0n) {
    await book(tx, {
      organizationId,
      source: `stripe:${said.id}`,
      description: DESCRIPTIONS[said.type],
      postings: [
        { account: "credits", amount: credits },
        { account: "clearing", amount: -(credits + fee) },
        ...(fee === 0n ? [] : [{ account: "fees", amount: fee } as const]),
      ],
    });
  }
  await saveTopUp(tx, topUp.id, {
    status: standing.status,
    paymentIntent,
    bookedCredits: standing.credits,
    bookedFee: standing.fee,
    ...(standing.status === "pending" ? {} : { nextStepAt: null, confirmBy: null }),
  });
  if (topUp.automatic && topUp.bookedCredits === 0n && credits > 0n) await forgetFailures(tx, organizationId);
  if (credits !== 0n) await raiseCredits(tx, organizationId, credits);
  if (isDeleted && credits > 0n && isUnpaid(topUp)) await sendBack(tx, topUp);
  return `${topUp.id} is ${standing.status}`;
}

function isUnpaid({ status }: TopUp): boolean {
  return status === "pending" || status === "failed" || status === "expired";
}

/** Nobody can use what was paid while, or after, the organisation was deleted. */
async function sendBack(tx: Tx, { id, organizationId, amount, fee }: TopUp): Promise<void> {
  await addJob(tx, "refund-top-up", `refund-top-up ${id}`, { topUpId: id });
  await recordAudit(tx, {
    organizationId,
    actor: { system: true },
    action: "top_up.refund",
    target: `top_up:${id}`,
    after: {
      amount: formatUsd(amount),
      fee: formatUsd(fee),
      reason: "The organization was deleted before it was paid.",
    },
  });
}
