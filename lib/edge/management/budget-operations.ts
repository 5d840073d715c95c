import { z } from "zod";
import { given } from "@/lib/core/given";
import { NO_QUERY, NOTHING } from "@/lib/edge/described-operation";
import { type Asking, listReach, operation, organizationFor, withinReach } from "@/lib/edge/management/operation";
import { amountSchema, organizationQuery, pageQuery, timeAnswer, usdAnswer } from "@/lib/edge/management/schemas";
import type { BudgetReset, BudgetView } from "@/lib/end-users/budget-view";
import { createBudget } from "@/lib/end-users/create-budget";
import { deleteBudget } from "@/lib/end-users/delete-budget";
import { listBudgets, readBudget } from "@/lib/end-users/read-budgets";
import { durationSecondsSchema } from "@/lib/end-users/schemas";
import { updateBudget } from "@/lib/end-users/update-budget";
import { notFound } from "@/lib/identity/permit";

const resets = ["daily", "weekly", "monthly"] as const;

const budgetAnswer = z
  .object({
    id: z.string(),
    budget_id: z.string().describe("The same as id, as any-llm calls it."),
    organization_id: z.string(),
    max_budget: usdAnswer.nullable(),
    budget_duration_sec: z.int().nullable(),
    reset: z.enum(resets).nullable(),
    created_at: timeAnswer,
    updated_at: timeAnswer,
  })
  .meta({ id: "Budget" });

function budgetObject({
  id,
  organizationId,
  maxBudget,
  reset,
  createdAt,
  updatedAt,
}: BudgetView): z.output<typeof budgetAnswer> {
  return {
    id,
    budget_id: id,
    organization_id: organizationId,
    max_budget: maxBudget,
    budget_duration_sec: typeof reset === "object" ? reset.seconds : null,
    reset: typeof reset === "object" || reset === "none" ? null : reset,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

const budgetBody = z
  .strictObject({
    max_budget: amountSchema(0n).nullable().optional(),
    budget_duration_sec: durationSecondsSchema.nullable().optional(),
    reset: z.enum(resets).nullable().optional(),
  })
  .refine(({ budget_duration_sec, reset }) => budget_duration_sec == null || reset == null, {
    path: ["reset"],
    message: "Name a reset or a duration, not both",
  });

/** undefined: neither was named. */
function resetIn({ budget_duration_sec, reset }: z.output<typeof budgetBody>): BudgetReset | undefined {
  if (budget_duration_sec != null) return { seconds: budget_duration_sec };
  if (reset != null) return reset;
  return budget_duration_sec === null || reset === null ? "none" : undefined;
}

/** @throws GatewayError not_found. */
async function budgetInReach(asked: Asking & { id: string }): Promise<BudgetView> {
  const budget = await readBudget(asked.id);
  withinReach(asked, budget?.organizationId ?? null, "Budget");
  if (!budget) throw notFound("Budget");
  return budget;
}

export const budgetOperations = [
  operation({
    method: "POST",
    path: "budgets",
    summary: "Make a budget: a template, of which each user assigned to it has an own meter.",
    query: organizationQuery,
    body: budgetBody,
    bodyOptional: true,
    answer: budgetAnswer,
    run: async ({ query, body, ...asking }) =>
      budgetObject(
        await createBudget({
          organizationId: await organizationFor(asking, query.organization_id),
          maxBudget: body.max_budget ?? null,
          reset: resetIn(body) ?? "none",
          actor: asking.actor,
        }),
      ),
  }),
  operation({
    method: "GET",
    path: "budgets",
    summary: "List budgets, newest first.",
    query: pageQuery.extend(organizationQuery.shape),
    body: NOTHING,
    answer: z.array(budgetAnswer),
    run: async ({ query: { organization_id, ...page }, ...asking }) =>
      (await listBudgets({ organizationId: await listReach(asking, organization_id), ...page })).map(budgetObject),
  }),
  operation({
    method: "GET",
    path: "budgets/{id}",
    summary: "Read a budget.",
    query: NO_QUERY,
    body: NOTHING,
    answer: budgetAnswer,
    run: async (asked) => budgetObject(await budgetInReach(asked)),
  }),
  operation({
    method: "PATCH",
    path: "budgets/{id}",
    summary: "Change a budget, for all who are assigned to it. Another reset begins with nothing spent.",
    query: NO_QUERY,
    body: budgetBody,
    answer: budgetAnswer,
    run: async ({ body, ...asked }) => {
      const { organizationId, id } = await budgetInReach(asked);
      const changes = given({ maxBudget: body.max_budget, reset: resetIn(body) });
      return budgetObject(await updateBudget({ organizationId, budgetId: id, changes, actor: asked.actor }));
    },
  }),
  operation({
    method: "DELETE",
    path: "budgets/{id}",
    summary: "Delete a budget: whoever was assigned to it is not limited any more.",
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    run: async (asked) => {
      const { organizationId, id } = await budgetInReach(asked);
      await deleteBudget({ organizationId, budgetId: id, actor: asked.actor });
      return undefined;
    },
  }),
];
