const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 2 });

/** Tokens in short: "128K", "1.05M". */
export function tokenCount(tokens: number): string {
  return compact.format(tokens).toUpperCase();
}
