import { formatUsd } from "@/lib/core/money";
import { findLastBooksRun } from "@/lib/ledger/books-store";
import { burn } from "@/lib/ledger/burn";
import { readSums, type Sums } from "@/lib/ledger/organization-books-store";
import { findUsablePromotions } from "@/lib/ledger/promotion-store";

/** Two figures that come from different places and have to be the same. */
export interface Equation {
  name: string;
  left: { words: string; amount: string };
  right: { words: string; amount: string };
  agrees: boolean;
}

export interface PromotionView {
  id: string;
  reason: string;
  amount: string;
  left: string;
  /** ISO 8601. */
  expiresAt: string;
}

/** An organisation's books as pages show them. Amounts are USD as decimal strings, times ISO 8601. */
export interface BooksView {
  balance: string;
  held: string;
  bought: string;
  refunded: string;
  granted: string;
  promoted: string;
  expired: string;
  adjusted: string;
  used: string;
  operatorLoss: string;
  /** Those that can be used, the one that is burnt first before the rest. */
  promotions: PromotionView[];
  equations: Equation[];
  /** The last proof of the whole installation (`npm run books`); null before the first. */
  lastRun: { at: string; ok: boolean } | null;
}

/** An organisation's credits, how they came to be what they are, and the proof, as of this moment. */
export async function readOrganizationBooks(organizationId: string): Promise<BooksView> {
  const [sums, usable, run] = await Promise.all([
    readSums(organizationId),
    findUsablePromotions(organizationId),
    findLastBooksRun(),
  ]);
  const burnt = burn(
    usable.map(({ id, amount, burnt: before }) => ({ id, left: amount - before, waitsFor: null })),
    sums.meter_used - (usable[0]?.countedTo ?? sums.meter_used),
    new Map(),
  );
  return {
    balance: formatUsd(sums.meter_limit - sums.meter_used),
    held: formatUsd(sums.meter_held),
    bought: formatUsd(sums.bought),
    refunded: formatUsd(sums.refunded),
    granted: formatUsd(sums.granted),
    promoted: formatUsd(sums.promoted),
    expired: formatUsd(sums.expired),
    adjusted: formatUsd(sums.adjusted),
    used: formatUsd(sums.charged),
    operatorLoss: formatUsd(sums.operator_loss),
    promotions: usable.map(({ id, reason, amount, burnt: before, expiresAt }) => ({
      id,
      reason,
      amount: formatUsd(amount),
      left: formatUsd(amount - before - (burnt.get(id) ?? 0n)),
      expiresAt: expiresAt.toISOString(),
    })),
    equations: equationsOf(sums),
    lastRun: run && { at: run.ranAt.toISOString(), ok: run.ok },
  };
}

function equationsOf(sums: Sums): Equation[] {
  const equation = (name: string, left: [string, bigint], right: [string, bigint]): Equation => ({
    name,
    left: { words: left[0], amount: formatUsd(left[1]) },
    right: { words: right[0], amount: formatUsd(right[1]) },
    agrees: left[1] === right[1],
  });
  const came = sums.bought - sums.refunded + sums.granted + sums.promoted - sums.expired + sums.adjusted;
  return [
    equation(
      "Balance",
      ["Bought − refunded + granted + promotions − expired + adjustments − used", came - sums.charged],
      ["The balance that calls are admitted by", sums.meter_limit - sums.meter_used],
    ),
    equation(
      "Journal",
      ["All entries of the customer's account", sums.credits],
      ["All entries of the accounts against it, turned round", sums.credits - sums.journal],
    ),
    equation(
      "Used",
      ["Booked by the journal", sums.charged],
      ["Charged by the usage of each hour", sums.rollup_charged],
    ),
    equation("Held", ["What the balance holds", sums.meter_held], ["What running calls hold", sums.open_holds]),
    equation(
      "Payments",
      ["Collected by the payment service", sums.collected],
      ["Worth of all top-ups, credits and fees", sums.top_up_credits + sums.top_up_fees_booked],
    ),
    equation(
      "Bought",
      ["Bought − refunded, by the journal", sums.bought - sums.refunded],
      ["Credits of all top-ups", sums.top_up_credits],
    ),
    equation(
      "Promotions",
      ["Given and not taken back, by the journal", sums.promotions_account],
      ["By the promotions themselves", sums.promotions_given],
    ),
    equation(
      "Operator loss",
      ["Booked by the journal", sums.operator_loss],
      ["By the usage of each hour", sums.rollup_loss],
    ),
  ];
}
