import { newId } from "@/lib/core/ids";
import type { Usd } from "@/lib/core/money";
import type { Tx } from "@/lib/infra/db";
import { countBurnt } from "@/lib/ledger/count-burnt";
import { insertPromotion } from "@/lib/ledger/promotion-store";
import { book, raiseCredits } from "@/lib/ledger/store";

export interface PromotionGrant {
  organizationId: string;
  amount: Usd;
  /** Shown on the books' page. */
  reason: string;
  expiresAt: Date;
}

/**
 * Gives credits that expire. What was used before is nothing of theirs; from now on they are burnt before all that expire
 * later or never.
 */
export async function grantPromotion(
  tx: Tx,
  { organizationId, amount, reason, expiresAt }: PromotionGrant,
): Promise<void> {
  const counted = await countBurnt(tx, organizationId);
  if (!counted) throw new Error(`organisation ${organizationId} has no credits meter`);
  const id = newId("prm");
  await insertPromotion(tx, { id, organizationId, amount, reason, expiresAt, countedTo: counted.used });
  await book(tx, {
    organizationId,
    source: `promotion:${id}`,
    description: reason,
    postings: [
      { account: "credits", amount },
      { account: "promotions", amount: -amount },
    ],
  });
  await raiseCredits(tx, organizationId, amount);
}
