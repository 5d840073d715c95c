import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { centsOfUsd, topUpFee } from "@/lib/billing/amounts";
import { billingAddress } from "@/lib/billing/billing-address";
import { insertTopUp } from "@/lib/billing/store";
import { askAsCustomer } from "@/lib/billing/stripe-customer";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { formatUsd, type Usd } from "@/lib/core/money";
import { permit } from "@/lib/identity/permit";
import { config } from "@/lib/infra/config";
import { transaction } from "@/lib/infra/db";

export interface NewTopUp {
  organizationId: string;
  /** Whose billing page Stripe leads back to. */
  projectId: string;
  /** Of credits; the fee comes on top. */
  amount: Usd;
  actor: Actor;
}

/**
 * Begins a top-up: makes a checkout at Stripe, writes the top-up down, and returns the address to pay at. Nobody has that
 * address before it is written down, so there is no payment without a top-up. Credits come with the webhook.
 * @throws GatewayError not_found, forbidden, upstream_error.
 */
export async function createTopUp({ organizationId, projectId, amount, actor }: NewTopUp): Promise<{ url: string }> {
  await transaction((tx) => permit(tx, organizationId, actor, "billing.manage"));
  const id = newId("top");
  const fee = topUpFee(amount, config().creditFeeBps);
  const metadata = { organization: organizationId, top_up: id };
  const back = billingAddress(projectId);
  const line = (name: string, unit: bigint) => ({
    quantity: 1,
    price_data: { currency: "usd", unit_amount: centsOfUsd(unit), product_data: { name } },
  });
  const session = await askAsCustomer(organizationId, (client, customer) =>
    client.checkout.sessions.create(
      {
        mode: "payment",
        customer,
        client_reference_id: id,
        metadata,
        payment_intent_data: { metadata },
        invoice_creation: { enabled: true, invoice_data: { metadata } },
        line_items: [line("Turnpike credits", amount), ...(fee > 0n ? [line("Fee", fee)] : [])],
        success_url: `${back}?top_up=${id}`,
        cancel_url: back,
      },
      { idempotencyKey: `${id} ${customer}` },
    ),
  );
  const { url } = session;
  if (!url) throw new GatewayError("upstream_error", "The payment service gave no address to pay at.");
  await transaction(async (tx) => {
    await permit(tx, organizationId, actor, "billing.manage");
    const createdById = "userId" in actor ? actor.userId : null;
    await insertTopUp(tx, { id, organizationId, createdById, amount, fee, checkoutSession: session.id });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "top_up.create",
      target: `top_up:${id}`,
      after: { amount: formatUsd(amount), fee: formatUsd(fee) },
    });
  });
  return { url };
}
