import { topUpFee } from "@/lib/billing/amounts";
import {
  type AutomaticTopUp,
  findDueTopUp,
  insertAutomaticTopUp,
  lockAutoTopUp,
  waitForNextMonth,
} from "@/lib/billing/auto-top-up-store";
import { noteFailedAttempt } from "@/lib/billing/fail-automatic-top-up";
import { tellPayers } from "@/lib/billing/tell-payers";
import { newId } from "@/lib/core/ids";
import { formatUsd, usd } from "@/lib/core/money";
import { config } from "@/lib/infra/config";
import { type Tx, transaction } from "@/lib/infra/db";

/**
 * Writes an automatic top-up down when the organisation's balance is below its threshold and nothing speaks against it;
 * null else. Of any number at once one does. Nothing is charged yet. Where the monthly ceiling would be passed, those who
 * pay are told, and nothing is tried again before the next month.
 */
export function beginAutomaticTopUp(organizationId: string): Promise<AutomaticTopUp | null> {
  return transaction(async (tx) => {
    await lockAutoTopUp(tx, organizationId);
    const due = await findDueTopUp(tx, organizationId);
    if (!due) return null;
    const { amount, customer, paymentMethod } = due;
    const fee = topUpFee(usd(amount), config().creditFeeBps);
    if (due.chargedThisMonth + amount + fee > due.monthlyCeiling) {
      await haltUntilNextMonth(tx, organizationId, due);
      return null;
    }
    if (customer === null) {
      await noteFailedAttempt(tx, organizationId, "card_gone", null);
      return null;
    }
    return insertAutomaticTopUp(tx, { id: newId("top"), organizationId, amount, fee, customer, paymentMethod });
  });
}

async function haltUntilNextMonth(
  tx: Tx,
  organizationId: string,
  { chargedThisMonth, monthlyCeiling }: { chargedThisMonth: bigint; monthlyCeiling: bigint },
): Promise<void> {
  await waitForNextMonth(tx, organizationId);
  await tellPayers(tx, organizationId, (name) => ({
    title: `Automatic top-up of ${name} has reached its monthly ceiling`,
    text: `$${formatUsd(chargedThisMonth)} of at most $${formatUsd(monthlyCeiling)} were charged this month, and the next top-up would pass that. Nothing is charged before the next month (UTC), unless the ceiling is raised on the billing page.`,
  }));
}
