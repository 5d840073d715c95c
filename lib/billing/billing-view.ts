import { findTopUps } from "@/lib/billing/store";
import { formatUsd } from "@/lib/core/money";
import { readBalance } from "@/lib/ledger/balance";

/** A top-up as pages see it. Amounts are USD as decimal strings, times ISO 8601. */
export interface TopUpView {
  id: string;
  amount: string;
  fee: string;
  /** Credits that it still gives: less than `amount` after a refund or dispute. */
  credits: string;
  status: "pending" | "paid" | "failed" | "expired" | "refunded" | "disputed";
  automatic: boolean;
  /** Why the last attempt to pay failed; null when none did, or when it was paid after all. */
  failure: string | null;
  hasReceipt: boolean;
  /** Whether there is an invoice that can be downloaded. */
  hasInvoice: boolean;
  createdAt: string;
}

/** An organisation's credits and how it came by them. Amounts are USD as decimal strings. */
export interface BillingView {
  /** Bought and granted, less refunded and used; below zero after a refund of what was used. */
  balance: string;
  held: string;
  topUps: TopUpView[];
}

const LISTED = 100;

/** The balance and the newest top-ups of an organisation, as they stand. */
export async function readBilling(organizationId: string): Promise<BillingView> {
  // The balance comes last: what is listed as paid is in it, also where the webhook lands between the two.
  const rows = await findTopUps(organizationId, LISTED);
  const { credited, used, held } = await readBalance(organizationId);
  return {
    balance: formatUsd(credited - used),
    held: formatUsd(held),
    topUps: rows.map(({ topUp, payment }) => {
      const isPaid = (payment?.paid ?? 0n) > 0n;
      return {
        id: topUp.id,
        amount: formatUsd(topUp.amount),
        fee: formatUsd(topUp.fee),
        credits: formatUsd(topUp.bookedCredits),
        status: topUp.status,
        automatic: topUp.automatic,
        failure: isPaid ? null : (payment?.failure ?? null),
        hasReceipt: isPaid && (topUp.checkoutSession !== null || topUp.automatic),
        hasInvoice: isPaid && topUp.checkoutSession !== null,
        createdAt: topUp.createdAt.toISOString(),
      };
    }),
  };
}
