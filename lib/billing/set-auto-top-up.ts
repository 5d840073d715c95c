import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { advanceJobKey } from "@/lib/billing/advance-job-key";
import { topUpFee } from "@/lib/billing/amounts";
import { lockAutoTopUp, saveAutoTopUp } from "@/lib/billing/auto-top-up-store";
import { listSavedCards, type SavedCard } from "@/lib/billing/saved-cards";
import { GatewayError } from "@/lib/core/errors";
import { formatUsd, type Usd, usd } from "@/lib/core/money";
import { notFound, permit } from "@/lib/identity/permit";
import { shareOrganization } from "@/lib/identity/store";
import { config } from "@/lib/infra/config";
import { transaction } from "@/lib/infra/db";
import { addJob } from "@/lib/infra/jobs";

export interface NewAutoTopUp {
  organizationId: string;
  /** A balance below this is topped up. */
  threshold: Usd;
  /** Of credits; the fee comes on top. */
  amount: Usd;
  /** Charged at most in a calendar month (UTC), fees included. */
  monthlyCeiling: Usd;
  /** Of the organisation's saved cards. */
  paymentMethod: string;
  actor: Actor;
}

/**
 * Turns automatic top-ups on, or changes them; earlier failures are forgotten. Where the balance is below the threshold
 * already, the card is charged now.
 * @throws GatewayError not_found, forbidden, invalid_fields for a card that is not kept for this organisation and for a
 * ceiling below one top-up with its fee, upstream_error.
 */
export async function setAutoTopUp({ organizationId, actor, ...settings }: NewAutoTopUp): Promise<void> {
  await transaction((tx) => permit(tx, organizationId, actor, "billing.manage"));
  const { amount, monthlyCeiling, paymentMethod, threshold } = settings;
  const once = usd(amount + topUpFee(amount, config().creditFeeBps));
  if (monthlyCeiling < once)
    throw invalid("monthlyCeiling", `At least $${formatUsd(once)}, which one top-up costs with its fee`);
  const card = await keptCard(organizationId, paymentMethod);
  await transaction(async (tx) => {
    // Else somebody who deletes the organisation at this moment would leave a card behind that is charged.
    if (!(await shareOrganization(tx, organizationId))) throw notFound("Organization");
    await permit(tx, organizationId, actor, "billing.manage");
    const before = await lockAutoTopUp(tx, organizationId);
    await saveAutoTopUp(tx, organizationId, settings);
    await addJob(tx, "advance-top-up", advanceJobKey(organizationId), { organizationId });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "auto_top_up.set",
      target: `organization:${organizationId}`,
      ...(before && {
        before: {
          enabled: before.enabled,
          threshold: formatUsd(before.threshold),
          amount: formatUsd(before.amount),
          monthly_ceiling: formatUsd(before.monthlyCeiling),
        },
      }),
      after: {
        enabled: true,
        threshold: formatUsd(threshold),
        amount: formatUsd(amount),
        monthly_ceiling: formatUsd(monthlyCeiling),
        card: card.label,
      },
    });
  });
}

async function keptCard(organizationId: string, id: string): Promise<SavedCard> {
  const card = (await listSavedCards(organizationId)).find((saved) => saved.id === id);
  if (!card) throw invalid("paymentMethod", "This card is not kept any more. Choose another one, or add one");
  return card;
}

function invalid(field: string, message: string): GatewayError {
  return new GatewayError("invalid_fields", message, { param: field, metadata: { fields: { [field]: message } } });
}
