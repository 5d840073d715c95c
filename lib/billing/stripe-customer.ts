import { askStripe, paymentMode } from "@/lib/billing/payment-service";
import { SIMULATED_MARK } from "@/lib/billing/simulator/objects";
import { findPayer, saveStripeCustomer } from "@/lib/billing/store";

/** Whether this customer is known to whoever takes payments now: one of the simulator's is a stranger to Stripe. */
function isKnown(customer: string): boolean {
  return customer.includes(`_${SIMULATED_MARK}`) === (paymentMode() === "simulated");
}

/**
 * Who an organisation is at Stripe; made there when it is first asked for. Of two at the same time one wins, for both.
 * @throws GatewayError as `askStripe`.
 */
export async function stripeCustomer(organizationId: string): Promise<string> {
  const { name, billingEmail, stripeCustomer: known } = await findPayer(organizationId);
  if (known !== null && isKnown(known)) return known;
  const made = await askStripe((client) =>
    client.customers.create({
      name,
      ...(billingEmail === null ? {} : { email: billingEmail }),
      metadata: { organization: organizationId },
    }),
  );
  await saveStripeCustomer(organizationId, known, made.id);
  return (await findPayer(organizationId)).stripeCustomer ?? made.id;
}
