import { type BudgetView, budgetView } from "@/lib/end-users/budget-view";
import { findBudget, findBudgetPage } from "@/lib/end-users/store";

/** A page of the budgets of one organisation, or of all (null), newest first. */
export async function listBudgets(page: {
  organizationId: string | null;
  skip: number;
  limit: number;
}): Promise<BudgetView[]> {
  return (await findBudgetPage(page.organizationId, page.skip, page.limit)).map(budgetView);
}

/** One budget of whichever organisation; null when it is not there. */
export async function readBudget(budgetId: string): Promise<BudgetView | null> {
  const budget = await findBudget(budgetId);
  return budget && budgetView(budget);
}
