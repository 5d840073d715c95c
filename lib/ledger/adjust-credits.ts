import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { newId } from "@/lib/core/ids";
import { formatUsd, type Usd } from "@/lib/core/money";
import { cleanText } from "@/lib/core/text";
import { transaction } from "@/lib/infra/db";
import { book, raiseCredits } from "@/lib/ledger/store";

export interface CreditAdjustment {
  organizationId: string;
  /** What is added; below zero: taken. Never zero. */
  amount: Usd;
  /** Shown on the books' page. */
  reason: string;
  actor: Actor;
}

/**
 * Corrects an organisation's credits, up or down, with the record of who did. A correction may take more than is left:
 * the balance is below zero then, and calls that credits pay for are refused.
 */
export function adjustCredits({ organizationId, amount, reason, actor }: CreditAdjustment): Promise<void> {
  return transaction(async (tx) => {
    const said = cleanText(reason, 500);
    await book(tx, {
      organizationId,
      source: `adjustment:${newId("txn")}`,
      description: said,
      postings: [
        { account: "credits", amount },
        { account: "adjustments", amount: -amount },
      ],
    });
    await raiseCredits(tx, organizationId, amount);
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "organization.adjust",
      target: `organization:${organizationId}`,
      after: { amount: formatUsd(amount), reason: said },
    });
  });
}
