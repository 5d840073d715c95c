import { type BudgetView, budgetView } from "@/lib/end-users/budget-view";
import { countAssigned, findBudget, findBudgetPage } from "@/lib/end-users/store";

/** A page of the budgets of one organisation, or of all (null), newest first. */
export async function listBudgets(page: {
  organizationId: string | null;
  skip: number;
  limit: number;
}): Promise<BudgetView[]> {
  return (await findBudgetPage(page.organizationId, page.skip, page.limit)).map(budgetView);
}

/** A budget with how many end users are assigned to it. */
export interface AssignedBudget extends BudgetView {
  users: number;
}

/** As `listBudgets`, of one organisation, with how many end users each is assigned to. */
export async function listAssignedBudgets(page: {
  organizationId: string;
  skip: number;
  limit: number;
}): Promise<AssignedBudget[]> {
  const budgets = await listBudgets(page);
  const counts = await countAssigned(budgets.map(({ id }) => id));
  return budgets.map((budget) => ({
    ...budget,
    users: counts.find(({ budgetId }) => budgetId === budget.id)?._count ?? 0,
  }));
}

/** One budget of whichever organisation; null when it is not there. */
export async function readBudget(budgetId: string): Promise<BudgetView | null> {
  const budget = await findBudget(budgetId);
  return budget && budgetView(budget);
}
