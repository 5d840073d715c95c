import type { SimulatedEvent } from "@/lib/billing/simulator/deliver";
import {
  create,
  newSimulatedId,
  type Of,
  read,
  type SimulatedObjects,
  SimulatedRefusal,
} from "@/lib/billing/simulator/objects";

/** Where the simulator's own pages are, without a slash at the end. */
export interface Places {
  objects: SimulatedObjects;
  hostedUrl: string;
}

const DECLINED = { code: "card_declined", message: "Your card was declined." };

/** The last digits of a card that is good. */
export const GOOD_LAST4 = "4242";
/** Of one that is declined whenever nobody is there; Stripe's own test card ends in the same. */
export const DECLINED_LAST4 = "0341";

const conflict = () => new SimulatedRefusal(409, "lock_timeout", "This object is being changed by another request.");

/** Takes the money of a payment: it succeeds, and there is a charge. */
async function succeed({ objects, hostedUrl }: Places, payment: Of<"payment_intent">, version: number) {
  const charge: Of<"charge"> = {
    object: "charge",
    id: newSimulatedId("charge"),
    payment_intent: payment.id,
    amount: payment.amount,
    amount_refunded: 0,
    refunded: false,
    disputed: false,
    dispute: null,
    currency: payment.currency,
    customer: payment.customer,
    receipt_url: "",
    metadata: payment.metadata,
    created: Math.floor(Date.now() / 1000),
  };
  charge.receipt_url = `${hostedUrl}/receipts/${charge.id}`;
  const paid: Of<"payment_intent"> = {
    ...payment,
    status: "succeeded",
    amount_received: payment.amount,
    latest_charge: charge.id,
    last_payment_error: null,
  };
  if (!(await objects.save(paid.id, version, paid, paid.customer))) throw conflict();
  await create(objects, charge, charge.customer);
  return paid;
}

/** A payment without a card yet. */
function newPayment(
  of: Pick<Of<"payment_intent">, "amount" | "currency" | "customer" | "metadata">,
): Of<"payment_intent"> {
  return {
    object: "payment_intent",
    id: newSimulatedId("payment_intent"),
    status: "requires_payment_method",
    amount_received: 0,
    payment_method: null,
    latest_charge: null,
    last_payment_error: null,
    ...of,
  };
}

/** Keeps a card for a customer. */
async function saveCard(objects: SimulatedObjects, customer: string, last4: string): Promise<string> {
  const id = newSimulatedId("payment_method");
  await create(
    objects,
    { object: "payment_method", id, type: "card", customer, card: { brand: "visa", last4 } },
    customer,
  );
  return id;
}

/** How somebody pays on the hosted page; a bank's answer comes later. */
export type Way = "card" | "declined" | "bank" | "bank_fails";

interface Paid {
  session: Of<"checkout.session">;
  events: SimulatedEvent[];
  /** What happens by itself a while later; null: nothing. */
  later: (() => Promise<SimulatedEvent[]>) | null;
}

/**
 * Pays for a checkout session, once: of two at the same time one is refused. `keep` are the last digits of the card to keep.
 * @throws SimulatedRefusal when it is not open any more.
 */
export async function payForSession(places: Places, sessionId: string, way: Way, keep: string | null): Promise<Paid> {
  const { objects } = places;
  const { version, data: session } = await read(objects, "checkout.session", sessionId);
  if (session.status !== "open")
    throw new SimulatedRefusal(400, "checkout_session_not_open", `The checkout session is ${session.status}.`);
  const { customer, currency } = session;
  const payment = newPayment({ amount: session.amount_total, currency, customer, metadata: session.payment_metadata });

  if (way === "declined") {
    const failed = { ...payment, last_payment_error: DECLINED };
    await create(objects, failed, customer);
    return { session, events: [{ type: "payment_intent.payment_failed", object: failed }], later: null };
  }

  const byBank = way !== "card";
  const complete: Of<"checkout.session"> = {
    ...session,
    status: "complete",
    payment_status: byBank ? "unpaid" : "paid",
    payment_intent: payment.id,
    url: null,
  };
  if (!(await objects.save(session.id, version, complete, customer))) throw conflict();
  if (!byBank) {
    payment.payment_method = keep !== null && customer !== null ? await saveCard(objects, customer, keep) : null;
    const paid = await succeed(places, payment, 0);
    const events = [
      { type: "payment_intent.succeeded", object: paid },
      { type: "checkout.session.completed", object: complete },
    ];
    return { session: complete, events, later: null };
  }
  await create(objects, { ...payment, status: "processing" }, customer);
  const later = async (): Promise<SimulatedEvent[]> => {
    const { version: now, data: processing } = await read(objects, "payment_intent", payment.id);
    if (way === "bank") {
      const paid = await succeed(places, processing, now);
      const settled: Of<"checkout.session"> = { ...complete, payment_status: "paid" };
      await objects.save(session.id, version + 1, settled, customer);
      return [
        { type: "payment_intent.succeeded", object: paid },
        { type: "checkout.session.async_payment_succeeded", object: settled },
      ];
    }
    const message = "The bank returned the payment.";
    const failed: Of<"payment_intent"> = {
      ...processing,
      status: "requires_payment_method",
      last_payment_error: { code: "payment_intent_payment_attempt_failed", message },
    };
    await objects.save(failed.id, now, failed, customer);
    return [
      { type: "payment_intent.payment_failed", object: failed },
      { type: "checkout.session.async_payment_failed", object: complete },
    ];
  };
  return { session: complete, events: [{ type: "checkout.session.completed", object: complete }], later };
}

/** Ends an open checkout session without a payment. @throws SimulatedRefusal when it is not open. */
export async function expireSession(
  { objects }: Places,
  sessionId: string,
): Promise<{ session: Of<"checkout.session">; events: SimulatedEvent[] }> {
  const { version, data } = await read(objects, "checkout.session", sessionId);
  if (data.status !== "open")
    throw new SimulatedRefusal(400, "checkout_session_not_open", `The checkout session is ${data.status}.`);
  const session: Of<"checkout.session"> = { ...data, status: "expired", url: null };
  if (!(await objects.save(session.id, version, session, session.customer))) throw conflict();
  return { session, events: [{ type: "checkout.session.expired", object: session }] };
}

/**
 * Charges a saved card while nobody is there. A card that is declined leaves a payment which says so.
 * @throws SimulatedRefusal when the card is another customer's.
 */
export async function chargeSavedCard(
  places: Places,
  of: Pick<Of<"payment_intent">, "amount" | "currency" | "metadata"> & { customer: string; paymentMethod: string },
): Promise<{ payment: Of<"payment_intent">; events: SimulatedEvent[] }> {
  const { customer, paymentMethod, ...rest } = of;
  const payment = { ...newPayment({ ...rest, customer }), payment_method: paymentMethod };
  const { data: card } = await read(places.objects, "payment_method", paymentMethod);
  if (card.customer !== customer)
    throw new SimulatedRefusal(400, "payment_method_unexpected_state", "The payment method is another customer's.");
  if (card.card.last4 === DECLINED_LAST4) {
    const failed = { ...payment, last_payment_error: DECLINED };
    await create(places.objects, failed, customer);
    return { payment: failed, events: [{ type: "payment_intent.payment_failed", object: failed }] };
  }
  const paid = await succeed(places, payment, 0);
  return { payment: paid, events: [{ type: "payment_intent.succeeded", object: paid }] };
}

/**
 * Gives money of a charge back, what is left of it where no amount is named.
 * @throws SimulatedRefusal when that is more than is left.
 */
export async function refund(
  { objects }: Places,
  chargeId: string,
  wanted: number | undefined,
): Promise<{ refund: Of<"refund">; events: SimulatedEvent[] }> {
  const { version, data: charge } = await read(objects, "charge", chargeId);
  const left = charge.amount - charge.amount_refunded;
  const amount = wanted ?? left;
  if (left === 0)
    throw new SimulatedRefusal(400, "charge_already_refunded", `Charge ${charge.id} has already been refunded.`);
  if (amount > left || amount <= 0)
    throw new SimulatedRefusal(400, "amount_too_large", `Refund amount is not within what is left, ${left} cents.`);
  const after = { ...charge, amount_refunded: charge.amount_refunded + amount, refunded: amount === left };
  if (!(await objects.save(charge.id, version, after, charge.customer))) throw conflict();
  const made: Of<"refund"> = {
    object: "refund",
    id: newSimulatedId("refund"),
    charge: charge.id,
    payment_intent: charge.payment_intent,
    amount,
    currency: charge.currency,
    status: "succeeded",
  };
  await create(objects, made, charge.customer);
  return { refund: made, events: [{ type: "charge.refunded", object: after }] };
}

/** A cardholder disputes a charge. @throws SimulatedRefusal when it is disputed already. */
export async function openDispute({ objects }: Places, chargeId: string): Promise<SimulatedEvent[]> {
  const { version, data: charge } = await read(objects, "charge", chargeId);
  if (charge.dispute !== null)
    throw new SimulatedRefusal(400, "charge_disputed", `Charge ${charge.id} has already been disputed.`);
  const dispute: Of<"dispute"> = {
    object: "dispute",
    id: newSimulatedId("dispute"),
    charge: charge.id,
    payment_intent: charge.payment_intent,
    amount: charge.amount - charge.amount_refunded,
    currency: charge.currency,
    status: "needs_response",
    metadata: {},
  };
  if (!(await objects.save(charge.id, version, { ...charge, disputed: true, dispute: dispute.id }, charge.customer)))
    throw conflict();
  await create(objects, dispute, charge.customer);
  return [{ type: "charge.dispute.created", object: dispute }];
}

/** Ends a dispute. @throws SimulatedRefusal when it has ended already. */
export async function closeDispute(
  { objects }: Places,
  disputeId: string,
  status: "won" | "lost",
): Promise<SimulatedEvent[]> {
  const { version, data } = await read(objects, "dispute", disputeId);
  if (data.status !== "needs_response")
    throw new SimulatedRefusal(400, "dispute_closed", `The dispute is ${data.status}.`);
  const closed: Of<"dispute"> = { ...data, status };
  const { data: charge } = await read(objects, "charge", data.charge);
  if (!(await objects.save(closed.id, version, closed, charge.customer))) throw conflict();
  return [{ type: "charge.dispute.closed", object: closed }];
}
