import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { newId } from "@/lib/core/ids";
import { formatUsd, type Usd } from "@/lib/core/money";
import { cleanText } from "@/lib/core/text";
import { transaction } from "@/lib/infra/db";
import { grantCredits } from "@/lib/ledger/grant-credits";
import { grantPromotion } from "@/lib/ledger/grant-promotion";

export interface CreditGift {
  organizationId: string;
  amount: Usd;
  /** Shown on the billing page. */
  reason: string;
  /** null: never. */
  expiresAt: Date | null;
  actor: Actor;
}

/** Grants credits to an organisation, with the record of who did: a promotion where they expire. */
export function giveCredits({ organizationId, amount, reason, expiresAt, actor }: CreditGift): Promise<void> {
  return transaction(async (tx) => {
    const said = cleanText(reason, 500);
    if (expiresAt) await grantPromotion(tx, { organizationId, amount, reason: said, expiresAt });
    else await grantCredits(tx, { organizationId, amount, reason: said, source: newId("txn") });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "organization.grant",
      target: `organization:${organizationId}`,
      after: {
        amount: formatUsd(amount),
        reason: said,
        ...(expiresAt ? { expires_at: expiresAt.toISOString() } : {}),
      },
    });
  });
}
