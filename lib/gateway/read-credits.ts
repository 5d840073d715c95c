import { formatUsd, usdToNumber } from "@/lib/core/money";
import type { Caller } from "@/lib/keys/caller";
import { readBalance } from "@/lib/ledger/balance";

/**
 * The credits of the caller's organisation in OpenRouter's form: its two numbers of USD, and of ours, as exact decimal
 * strings, what is left of them (below zero after a refund of what was spent) and how much of that running requests hold.
 */
export async function readCredits({ organizationId }: Pick<Caller, "organizationId">) {
  const { credited, used, held } = await readBalance(organizationId);
  return {
    data: {
      total_credits: usdToNumber(credited),
      total_usage: usdToNumber(used),
      balance: formatUsd(credited - used),
      held: formatUsd(held),
    },
  };
}
