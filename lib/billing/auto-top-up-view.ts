import { findAutoTopUp, findTopUpUnderway, readChargedThisMonth } from "@/lib/billing/auto-top-up-store";
import { formatUsd } from "@/lib/core/money";

/**
 * Automatic top-ups as the billing page shows them. Amounts are USD as decimal strings, times ISO 8601; amounts are null
 * before they were first set.
 */
export interface AutoTopUpView {
  /**
   * charging: a card is being charged. confirm: the bank asks for somebody. retrying: the last attempt failed, another
   * one will be made. ceiling: nothing is charged before the next month. stopped: nothing is charged until it is set anew.
   */
  state: "off" | "on" | "charging" | "confirm" | "retrying" | "ceiling" | "stopped";
  threshold: string | null;
  amount: string | null;
  monthlyCeiling: string | null;
  paymentMethod: string | null;
  /** In this calendar month (UTC), with fees and what is under way. */
  chargedThisMonth: string;
  /** Why the last attempt failed. */
  reason: string | null;
  nextAttemptAt: string | null;
  /** The top-up that waits to be confirmed. */
  confirm: { topUpId: string; cost: string; by: string } | null;
}

/** How an organisation's automatic top-ups stand. */
export async function readAutoTopUp(organizationId: string): Promise<AutoTopUpView> {
  const [settings, underway, charged] = await Promise.all([
    findAutoTopUp(organizationId),
    findTopUpUnderway(organizationId),
    readChargedThisMonth(organizationId),
  ]);
  return {
    state: stateOf(settings, underway),
    threshold: settings && formatUsd(settings.threshold),
    amount: settings && formatUsd(settings.amount),
    monthlyCeiling: settings && formatUsd(settings.monthlyCeiling),
    paymentMethod: settings?.paymentMethod ?? null,
    chargedThisMonth: formatUsd(charged),
    reason: settings?.lastFailure ?? null,
    nextAttemptAt: settings?.nextAttemptAt?.toISOString() ?? null,
    confirm: underway?.confirmBy
      ? { topUpId: underway.id, cost: formatUsd(underway.amount + underway.fee), by: underway.confirmBy.toISOString() }
      : null,
  };
}

function stateOf(
  settings: Awaited<ReturnType<typeof findAutoTopUp>>,
  underway: Awaited<ReturnType<typeof findTopUpUnderway>>,
): AutoTopUpView["state"] {
  if (!settings?.enabled) return "off";
  if (settings.stoppedReason !== null) return "stopped";
  if (underway?.confirmBy) return "confirm";
  if (underway) return "charging";
  if (settings.nextAttemptAt === null || settings.nextAttemptAt <= new Date()) return "on";
  return settings.lastFailure === null ? "ceiling" : "retrying";
}
