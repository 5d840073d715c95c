import type { Budget } from "@/lib/infra/prisma-client/client";
import type { LimitForAll } from "@/lib/meters/store";

/** What a budget says of the meter of each end user assigned to it; null: counted, and not limited. */
export function budgetLimit(budget: Budget | null): Pick<LimitForAll, "limit" | "period" | "periodSeconds"> {
  return {
    limit: budget?.maxBudget ?? null,
    period: budget?.period ?? "none",
    periodSeconds: budget?.durationSeconds ?? null,
  };
}
