import { askStripe } from "@/lib/billing/payment-service";
import { findTopUp } from "@/lib/billing/store";
import { notFound } from "@/lib/identity/permit";

/**
 * Where the invoice of a top-up can be read, or else its receipt; as `pdf`, where the invoice is to be had as a file, which
 * automatic top-ups have none of. Asked of Stripe, since such addresses expire.
 * @throws GatewayError not_found when the top-up is not there, somebody else's or not paid, upstream_error.
 */
export async function receiptAddress(
  organizationId: string,
  topUpId: string,
  as: "page" | "pdf" = "page",
): Promise<string> {
  const topUp = await findTopUp(organizationId, topUpId);
  const paymentIntent = topUp?.paymentIntent;
  if (!topUp || !paymentIntent) throw notFound("Receipt");
  const sessionId = topUp.checkoutSession;
  if (sessionId === null) {
    if (as === "pdf") throw notFound("Invoice");
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
  const { payment_intent: payment } = session;
  const invoice = session.invoice !== null && typeof session.invoice === "object" ? session.invoice : null;
  if (as === "pdf") {
    if (!invoice?.invoice_pdf) throw notFound("Invoice");
    return invoice.invoice_pdf;
  }
  const charge = payment !== null && typeof payment === "object" ? payment.latest_charge : null;
  const address =
    invoice?.hosted_invoice_url ?? (charge !== null && typeof charge === "object" ? charge.receipt_url : null);
  if (!address) throw notFound("Receipt");
  return address;
}
