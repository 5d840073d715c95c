"use server";

import { organizationAction } from "@/lib/edge/session-action";
import { createBudget } from "@/lib/end-users/create-budget";
import { createEndUser } from "@/lib/end-users/create-end-user";
import { deleteBudget } from "@/lib/end-users/delete-budget";
import { deleteEndUser } from "@/lib/end-users/delete-end-user";
import {
  createBudgetSchema,
  createEndUserSchema,
  deleteBudgetSchema,
  deleteEndUserSchema,
  resetOf,
  updateBudgetSchema,
  updateEndUserSchema,
} from "@/lib/end-users/schemas";
import { updateBudget } from "@/lib/end-users/update-budget";
import { updateEndUser } from "@/lib/end-users/update-end-user";

/** Makes an end user of the organisation. */
export const createEndUserAction = organizationAction({
  schema: createEndUserSchema,
  act: "end_users.manage",
  run: (input, { actor }) => createEndUser({ ...input, actor }),
});

/** Changes an end user: their alias, their budget, whether they are blocked. */
export const updateEndUserAction = organizationAction({
  schema: updateEndUserSchema,
  act: "end_users.manage",
  run: ({ organizationId, name, alias, budgetId, isBlocked }, { actor }) =>
    updateEndUser({
      organizationId,
      name,
      changes: {
        ...(alias === undefined ? {} : { alias }),
        ...(budgetId === undefined ? {} : { budgetId }),
        ...(isBlocked === undefined ? {} : { isBlocked }),
      },
      actor,
    }),
});

/** Deletes an end user: their keys are disabled, their logs stay. */
export const deleteEndUserAction = organizationAction({
  schema: deleteEndUserSchema,
  act: "end_users.manage",
  run: (input, { actor }) => deleteEndUser({ ...input, actor }),
});

/** Makes a budget. */
export const createBudgetAction = organizationAction({
  schema: createBudgetSchema,
  act: "end_users.manage",
  run: ({ organizationId, maxBudget, ...timed }, { actor }) =>
    createBudget({ organizationId, maxBudget, reset: resetOf(timed), actor }),
});

/** Changes a budget, for all who are assigned to it. */
export const updateBudgetAction = organizationAction({
  schema: updateBudgetSchema,
  act: "end_users.manage",
  run: ({ organizationId, budgetId, maxBudget, ...timed }, { actor }) =>
    updateBudget({ organizationId, budgetId, changes: { maxBudget, reset: resetOf(timed) }, actor }),
});

/** Deletes a budget: whoever was assigned to it is not limited any more. */
export const deleteBudgetAction = organizationAction({
  schema: deleteBudgetSchema,
  act: "end_users.manage",
  run: (input, { actor }) => deleteBudget({ ...input, actor }),
});
