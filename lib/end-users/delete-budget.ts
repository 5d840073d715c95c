import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { budgetLimit } from "@/lib/end-users/budget-limit";
import { auditedBudget } from "@/lib/end-users/budget-view";
import { findAssigned, lockBudget, removeBudget } from "@/lib/end-users/store";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { limitSpendOf } from "@/lib/meters/store";

export interface BudgetDeletion {
  organizationId: string;
  budgetId: string;
  actor: Actor;
}

/**
 * Deletes a budget. Whoever was assigned to it is not limited any more, and counted on.
 * @throws GatewayError not_found, forbidden.
 */
export function deleteBudget({ organizationId, budgetId, actor }: BudgetDeletion): Promise<void> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "end_users.manage");
    const budget = await lockBudget(tx, organizationId, budgetId);
    if (!budget) throw notFound("Budget");
    const assigned = await findAssigned(tx, budgetId);
    await removeBudget(tx, budgetId);
    await limitSpendOf(tx, {
      subject: "end_user",
      subjectIds: assigned,
      ...budgetLimit(null),
      startsAnew: false,
    });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "budget.delete",
      target: `budget:${budgetId}`,
      before: auditedBudget(budget),
    });
  });
}
