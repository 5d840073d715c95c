import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { charging, isConfirmOver } from "@/lib/billing/auto-top-up-store";
import { billingAddress } from "@/lib/billing/billing-address";
import { askStripe } from "@/lib/billing/payment-service";
import { findTopUp } from "@/lib/billing/store";
import { GatewayError } from "@/lib/core/errors";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";

export interface TopUpToConfirm {
  organizationId: string;
  /** Whose billing page the bank leads back to. */
  projectId: string;
  topUpId: string;
  actor: Actor;
}

/**
 * Tries a payment that the bank asks about again, now that somebody is there, and returns the address where they answer
 * the bank; the billing page's where it asks no more. Credits come with the webhook.
 * https://docs.stripe.com/payments/3d-secure/authentication-flow#manual-redirect
 * @throws GatewayError not_found, forbidden, conflict when there is nothing to confirm any more, upstream_error also when
 * the card is declined.
 */
export async function confirmTopUp({ organizationId, projectId, topUpId, actor }: TopUpToConfirm): Promise<{
  url: string;
}> {
  await transaction((tx) => permit(tx, organizationId, actor, "billing.manage"));
  const topUp = charging(await findTopUp(organizationId, topUpId));
  const paymentIntent = topUp?.paymentIntent;
  if (!topUp || !paymentIntent) throw notFound("Top-up");
  if (topUp.status !== "pending" || topUp.confirmBy === null || (await isConfirmOver(topUpId)))
    throw new GatewayError("conflict", "There is nothing to confirm any more.");
  const back = `${billingAddress(projectId)}?top_up=${topUpId}`;
  const payment = await askStripe(async (client) => {
    const known = await client.paymentIntents.retrieve(paymentIntent);
    return known.status === "requires_payment_method"
      ? client.paymentIntents.confirm(paymentIntent, { payment_method: topUp.paymentMethod, return_url: back })
      : known;
  });
  await transaction((tx) =>
    recordAudit(tx, { organizationId, actor, action: "top_up.confirm", target: `top_up:${topUpId}` }),
  );
  return { url: payment.next_action?.redirect_to_url?.url ?? back };
}
