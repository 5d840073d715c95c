import { NANO_PER_USD, parseUsd } from "@/lib/core/money";

/** Thousands separators, by hand: `Intl` takes strings of this size only in newer browsers. */
function grouped(whole: bigint): string {
  return whole.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `nanos` nano-dollars, rounded half up to `digits` decimals, without sign. */
function rounded(nanos: bigint, digits: number): { whole: bigint; fraction: string } {
  const step = 10n ** BigInt(9 - digits);
  const units = (nanos + step / 2n) / step;
  const base = 10n ** BigInt(digits);
  return { whole: units / base, fraction: digits === 0 ? "" : (units % base).toString().padStart(digits, "0") };
}

/**
 * A decimal string of USD for reading: "$1,240.50". Below a dollar it keeps four significant digits, so that small costs
 * do not read as nothing: "$0.0001235". `exact` keeps all nine decimals that are not trailing zeros.
 */
export function formatMoney(amount: string, options: { exact?: boolean } = {}): string {
  const nanos = parseUsd(amount);
  const absolute = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? "−" : "";
  const all = (absolute % NANO_PER_USD).toString().padStart(9, "0");
  const leadingZeros = all.length - all.replace(/^0+/, "").length;
  const digits = options.exact ? 9 : absolute === 0n || absolute >= NANO_PER_USD ? 2 : Math.min(9, leadingZeros + 4);
  const { whole, fraction } = rounded(absolute, digits);
  const kept = fraction.slice(0, 2) + fraction.slice(2).replace(/0+$/, "");
  return `${sign}$${grouped(whole)}.${kept}`;
}

/** What part of `limit` an amount is, 0 to 100; for the width of a bar only. */
export function percentOf(amount: string, limit: string): number {
  const total = parseUsd(limit);
  if (total <= 0n) return 100;
  const share = Number((parseUsd(amount) * 10_000n) / total) / 100;
  return Math.min(100, Math.max(0, share));
}

/** The sum of decimal strings of USD, as nano-dollars. */
export function sumMoney(amounts: readonly string[]): bigint {
  return amounts.reduce((total, amount) => total + parseUsd(amount), 0n);
}
