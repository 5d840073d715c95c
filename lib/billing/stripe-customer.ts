import type Stripe from "stripe";
import { askStripe } from "@/lib/billing/payment-service";
import { findPayer, saveStripeCustomer } from "@/lib/billing/store";
import { GatewayError } from "@/lib/core/errors";
import { stripeProblem } from "@/lib/infra/stripe";

/** Makes an organisation known at Stripe instead of `before`. Of two at the same time one wins, for both. */
async function makeCustomer(organizationId: string, before: string | null): Promise<string> {
  const { name, billingEmail } = await findPayer(organizationId);
  const made = await askStripe((client) =>
    client.customers.create({
      name,
      ...(billingEmail === null ? {} : { email: billingEmail }),
      metadata: { organization: organizationId },
    }),
  );
  await saveStripeCustomer(organizationId, before, made.id);
  return (await findPayer(organizationId)).stripeCustomer ?? made.id;
}

/** Whether Stripe does not know the customer: deleted there, or made at another account or the simulator. */
export function isUnknownCustomer(error: unknown): boolean {
  const problem = error instanceof GatewayError ? stripeProblem(error.options.cause) : null;
  return problem?.code === "resource_missing" && problem.param === "customer";
}

/**
 * Asks Stripe something in the name of an organisation, which is made known there when it first asks, and again when
 * Stripe does not know it any more.
 * @throws GatewayError as `askStripe`.
 */
export async function askAsCustomer<Answer>(
  organizationId: string,
  ask: (client: Stripe, customer: string) => Promise<Answer>,
): Promise<Answer> {
  const { stripeCustomer: known } = await findPayer(organizationId);
  const customer = known ?? (await makeCustomer(organizationId, null));
  try {
    return await askStripe((client) => ask(client, customer));
  } catch (error) {
    if (!isUnknownCustomer(error)) throw error;
    const made = await makeCustomer(organizationId, customer);
    return askStripe((client) => ask(client, made));
  }
}
