import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import type { Usd } from "@/lib/core/money";
import {
  auditedBudget,
  type BudgetReset,
  type BudgetView,
  budgetFields,
  budgetView,
} from "@/lib/end-users/budget-view";
import { insertBudget } from "@/lib/end-users/store";
import { permit } from "@/lib/identity/permit";
import { transaction } from "@/lib/infra/db";

export interface NewBudget {
  organizationId: string;
  /** null: counted, not limited. */
  maxBudget: Usd | null;
  reset: BudgetReset;
  actor: Actor;
}

/**
 * Makes a budget: a template, of which each end user assigned to it has an own meter.
 * @throws GatewayError not_found, forbidden.
 */
export function createBudget({ organizationId, actor, ...wanted }: NewBudget): Promise<BudgetView> {
  return transaction(async (tx) => {
    await permit(tx, organizationId, actor, "end_users.manage");
    const none = { maxBudget: null, period: "none", durationSeconds: null } as const;
    const budget = await insertBudget(tx, organizationId, { ...none, ...budgetFields(wanted) });
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "budget.create",
      target: `budget:${budget.id}`,
      after: auditedBudget(budget),
    });
    return budgetView(budget);
  });
}
