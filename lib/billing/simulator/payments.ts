import type { SimulatedEvent } from "@/lib/billing/simulator/deliver";
import {
  create,
  listOf,
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
const ASKED = {
  code: "authentication_required",
  message: "Your card was declined. This transaction requires authentication.",
};
const NOT_CONFIRMED = {
  code: "payment_intent_authentication_failure",
  message: "The bank was told that this payment is not wanted.",
};

/** The last digits of a card that is good. */
export const GOOD_LAST4 = "4242";
/** Of one that is declined whenever nobody is there; Stripe's own test card ends in the same. */
export const DECLINED_LAST4 = "0341";
/** Of one whose bank asks each time; Stripe's own test card ends in the same. */
export const ASKING_LAST4 = "3184";

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
    next_action: null,
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
    next_action: null,
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

/** Writes the invoice of a session that was paid, where one is wanted, and the session with it. */
async function invoice(
  { objects, hostedUrl }: Places,
  session: Of<"checkout.session">,
  version: number,
  { latest_charge: charge }: Of<"payment_intent">,
): Promise<Of<"checkout.session">> {
  const { customer, lines, amount_total: total } = session;
  let invoiced = session;
  if (session.wants_invoice && charge !== null && total !== null) {
    const id = newSimulatedId("invoice");
    const created = Math.floor(Date.now() / 1000);
    const links = { hosted_invoice_url: `${hostedUrl}/receipts/${charge}`, invoice_pdf: `${hostedUrl}/invoices/${id}` };
    await create(
      objects,
      { object: "invoice", id, status: "paid", customer, charge, total, lines, ...links, created },
      customer,
    );
    invoiced = { ...session, invoice: id };
  }
  if (!(await objects.save(session.id, version, invoiced, customer))) throw conflict();
  return invoiced;
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
  const { amount_total: amount } = session;
  if (amount === null || currency === null)
    throw new SimulatedRefusal(400, "checkout_session_not_open", "This checkout session takes no payment.");
  const payment = newPayment({ amount, currency, customer, metadata: session.payment_metadata });

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
    const invoiced = await invoice(places, complete, version + 1, paid);
    const events = [
      { type: "payment_intent.succeeded", object: paid },
      { type: "checkout.session.completed", object: invoiced },
    ];
    return { session: invoiced, events, later: null };
  }
  await create(objects, { ...payment, status: "processing" }, customer);
  const later = async (): Promise<SimulatedEvent[]> => {
    const { version: now, data: processing } = await read(objects, "payment_intent", payment.id);
    if (way === "bank") {
      const paid = await succeed(places, processing, now);
      const settled = await invoice(places, { ...complete, payment_status: "paid" }, version + 1, paid);
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
 * Keeps a card for the customer of a checkout session that is for that.
 * @throws SimulatedRefusal when it is not, or not open any more.
 */
export async function completeSetup(
  { objects }: Places,
  sessionId: string,
  last4: string,
): Promise<{ session: Of<"checkout.session">; events: SimulatedEvent[] }> {
  const { version, data } = await read(objects, "checkout.session", sessionId);
  if (data.status !== "open" || data.mode !== "setup" || data.customer === null)
    throw new SimulatedRefusal(400, "checkout_session_not_open", `The checkout session is ${data.status}.`);
  const session: Of<"checkout.session"> = { ...data, status: "complete", url: null };
  if (!(await objects.save(session.id, version, session, data.customer))) throw conflict();
  await saveCard(objects, data.customer, last4);
  return { session, events: [{ type: "checkout.session.completed", object: session }] };
}

/**
 * Makes a payment by a saved card, which charges nothing yet.
 * @throws SimulatedRefusal when the card is not kept, or another customer's.
 */
export async function makePaymentBy(
  { objects }: Places,
  of: Pick<Of<"payment_intent">, "amount" | "currency" | "metadata"> & { customer: string; paymentMethod: string },
): Promise<Of<"payment_intent">> {
  const { customer, paymentMethod, ...rest } = of;
  await savedCard(objects, paymentMethod, customer);
  const payment: Of<"payment_intent"> = {
    ...newPayment({ ...rest, customer }),
    status: "requires_confirmation",
    payment_method: paymentMethod,
  };
  await create(objects, payment, customer);
  return payment;
}

async function savedCard(
  objects: SimulatedObjects,
  id: string,
  customer: string | null,
): Promise<Of<"payment_method">> {
  const { data } = await read(objects, "payment_method", id);
  if (data.customer !== customer)
    throw new SimulatedRefusal(400, "payment_method_unexpected_state", "The payment method is another customer's.");
  return data;
}

/** How a payment is confirmed: while nobody is there, or where the payer is led back to from their bank. */
export type Presence = { offSession: true } | { offSession: false; returnUrl: string };

/**
 * Charges the card of a payment, or has its bank ask for the payer. A card that is declined leaves a payment that says so.
 * @throws SimulatedRefusal when it was charged or cancelled before.
 */
export async function confirmPayment(
  places: Places,
  id: string,
  presence: Presence,
): Promise<{ payment: Of<"payment_intent">; events: SimulatedEvent[] }> {
  const { objects } = places;
  const { version, data: payment } = await read(objects, "payment_intent", id);
  if (payment.status !== "requires_confirmation" && payment.status !== "requires_payment_method")
    throw unexpectedState(payment);
  const { card } = await savedCard(objects, payment.payment_method ?? "", payment.customer);
  const asks = card.last4 === ASKING_LAST4;
  if (presence.offSession && (asks || card.last4 === DECLINED_LAST4))
    return refuse(objects, payment, version, asks ? ASKED : DECLINED);
  if (!asks || presence.offSession) {
    const paid = await succeed(places, payment, version);
    return { payment: paid, events: [{ type: "payment_intent.succeeded", object: paid }] };
  }
  const asking: Of<"payment_intent"> = {
    ...payment,
    status: "requires_action",
    last_payment_error: null,
    next_action: {
      type: "redirect_to_url",
      redirect_to_url: { url: `${places.hostedUrl}/bank/${id}`, return_url: presence.returnUrl },
    },
  };
  if (!(await objects.save(id, version, asking, asking.customer))) throw conflict();
  return { payment: asking, events: [] };
}

/** The payer answers their bank. @throws SimulatedRefusal when it does not ask any more. */
export async function answerBank(
  places: Places,
  id: string,
  agrees: boolean,
): Promise<{ payment: Of<"payment_intent">; events: SimulatedEvent[] }> {
  const { version, data: payment } = await read(places.objects, "payment_intent", id);
  if (payment.status !== "requires_action") throw unexpectedState(payment);
  if (!agrees) return refuse(places.objects, payment, version, NOT_CONFIRMED);
  const paid = await succeed(places, payment, version);
  return { payment: paid, events: [{ type: "payment_intent.succeeded", object: paid }] };
}

/** Ends a payment that was not charged. @throws SimulatedRefusal when it was. */
export async function cancelPayment({ objects }: Places, id: string): Promise<Of<"payment_intent">> {
  const { version, data: payment } = await read(objects, "payment_intent", id);
  if (payment.status === "succeeded" || payment.status === "processing" || payment.status === "canceled")
    throw unexpectedState(payment);
  const canceled: Of<"payment_intent"> = { ...payment, status: "canceled", next_action: null };
  if (!(await objects.save(id, version, canceled, canceled.customer))) throw conflict();
  return canceled;
}

function unexpectedState({ status }: Of<"payment_intent">): SimulatedRefusal {
  return new SimulatedRefusal(400, "payment_intent_unexpected_state", `The PaymentIntent's status is ${status}.`);
}

async function refuse(
  objects: SimulatedObjects,
  payment: Of<"payment_intent">,
  version: number,
  problem: { code: string; message: string },
): Promise<{ payment: Of<"payment_intent">; events: SimulatedEvent[] }> {
  const failed: Of<"payment_intent"> = {
    ...payment,
    status: "requires_payment_method",
    last_payment_error: problem,
    next_action: null,
  };
  if (!(await objects.save(failed.id, version, failed, failed.customer))) throw conflict();
  return { payment: failed, events: [{ type: "payment_intent.payment_failed", object: failed }] };
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
    metadata: {},
  };
  await create(objects, made, charge.id);
  const events = [
    { type: "refund.created", object: made },
    { type: "charge.refunded", object: after },
  ];
  return { refund: made, events };
}

/**
 * The bank sends a charge's newest refund back, days after it was made.
 * @throws SimulatedRefusal when there is none that did not fail already.
 */
export async function failRefund({ objects }: Places, chargeId: string): Promise<SimulatedEvent[]> {
  const { version, data: charge } = await read(objects, "charge", chargeId);
  const made = (await listOf(objects, "refund", chargeId)).find(({ status }) => status === "succeeded");
  if (!made) throw new SimulatedRefusal(400, "refund_missing", "There is no refund that could fail.");
  const { version: before } = await read(objects, "refund", made.id);
  const failed: Of<"refund"> = { ...made, status: "failed" };
  if (!(await objects.save(failed.id, before, failed, chargeId))) throw conflict();
  const after = { ...charge, amount_refunded: charge.amount_refunded - made.amount, refunded: false };
  if (!(await objects.save(chargeId, version, after, charge.customer))) throw conflict();
  return [
    { type: "refund.updated", object: failed },
    { type: "charge.refund.updated", object: failed },
    { type: "refund.failed", object: failed },
  ];
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
