import type Stripe from "stripe";
import { z } from "zod";
import { centsOfUsd } from "@/lib/billing/amounts";
import {
  type AutomaticTopUp,
  findAutoTopUp,
  findTopUpUnderway,
  isConfirmOver,
  savePaymentOf,
  setConfirmBy,
  setNextStep,
} from "@/lib/billing/auto-top-up-store";
import { beginAutomaticTopUp } from "@/lib/billing/begin-automatic-top-up";
import { failAutomaticTopUp } from "@/lib/billing/fail-automatic-top-up";
import { paymentService } from "@/lib/billing/payment-service";
import { tellPayers } from "@/lib/billing/tell-payers";
import { formatUsd } from "@/lib/core/money";
import { transaction } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";
import { refusedPayment, stripeProblem } from "@/lib/infra/stripe";

/** How long people have to confirm a payment that their bank asks about. */
const CONFIRM_SECONDS = 86_400;
/** How long a webhook may take before somebody looks what became of the payment. */
const WEBHOOK_SECONDS = 3_600;
const REASON_CHARACTERS_MAX = 300;

const toldSchema = z.object({ organizationId: z.string() });

/** Of a payment, what decides what comes next. */
type Payment = Pick<Stripe.PaymentIntent, "id" | "status" | "last_payment_error">;

/**
 * Does what comes next for an organisation's automatic top-up: begins one that is due, makes its payment, charges the
 * card, or finds out what became of it. Each step is written down before the next, and each may be done again: a payment
 * is made before it is charged, and one payment can succeed once only. So it may die anywhere, and run any number of times at
 * once. Credits come by the webhook alone.
 * @throws what Stripe or the database throw when they cannot be reached; then it is to be called again.
 */
export async function advanceAutomaticTopUp(told: unknown): Promise<void> {
  const { organizationId } = toldSchema.parse(told);
  const service = paymentService();
  if (!service) return;
  const topUp = (await findTopUpUnderway(organizationId)) ?? (await beginAutomaticTopUp(organizationId));
  if (topUp) await takeStep(service.client, topUp);
}

async function takeStep(client: Stripe, topUp: AutomaticTopUp): Promise<void> {
  if (topUp.paymentIntent === null && !(await isStillWanted(topUp)))
    return failAutomaticTopUp(topUp, "withdrawn", null);
  let payment: Payment;
  let isWanted: boolean;
  try {
    payment = await paymentOf(client, topUp);
    // Asked last before the card is charged: to make the payment took its time.
    isWanted = await isStillWanted(topUp);
    if (payment.status === "requires_confirmation" && isWanted) payment = await charge(client, topUp, payment);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    log().warn({ topUp: topUp.id, stripe: stripeProblem(error) }, "an automatic top-up was refused");
    const isKept = await isCardKept(client, topUp);
    return failAutomaticTopUp(topUp, isKept ? "declined" : "card_gone", "The payment service refused the payment.");
  }
  await follow(client, topUp, payment, isWanted);
}

/** Whether people still want to be charged so; what they turned off or changed meanwhile is not carried out. */
async function isStillWanted({ organizationId, paymentMethod }: AutomaticTopUp): Promise<boolean> {
  const settings = await findAutoTopUp(organizationId);
  return settings?.enabled === true && settings.paymentMethod === paymentMethod;
}

/** Charges the card of a payment, and returns it as it stands then. */
async function charge(client: Stripe, topUp: AutomaticTopUp, { id }: Payment): Promise<Payment> {
  try {
    return await client.paymentIntents.confirm(id, { off_session: true }, { idempotencyKey: `${topUp.id} confirm` });
  } catch (error) {
    const refused = refusedPayment(error);
    if (!refused) throw error;
    return refused;
  }
}

/** The payment as it stands; made, and written down before anything is charged, where there is none yet. */
async function paymentOf(client: Stripe, topUp: AutomaticTopUp): Promise<Payment> {
  if (topUp.paymentIntent !== null) return client.paymentIntents.retrieve(topUp.paymentIntent);
  const made = await client.paymentIntents.create(
    {
      amount: centsOfUsd(topUp.amount + topUp.fee),
      currency: "usd",
      customer: topUp.customer,
      payment_method: topUp.paymentMethod,
      allowed_payment_method_types: ["card"],
      description: "Turnpike credits, automatic top-up",
      metadata: { organization: topUp.organizationId, top_up: topUp.id },
    },
    { idempotencyKey: topUp.id },
  );
  if (!(await savePaymentOf(topUp.id, made.id))) throw new Error(`${topUp.id} has got another payment meanwhile`);
  return made;
}

/** Whether Stripe understood what it was asked, and said no: asking again would not help. */
function isRefusal(error: unknown): boolean {
  const problem = stripeProblem(error);
  // A card is refused with its payment, which was looked at; without one there is nothing to follow.
  if (problem?.type === "StripeCardError") return true;
  return (
    problem?.type === "StripeInvalidRequestError" &&
    (problem.status === 400 || problem.status === 402 || problem.status === 404) &&
    problem.code !== "payment_intent_unexpected_state"
  );
}

async function isCardKept(client: Stripe, { customer, paymentMethod }: AutomaticTopUp): Promise<boolean> {
  try {
    const { data } = await client.customers.listPaymentMethods(customer, { type: "card", limit: 100 });
    return data.some(({ id }) => id === paymentMethod);
  } catch (error) {
    if (stripeProblem(error)?.code === "resource_missing") return false;
    throw error;
  }
}

/** Writes down what became of a payment, as far as that is not the webhook's to tell. */
async function follow(client: Stripe, topUp: AutomaticTopUp, payment: Payment, isWanted: boolean): Promise<void> {
  const { last_payment_error: problem } = payment;
  const reason = problem?.message?.slice(0, REASON_CHARACTERS_MAX) ?? null;
  const end = async () => {
    // Once it is cancelled nobody can pay it any more, so it never is both failed and paid.
    if (payment.status !== "canceled") await client.paymentIntents.cancel(payment.id);
    await failAutomaticTopUp(topUp, isWanted ? "declined" : "withdrawn", reason);
  };
  switch (payment.status) {
    case "requires_confirmation":
    case "canceled":
      return end();
    case "requires_payment_method":
    case "requires_action": {
      const asksForPayer = payment.status === "requires_action" || problem?.code === "authentication_required";
      if (!asksForPayer || !isWanted || (await isConfirmOver(topUp.id))) return end();
      return askToConfirm(topUp);
    }
    case "processing":
    case "requires_capture":
    case "succeeded":
      return setNextStep(topUp.id, WEBHOOK_SECONDS);
  }
}

/** Asks those who pay to come and confirm the payment, once. */
function askToConfirm({ id, organizationId, amount, fee }: AutomaticTopUp): Promise<void> {
  return transaction(async (tx) => {
    if (!(await setConfirmBy(tx, id, CONFIRM_SECONDS))) return;
    await tellPayers(tx, organizationId, (name) => ({
      title: `An automatic top-up of ${name} has to be confirmed`,
      text: `The bank asks whether the card may be charged $${formatUsd(amount + fee)}. Nothing is charged and no credits are added until somebody confirms it on the billing page, within 24 hours.`,
    }));
  });
}
