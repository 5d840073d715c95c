import { billingAddress } from "@/lib/billing/billing-address";
import { askAsCustomer } from "@/lib/billing/stripe-customer";

/**
 * The address of Stripe's own pages on which an organisation manages its cards and reads its invoices; good for minutes.
 * @throws GatewayError as `askStripe`.
 */
export async function openPortal({
  organizationId,
  projectId,
}: {
  organizationId: string;
  projectId: string;
}): Promise<{ url: string }> {
  const { url } = await askAsCustomer(organizationId, (client, customer) =>
    client.billingPortal.sessions.create({ customer, return_url: billingAddress(projectId) }),
  );
  return { url };
}
