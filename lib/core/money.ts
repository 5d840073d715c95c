/**
 * Money is nano-dollars in a branded bigint: 1 USD = 1 000 000 000. Floats never touch it.
 */
declare const usdBrand: unique symbol;

/** An amount in nano-dollars (10⁻⁹ USD). */
export type Usd = bigint & { readonly [usdBrand]: true };

export const NANO_PER_USD = 1_000_000_000n;

/** The amount of `nanos` nano-dollars. */
export function usd(nanos: bigint): Usd {
  return nanos as Usd;
}

export const ZERO_USD: Usd = usd(0n);

const DECIMAL = /^(-?)(\d{1,9})(?:\.(\d{1,9}))?$/;

/**
 * Reads a decimal string such as `"1.25"` (at most nine digits on either side of the point).
 * @throws RangeError when it is not one.
 */
export function parseUsd(text: string): Usd {
  const match = DECIMAL.exec(text.trim());
  if (!match)
    throw new RangeError(`not an amount in USD: at most nine digits before and after the point, for example "1.25"`);
  const [, sign, whole = "0", fraction = ""] = match;
  const nanos = BigInt(whole) * NANO_PER_USD + BigInt(fraction.padEnd(9, "0"));
  return usd(sign === "-" ? -nanos : nanos);
}

/** A JSON number as `parseUsd` reads it: plain digits also where JavaScript writes an exponent (1e-7 is 0.0000001), as long as they say the same. */
export function decimalText(value: number): string {
  const digits = value.toFixed(9);
  return Number(digits) === value ? digits : String(value);
}

/** The exact decimal string, with at least two digits after the point: `"1.25"`, `"0.000000150"` → `"0.00000015"`. */
export function formatUsd(amount: bigint): string {
  const negative = amount < 0n;
  const absolute = negative ? -amount : amount;
  const whole = absolute / NANO_PER_USD;
  const fraction = (absolute % NANO_PER_USD).toString().padStart(9, "0");
  const kept = fraction.slice(0, 2) + fraction.slice(2).replace(/0+$/, "");
  return `${negative ? "-" : ""}${whole}.${kept}`;
}

/** The JSON number of an amount for `usage.cost` (CONTRACT, head): nine decimals survive below eight million USD. */
export function usdToNumber(amount: bigint): number {
  return Number(amount) / Number(NANO_PER_USD);
}

export function minUsd(a: bigint, b: bigint): Usd {
  return usd(a < b ? a : b);
}

export function maxUsd(a: bigint, b: bigint): Usd {
  return usd(a > b ? a : b);
}
