import { billingAddress } from "@/lib/billing/billing-address";
import { askAsCustomer } from "@/lib/billing/stripe-customer";
import { GatewayError } from "@/lib/core/errors";

/**
 * The address at Stripe where people have a card kept for an organisation, and agree that it is charged while they are
 * not there. Nothing is charged by that.
 * @throws GatewayError as `askStripe`.
 */
export async function addCard({
  organizationId,
  projectId,
}: {
  organizationId: string;
  projectId: string;
}): Promise<{ url: string }> {
  const back = billingAddress(projectId);
  const { url } = await askAsCustomer(organizationId, (client, customer) =>
    client.checkout.sessions.create({
      mode: "setup",
      customer,
      allowed_payment_method_types: ["card"],
      success_url: back,
      cancel_url: back,
    }),
  );
  if (!url) throw new GatewayError("upstream_error", "The payment service gave no address to add a card at.");
  return { url };
}
