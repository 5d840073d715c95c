import { z } from "zod";
import { parseUsd, type Usd } from "@/lib/core/money";

/** The balances that are told about where an organisation has set none of its own. */
export const DEFAULT_BALANCES: readonly Usd[] = [parseUsd("1")];

const BALANCES_MAX = 5;
const WORDS = "Enter amounts above 0 in USD, such as 20 or 2.50";

/** Decimal strings such as "20" → nano-dollars, the largest first, each once; empty: nothing before all is used up. */
export const balancesSchema = z
  .array(z.string().trim())
  .max(BALANCES_MAX, `At most ${BALANCES_MAX} amounts`)
  .transform((texts, context): Usd[] => {
    try {
      const amounts = texts.map(parseUsd);
      if (amounts.every((amount) => amount > 0n)) return [...new Set(amounts)].sort((a, b) => (a < b ? 1 : -1));
    } catch {
      // Said below.
    }
    context.addIssue({ code: "custom", message: WORDS });
    return z.NEVER;
  });

export const setBalanceAlertsSchema = z.object({ organizationId: z.string(), balances: balancesSchema });

/** What `Meter.alerts` of an organisation's credits holds; bigints as decimal strings. */
const storedSchema = z.object({ low_balance: z.array(z.string().regex(/^\d{1,18}$/)).optional() });

/** The balances that are told about, in nano-dollars, out of `Meter.alerts`. */
export function balancesOf(alerts: unknown): readonly bigint[] {
  const stored = storedSchema.safeParse(alerts);
  return stored.data?.low_balance?.map(BigInt) ?? DEFAULT_BALANCES;
}

/** What `balancesOf` reads. */
export function storedBalances(balances: readonly bigint[]): { low_balance: string[] } {
  return { low_balance: balances.map(String) };
}
