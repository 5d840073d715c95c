import { addCard } from "@/lib/billing/add-card";
import { listSavedCards } from "@/lib/billing/saved-cards";
import { setAutoTopUp } from "@/lib/billing/set-auto-top-up";
import { findPayer } from "@/lib/billing/store";
import { parseUsd } from "@/lib/core/money";
import type { Tenant } from "@/lib/testing/builders";

/** What a card of the simulator's does when it is charged while nobody is there. */
export const CARDS = { good: "4242", declined: "0341", asking: "3184" } as const;

/** Has a card kept for a tenant as people do, on the simulator's page; its id. */
export async function keepCard(tenant: Tenant, card: keyof typeof CARDS): Promise<string> {
  const { url } = await addCard(tenant);
  await fetch(url, { method: "POST", body: new URLSearchParams({ card: CARDS[card] }), redirect: "manual" });
  const [kept] = await listSavedCards(tenant.organizationId);
  if (!kept?.label.endsWith(CARDS[card])) throw new Error("the card was not kept");
  return kept.id;
}

/** Turns a tenant's automatic top-ups on: below 5 USD, 20 at a time, at most 100 a month, unless told otherwise. */
export async function turnOn(
  tenant: Tenant,
  paymentMethod: string,
  { threshold = "5", amount = "20", monthlyCeiling = "100" } = {},
): Promise<void> {
  await setAutoTopUp({
    organizationId: tenant.organizationId,
    threshold: parseUsd(threshold),
    amount: parseUsd(amount),
    monthlyCeiling: parseUsd(monthlyCeiling),
    paymentMethod,
    actor: { userId: tenant.userId },
  });
}

/** Who a tenant is at Stripe. */
export async function customerOf({ organizationId }: Tenant): Promise<string> {
  const { stripeCustomer } = await findPayer(organizationId);
  if (stripeCustomer === null) throw new Error("the tenant is not known at Stripe");
  return stripeCustomer;
}
