import type { Usd } from "@/lib/core/money";
import type { Tx } from "@/lib/infra/db";
import { book, raiseCredits } from "@/lib/ledger/store";

export interface Grant {
  organizationId: string;
  amount: Usd;
  /** Shown on the billing page. */
  reason: string;
  /** The same source is granted once, for example `welcome:<organisation>`. */
  source: string;
}

/** Gives credits that nobody paid for: the meter's limit and the journal move in one transaction. */
export async function grantCredits(tx: Tx, grant: Grant): Promise<void> {
  await book(tx, {
    organizationId: grant.organizationId,
    source: `grant:${grant.source}`,
    description: grant.reason,
    postings: [
      { account: "credits", amount: grant.amount },
      { account: "grants", amount: -grant.amount },
    ],
  });
  await raiseCredits(tx, grant.organizationId, grant.amount);
}
