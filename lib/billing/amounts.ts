import { NANO_PER_USD, parseUsd, type Usd, usd } from "@/lib/core/money";

/** CONTRACT section 11. */
export const TOP_UP_MIN = parseUsd("5");
export const TOP_UP_MAX = parseUsd("5000");

const BASIS_POINTS = 10_000n;
const NANO_PER_CENT = NANO_PER_USD / 100n;

/** The fee on top of a top-up of `amount`, in whole cents, rounded up; `feeBps` are basis points (500 = 5 %). */
export function topUpFee(amount: Usd, feeBps: number): Usd {
  const divisor = BASIS_POINTS * NANO_PER_CENT;
  const cents = (amount * BigInt(feeBps) + divisor - 1n) / divisor;
  return usd(cents * NANO_PER_CENT);
}

/** Stripe's amounts of USD are whole cents. */
export function usdOfCents(cents: number): Usd {
  return usd(BigInt(cents) * NANO_PER_CENT);
}

/**
 * An amount for Stripe.
 * @throws RangeError when it is not in whole cents.
 */
export function centsOfUsd(amount: bigint): number {
  if (amount % NANO_PER_CENT !== 0n) throw new RangeError("Stripe takes whole cents only");
  return Number(amount / NANO_PER_CENT);
}
