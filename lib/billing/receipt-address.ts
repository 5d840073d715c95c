import { askStripe } from "@/lib/billing/payment-service";
import { findTopUp } from "@/lib/billing/store";
import { notFound } from "@/lib/identity/permit";

/**
 * Where the invoice of a top-up can be read, or else its receipt; asked of Stripe, since such addresses expire.
 * @throws GatewayError not_found when the top-up is not there, somebody else's or not paid, upstream_error.
 */
export async function receiptAddress(organizationId: string, topUpId: string): Promise<string> {
  const topUp = await findTopUp(organizationId, topUpId);
  const paymentIntent = topUp?.paymentIntent;
  if (!topUp || !paymentIntent) throw notFound("Receipt");
  const sessionId = topUp.checkoutSession;
  if (sessionId === null) {
    const { latest_charge: made } = await askStripe((client) =>
      client.paymentIntents.retrieve(paymentIntent, { expand: ["latest_charge"] }),
    );
    const receipt = made !== null && typeof made === "object" ? made.receipt_url : null;
    if (!receipt) throw notFound("Receipt");
    return receipt;
  }
  const session = await askStripe((client) =>
    client.checkout.sessions.retrieve(sessionId, { expand: ["invoice", "payment_intent.latest_charge"] }),
  );
  const { invoice, payment_intent: payment } = session;
  const charge = payment !== null && typeof payment === "object" ? payment.latest_charge : null;
  const address =
    (invoice !== null && typeof invoice === "object" ? invoice.hosted_invoice_url : null) ??
    (charge !== null && typeof charge === "object" ? charge.receipt_url : null);
  if (!address) throw notFound("Receipt");
  return address;
}
