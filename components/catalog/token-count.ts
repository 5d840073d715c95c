const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumSignificantDigits: 3 });

/** Tokens in short: "16.4K", "128K", "1.05M". */
export function tokenCount(tokens: number): string {
  return compact.format(tokens).toUpperCase();
}
