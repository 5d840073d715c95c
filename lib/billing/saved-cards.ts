import { askStripe } from "@/lib/billing/payment-service";
import { findPayer } from "@/lib/billing/store";
import { isUnknownCustomer } from "@/lib/billing/stripe-customer";

/** A card that Stripe keeps for an organisation. */
export interface SavedCard {
  id: string;
  /** Such as "Visa ending in 4242". */
  label: string;
}

const LISTED_MAX = 100;

/**
 * The cards that may be charged while nobody is there, newest first; asked of Stripe, which alone knows them.
 * @throws GatewayError as `askStripe`.
 */
export async function listSavedCards(organizationId: string): Promise<SavedCard[]> {
  const { stripeCustomer } = await findPayer(organizationId);
  if (stripeCustomer === null) return [];
  try {
    const { data } = await askStripe((client) =>
      client.customers.listPaymentMethods(stripeCustomer, { type: "card", limit: LISTED_MAX }),
    );
    return data.flatMap(({ id, card }) => (card ? [{ id, label: cardLabel(card) }] : []));
  } catch (error) {
    if (isUnknownCustomer(error)) return [];
    throw error;
  }
}

function cardLabel({ brand, last4 }: { brand: string; last4: string }): string {
  return `${brand.slice(0, 1).toUpperCase()}${brand.slice(1)} ending in ${last4}`;
}
