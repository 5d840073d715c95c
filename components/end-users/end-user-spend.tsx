import { LimitBar } from "@/components/keys/limit-bar";
import { formatUsd, parseUsd } from "@/lib/core/money";
import type { BudgetView } from "@/lib/end-users/budget-view";
import type { EndUserView } from "@/lib/end-users/end-user-view";

interface EndUserSpendProps {
  user: EndUserView;
  budget: BudgetView | null;
}

/** What an end user has spent of their budget, drawn as a key's limit is. */
export function EndUserSpend({ user, budget }: EndUserSpendProps) {
  const limit = budget?.maxBudget ?? null;
  return (
    <LimitBar
      apiKey={{
        name: user.alias ?? user.name,
        environment: "live",
        usage: user.spend,
        usageLimit: limit,
        // A budget may last any time; the column beside it says how long.
        usageLimitReset: budget && typeof budget.reset === "string" ? budget.reset : "none",
        limitUsed: user.spend,
        limitHeld: user.held,
        limitRemaining: limit === null ? null : formatUsd(parseUsd(limit) - parseUsd(user.spend) - parseUsd(user.held)),
        resetsAt: user.nextBudgetResetAt,
      }}
    />
  );
}
