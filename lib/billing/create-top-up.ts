import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { centsOfUsd, topUpFee } from "@/lib/billing/amounts";
import { billingAddress } from "@/lib/billing/billing-address";
import { countOpenCheckouts, insertTopUp, lockCheckouts } from "@/lib/billing/store";
import { askAsCustomer } from "@/lib/billing/stripe-customer";
import { GatewayError } from "@/lib/core/errors";
import { newId } from "@/lib/core/ids";
import { formatUsd, type Usd } from "@/lib/core/money";
import { permit } from "@/lib/identity/permit";
import { config } from "@/lib/infra/config";
import { type Tx, transaction } from "@/lib/infra/db";

/** How long somebody may take to pay. Stripe allows half an hour to a day. */
const CHECKOUT_SECONDS = 7_200;
/** Of an organisation, at a time: each one is kept at Stripe and listed on the billing page. */
const OPEN_CHECKOUTS_MAX = 10;

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
 * @throws GatewayError not_found, forbidden, conflict while too many checkouts are open, upstream_error.
 */
export async function createTopUp({ organizationId, projectId, amount, actor }: NewTopUp): Promise<{ url: string }> {
  await transaction(async (tx) => {
    await permit(tx, organizationId, actor, "billing.manage");
    await refuseTooMany(tx, organizationId);
  });
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
        expires_at: Math.floor(Date.now() / 1000) + CHECKOUT_SECONDS,
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
    await lockCheckouts(tx, organizationId);
    await refuseTooMany(tx, organizationId);
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

async function refuseTooMany(tx: Tx, organizationId: string): Promise<void> {
  const open = await countOpenCheckouts(tx, organizationId, CHECKOUT_SECONDS);
  if (open < OPEN_CHECKOUTS_MAX) return;
  throw new GatewayError(
    "conflict",
    `This organization has ${open} checkouts open, which is as many as there may be. Pay one of them, or try again later: each closes ${CHECKOUT_SECONDS / 3_600} hours after it was begun.`,
  );
}
