import { newId } from "@/lib/core/ids";
import type { Tx } from "@/lib/infra/db";
import type { Promotion } from "@/lib/infra/prisma-client/client";
import { burn } from "@/lib/ledger/burn";
import { findEnded, findOpenPromotions, savePromotion } from "@/lib/ledger/promotion-store";
import { book, lockCredits, raiseCredits } from "@/lib/ledger/store";

/** An organisation's credits under lock, and what is left to burn, as of this moment. */
export interface Counted {
  meterId: bigint;
  /** nano-dollars, all that was ever taken from the credits. */
  used: bigint;
  /** Those that can be used, and those that wait for requests; in the order of their expiry. */
  promotions: Promotion[];
}

/**
 * Works out what requests have burnt of an organisation's promotions since somebody last did, and gives back what those
 * burnt that ran when a promotion expired. Nothing of this is done while requests are served: between two counts the
 * same promotions can be used, so that the sum that was used meanwhile says all (docs/decisions/0018). The credits meter
 * stays locked until the transaction ends. Null for an organisation without credits.
 */
export async function countBurnt(tx: Tx, organizationId: string): Promise<Counted | null> {
  const meter = await lockCredits(tx, organizationId);
  if (!meter) return null;
  const open = await findOpenPromotions(tx, organizationId);
  const [first] = open;
  if (!first) return { meterId: meter.id, used: meter.used, promotions: [] };
  const waitedFor = [...new Set(open.flatMap(({ waitsFor }) => waitsFor))];
  const ended = waitedFor.length === 0 ? new Map<string, bigint>() : await findEnded(tx, waitedFor);
  const burnt = burn(
    open.map(({ id, amount, burnt: before, expiredAt, waitsFor }) => ({
      id,
      left: amount - before,
      waitsFor: expiredAt === null ? null : new Set(waitsFor),
    })),
    meter.used - first.countedTo,
    ended,
  );
  const promotions: Promotion[] = [];
  for (const before of open) {
    const more = burnt.get(before.id) ?? 0n;
    const isExpired = before.expiredAt !== null;
    const after: Promotion = {
      ...before,
      burnt: before.burnt + more,
      countedTo: meter.used,
      takenBack: isExpired ? before.takenBack - more : before.takenBack,
      waitsFor: isExpired && before.burnt + more < before.amount ? before.waitsFor.filter((id) => !ended.has(id)) : [],
    };
    await savePromotion(tx, after);
    if (isExpired && more > 0n) await giveBack(tx, before, more);
    if (!isExpired || after.waitsFor.length > 0) promotions.push(after);
  }
  return { meterId: meter.id, used: meter.used, promotions };
}

async function giveBack(tx: Tx, { id, organizationId }: Promotion, amount: bigint): Promise<void> {
  await book(tx, {
    organizationId,
    source: `promotion:${id}:burnt:${newId("txn")}`,
    description: "Promotion used by requests that ran when it expired",
    postings: [
      { account: "credits", amount },
      { account: "promotions", amount: -amount },
    ],
  });
  await raiseCredits(tx, organizationId, amount);
}
