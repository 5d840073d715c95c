import { readClock } from "@/lib/infra/clock-store";
import { type Tx, transaction } from "@/lib/infra/db";
import { log } from "@/lib/infra/log";
import { countBurnt } from "@/lib/ledger/count-burnt";
import { findDueOrganizations, findHolders, savePromotion } from "@/lib/ledger/promotion-store";
import { book, raiseCredits } from "@/lib/ledger/store";

/** How long after its expiry a promotion can still be used, at most, while a process runs. */
const LOOK_EVERY_MS = 1_000;
const ROUND = 100;

let timer: NodeJS.Timeout | undefined;
let looking = false;
let failing = false;

/**
 * Takes back, once, what is left of every promotion whose time is over. A request that holds credits at that moment keeps
 * what it holds (`ceiling`), and what it comes to cost is burnt from the promotion as if it had not expired: that much is
 * given back when it has ended. Of several processes that do this at once, one does each. Returns how many organisations
 * had something to do.
 */
export async function expirePromotions(): Promise<number> {
  let done = 0;
  for (;;) {
    const due = await findDueOrganizations(ROUND);
    for (const organizationId of due) await transaction((tx) => expireOf(tx, organizationId));
    done += due.length;
    if (due.length < ROUND) return done;
  }
}

async function expireOf(tx: Tx, organizationId: string): Promise<void> {
  const counted = await countBurnt(tx, organizationId);
  if (!counted) return;
  const now = await readClock(tx);
  const over = counted.promotions.filter(({ expiredAt, expiresAt }) => expiredAt === null && expiresAt <= now);
  if (over.length === 0) return;
  const holders = await findHolders(tx, counted.meterId);
  let takenBack = 0n;
  for (const promotion of over) {
    const left = promotion.amount - promotion.burnt;
    await savePromotion(tx, {
      ...promotion,
      expiredAt: now,
      takenBack: left,
      // Nothing can be burnt of what is burnt.
      waitsFor: left === 0n ? [] : holders,
    });
    if (left === 0n) continue;
    takenBack += left;
    await book(tx, {
      organizationId,
      source: `promotion:${promotion.id}:expired`,
      description: `Expired: ${promotion.reason}`,
      postings: [
        { account: "credits", amount: -left },
        { account: "promotions", amount: left },
      ],
    });
  }
  if (takenBack > 0n) await raiseCredits(tx, organizationId, -takenBack);
}

async function look(): Promise<void> {
  if (looking) return;
  looking = true;
  try {
    await expirePromotions();
    failing = false;
  } catch (error) {
    // Once an outage, not once a second.
    if (!failing) log().warn({ err: error }, "could not look for expired promotions");
    failing = true;
  } finally {
    looking = false;
  }
}

/** Expires what is due before the first request, and from then on within a second. */
export async function startExpiringPromotions(): Promise<void> {
  timer ??= setInterval(() => void look(), LOOK_EVERY_MS).unref();
  await expirePromotions();
}

export function stopExpiringPromotions(): void {
  clearInterval(timer);
  timer = undefined;
}
