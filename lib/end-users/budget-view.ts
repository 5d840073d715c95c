import { formatUsd, type Usd } from "@/lib/core/money";
import type { BudgetFields } from "@/lib/end-users/store";
import type { Budget } from "@/lib/infra/prisma-client/client";

/** When what was spent starts again: never, with UTC's days, weeks from Monday or months, or every so many seconds. */
export type BudgetReset = "none" | "daily" | "weekly" | "monthly" | { seconds: number };

/** A budget. The amount is USD as a decimal string, times are ISO 8601. */
export interface BudgetView {
  id: string;
  organizationId: string;
  /** null: counted, not limited. */
  maxBudget: string | null;
  reset: BudgetReset;
  createdAt: string;
  updatedAt: string;
}

export function budgetView(budget: Budget): BudgetView {
  return {
    id: budget.id,
    organizationId: budget.organizationId,
    maxBudget: budget.maxBudget === null ? null : formatUsd(budget.maxBudget),
    reset: resetOf(budget),
    createdAt: budget.createdAt.toISOString(),
    updatedAt: budget.updatedAt.toISOString(),
  };
}

function resetOf({ period, durationSeconds }: Budget): BudgetReset {
  switch (period) {
    case "daily":
    case "weekly":
    case "monthly":
      return period;
    case "interval":
      return { seconds: durationSeconds ?? 0 };
    default:
      return "none";
  }
}

/** What a budget's row says of a maximum and a reset; what is left out is left out there. */
export function budgetFields(wanted: { maxBudget?: Usd | null; reset?: BudgetReset }): Partial<BudgetFields> {
  const { maxBudget, reset } = wanted;
  return {
    ...(maxBudget === undefined ? {} : { maxBudget }),
    ...(reset === undefined
      ? {}
      : typeof reset === "object"
        ? { period: "interval", durationSeconds: reset.seconds }
        : { period: reset, durationSeconds: null }),
  };
}

/** A budget as the audit trail keeps it. */
export function auditedBudget(budget: Budget) {
  const { maxBudget, reset } = budgetView(budget);
  return { max_budget: maxBudget, reset: typeof reset === "object" ? `every ${reset.seconds} s` : reset };
}
