import { minUsd } from "@/lib/core/money";

/** A promotion that requests may still burn: one that can be used, or one that waits for requests of before its expiry. */
export interface Burnable {
  id: string;
  /** nano-dollars that were not burnt yet. */
  left: bigint;
  /** null: it can be used. Else only by these requests, which held credits when it expired. */
  waitsFor: ReadonlySet<string> | null;
}

/**
 * What of each promotion was burnt, in nano-dollars by its id, when `used` was taken from credits. Promotions come in
 * the order of their expiry, and are burnt before all other credits in that order. `ended` are the requests that one of
 * them waited for, with what each was charged, which is part of `used`: those burn what had expired meanwhile first.
 */
export function burn(
  promotions: readonly Burnable[],
  used: bigint,
  ended: ReadonlyMap<string, bigint>,
): Map<string, bigint> {
  const burnt = new Map<string, bigint>();
  const take = ({ id, left }: Burnable, amount: bigint): bigint => {
    const before = burnt.get(id) ?? 0n;
    const more = minUsd(amount, left - before);
    if (more > 0n) burnt.set(id, before + more);
    return more;
  };
  let rest = used;
  for (const [requestId, charged] of ended) {
    let cost = charged;
    for (const promotion of promotions) {
      if (!promotion.waitsFor?.has(requestId)) continue;
      const taken = take(promotion, cost);
      cost -= taken;
      rest -= taken;
    }
  }
  for (const promotion of promotions) if (promotion.waitsFor === null) rest -= take(promotion, rest);
  return burnt;
}
