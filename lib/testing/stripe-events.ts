import { centsOfUsd } from "@/lib/billing/amounts";
import { insertAutomaticTopUp, savePaymentOf } from "@/lib/billing/auto-top-up-store";
import { insertTopUp } from "@/lib/billing/store";
import { newId } from "@/lib/core/ids";
import type { Usd } from "@/lib/core/money";
import { transaction } from "@/lib/infra/db";

/** A top-up and what Stripe calls its parts. */
export interface Purchase {
  organizationId: string;
  topUpId: string;
  sessionId: string;
  paymentIntent: string;
  /** What is paid in all. */
  cents: number;
}

/** A top-up that waits for its payment, as the billing page leaves it. */
export async function insertPendingTopUp(organizationId: string, amount: Usd, fee: Usd): Promise<Purchase> {
  const id = newId("top");
  const checkoutSession = `cs_test_${id}`;
  await transaction((tx) => insertTopUp(tx, { id, organizationId, createdById: null, amount, fee, checkoutSession }));
  const cents = centsOfUsd(amount + fee);
  return { organizationId, topUpId: id, sessionId: checkoutSession, paymentIntent: `pi_${id}`, cents };
}

/** An automatic top-up whose card is about to be charged: its payment is made and written down. */
export async function insertAutomaticPurchase(organizationId: string, amount: Usd, fee: Usd): Promise<Purchase> {
  const id = newId("top");
  const paymentIntent = `pi_${id}`;
  const charged = { customer: `cus_${organizationId}`, paymentMethod: "pm_test" };
  await transaction((tx) => insertAutomaticTopUp(tx, { id, organizationId, amount, fee, ...charged }));
  await savePaymentOf(id, paymentIntent);
  return { organizationId, topUpId: id, sessionId: `cs_test_${id}`, paymentIntent, cents: centsOfUsd(amount + fee) };
}

interface TestEvent {
  id: string;
  type: string;
  object: object;
}

/** The events that Stripe may send about a purchase, each with an id of its own; members of their objects can be changed. */
export function eventsOf({ organizationId, topUpId, sessionId, paymentIntent, cents }: Purchase) {
  const metadata = { organization: organizationId, top_up: topUpId };
  const event = (type: string, object: object): TestEvent => ({ id: `evt_${newId("txn")}`, type, object });
  const session = (type: string, changes: object) =>
    event(`checkout.session.${type}`, {
      object: "checkout.session",
      id: sessionId,
      payment_intent: paymentIntent,
      payment_status: "paid",
      amount_total: cents,
      currency: "usd",
      metadata,
      ...changes,
    });
  const payment = (type: string, changes: object) =>
    event(`payment_intent.${type}`, {
      object: "payment_intent",
      id: paymentIntent,
      amount: cents,
      amount_received: 0,
      currency: "usd",
      metadata,
      last_payment_error: null,
      ...changes,
    });
  const dispute = (type: string, status: string, id: string) =>
    event(`charge.dispute.${type}`, {
      object: "dispute",
      id: `${id}_${topUpId}`,
      payment_intent: paymentIntent,
      amount: cents,
      currency: "usd",
      status,
      metadata: {},
    });
  return {
    completed: (changes: object = {}) => session("completed", changes),
    asyncSucceeded: () => session("async_payment_succeeded", {}),
    asyncFailed: () => session("async_payment_failed", { payment_status: "unpaid" }),
    expired: () => session("expired", { payment_status: "unpaid", payment_intent: null }),
    succeeded: (changes: object = {}) => payment("succeeded", { amount_received: cents, ...changes }),
    paymentFailed: (message: string) =>
      payment("payment_failed", { last_payment_error: { code: "card_declined", message } }),
    /** `amount` cents in all of the charge's refunds. */
    refunded: (amount: number) =>
      event("charge.refunded", {
        object: "charge",
        id: `ch_${topUpId}`,
        payment_intent: paymentIntent,
        amount: cents,
        amount_refunded: amount,
        currency: "usd",
        metadata,
      }),
    /** One refund of `amount` cents, told by one of the types that tell of it. */
    refund: (
      type: "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated",
      amount: number,
      status: string,
      id = "re",
    ) =>
      event(type, {
        object: "refund",
        id: `${id}_${topUpId}`,
        payment_intent: paymentIntent,
        amount,
        currency: "usd",
        status,
        metadata: {},
      }),
    disputed: (status: string, id = "du") => dispute("created", status, id),
    disputeClosed: (status: "won" | "lost" | "warning_closed", id = "du") => dispute("closed", status, id),
  };
}
