import { lockAutoTopUp, noteFailure } from "@/lib/billing/auto-top-up-store";
import { lockTopUp, saveTopUp } from "@/lib/billing/store";
import { tellPayers } from "@/lib/billing/tell-payers";
import { type Tx, transaction } from "@/lib/infra/db";

/**
 * declined: the card was not charged, another attempt may go better. card_gone: no attempt will. withdrawn: the settings
 * were changed meanwhile, which is no failure of the card's.
 */
export type Failing = "declined" | "card_gone" | "withdrawn";

/** CONTRACT section 11. */
const FAILURES_MAX = 3;
/** After the first failure, and after the second. A bank that says no at once says no again. */
const WAITS_SECONDS = [900, 7_200];

const CARD_GONE = "The card is no longer kept at the payment service.";

/**
 * Ends a pending automatic top-up whose payment can never succeed any more; counted once, however often it is told. After
 * three failures in a row, or without a card, nothing is tried any more, and those who pay are told why.
 * @param reason in words for people; null where `failing` says it all.
 */
export function failAutomaticTopUp(
  { id, organizationId }: { id: string; organizationId: string },
  failing: Failing,
  reason: string | null,
): Promise<void> {
  return transaction(async (tx) => {
    const topUp = await lockTopUp(tx, id);
    if (topUp.status !== "pending") return;
    await saveTopUp(tx, id, { status: "failed", nextStepAt: null, confirmBy: null });
    await lockAutoTopUp(tx, organizationId);
    await noteFailedAttempt(tx, organizationId, failing, reason);
  });
}

/** Counts a failure, and stops when it was one too many. To be called under `lockAutoTopUp`. */
export async function noteFailedAttempt(
  tx: Tx,
  organizationId: string,
  failing: Failing,
  reason: string | null,
): Promise<void> {
  if (failing === "withdrawn") return;
  const settings = await lockAutoTopUp(tx, organizationId);
  if (!settings) return;
  const stops = failing === "card_gone" || settings.failures + 1 >= FAILURES_MAX;
  const words = failing === "card_gone" ? CARD_GONE : (reason ?? "The payment failed.");
  await noteFailure(tx, organizationId, { reason: words, waitSeconds: WAITS_SECONDS[settings.failures] ?? 0, stops });
  if (!stops) return;
  const after = failing === "card_gone" ? "" : ` after ${FAILURES_MAX} failed attempts`;
  await tellPayers(tx, organizationId, (name) => ({
    title: `Automatic top-up of ${name} has stopped`,
    text: `It has stopped${after}: ${words} Nothing is charged and no credits are added until it is turned on again on the billing page.`,
  }));
}
