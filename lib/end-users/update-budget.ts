import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import type { Usd } from "@/lib/core/money";
import { budgetLimit } from "@/lib/end-users/budget-limit";
import {
  auditedBudget,
  type BudgetReset,
  type BudgetView,
  budgetFields,
  budgetView,
} from "@/lib/end-users/budget-view";
import { findAssigned, lockBudget, saveBudget } from "@/lib/end-users/store";
import { notFound, permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";
import { limitSpendOf } from "@/lib/meters/store";

export interface BudgetUpdate {
  organizationId: string;
  budgetId: string;
  /** What is left out stays as it is. */
  changes: { maxBudget?: Usd | null; reset?: BudgetReset };
  actor: Actor;
}

/**
 * Changes a budget, and with it the meters of all who are assigned to it: a new maximum leaves what they spent, another
 * reset begins with nothing spent.
 * @throws GatewayError not_found, forbidden.
 */
export function updateBudget({ organizationId, budgetId, changes, actor }: BudgetUpdate): Promise<BudgetView> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "end_users.manage");
    const before = await lockBudget(tx, organizationId, budgetId);
    if (!before) throw notFound("Budget");
    const after = await saveBudget(tx, budgetId, budgetFields(changes));
    await limitSpendOf(tx, {
      subject: "end_user",
      subjectIds: await findAssigned(tx, budgetId),
      ...budgetLimit(after),
      startsAnew: after.period !== before.period || after.durationSeconds !== before.durationSeconds,
    });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "budget.update",
      target: `budget:${budgetId}`,
      before: auditedBudget(before),
      after: auditedBudget(after),
    });
    return budgetView(after);
  });
}
