import { balancesOf, storedBalances } from "@/lib/alerts/settings";
import { findCreditsAlerts, saveCreditsAlerts } from "@/lib/alerts/store";
import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { formatUsd, type Usd } from "@/lib/core/money";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";

export interface BalanceAlerts {
  organizationId: string;
  /** What is left when it is told; empty: only that all is used up, which is always told. */
  balances: readonly Usd[];
  actor: Actor;
}

/**
 * Sets the balances of an organisation's credits that are told about.
 * @throws GatewayError not_found, forbidden.
 */
export function setBalanceAlerts({ organizationId, balances, actor }: BalanceAlerts): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "billing.manage");
    const before = await findCreditsAlerts(tx, organizationId);
    if (before === null) throw notFound("Organization");
    await saveCreditsAlerts(tx, organizationId, storedBalances(balances));
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "organization.set_alerts",
      target: `organization:${organizationId}`,
      before: { low_balance: balancesOf(before.alerts).map(formatUsd) },
      after: { low_balance: balances.map(formatUsd) },
    });
  });
}

/** The balances that are told about, as decimal strings of USD. */
export async function readBalanceAlerts(organizationId: string): Promise<string[]> {
  const found = await findCreditsAlerts(null, organizationId);
  return balancesOf(found?.alerts).map(formatUsd);
}
