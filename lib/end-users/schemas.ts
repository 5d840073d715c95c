import { z } from "zod";
import type { BudgetReset } from "@/lib/end-users/budget-view";
import { usageLimitSchema } from "@/lib/keys/schemas";

/** 68 years: what an integer column holds. */
const DURATION_SECONDS_MAX = 2_147_483_647;

/** How our customer names an end user. */
export const endUserNameSchema = z
  .string("Enter a user id")
  .min(1, "Enter a user id")
  .max(200, "A user id has at most 200 characters")
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "A user id has no control characters");

export const aliasSchema = z.string().trim().max(200, "An alias has at most 200 characters");

export const durationSecondsSchema = z
  .int("Enter a whole number of seconds")
  .min(1, "A budget lasts at least one second")
  .max(DURATION_SECONDS_MAX, "A budget lasts at most 68 years");

const oneEndUser = z.object({ organizationId: z.string(), name: z.string() });

/** Empty is none. */
const aliasField = aliasSchema.transform((alias) => (alias === "" ? null : alias));

/** What the form that makes an end user sends. */
export const createEndUserSchema = z.object({
  organizationId: z.string(),
  name: z.string().trim().pipe(endUserNameSchema),
  alias: aliasField,
  budgetId: z.string().nullable(),
});

/** What is left out stays as it is. */
export const updateEndUserSchema = oneEndUser.extend({
  alias: aliasField.optional(),
  budgetId: z.string().nullable().optional(),
  isBlocked: z.boolean().optional(),
});

export const deleteEndUserSchema = oneEndUser;

/** When a budget starts again; `interval`: every `durationSeconds`. */
export const budgetPeriods = ["none", "daily", "weekly", "monthly", "interval"] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];

const budgetFields = {
  organizationId: z.string(),
  maxBudget: usageLimitSchema,
  period: z.enum(budgetPeriods, "Choose when it starts again"),
  /** Counts where the period is an interval. */
  durationSeconds: durationSecondsSchema.nullable(),
};

/** What the form that makes a budget sends. */
export const createBudgetSchema = z.object(budgetFields).refine(hasDuration, durationMissing());

export const updateBudgetSchema = z
  .object({ ...budgetFields, budgetId: z.string() })
  .refine(hasDuration, durationMissing());

export const deleteBudgetSchema = z.object({ organizationId: z.string(), budgetId: z.string() });

interface Timed {
  period: BudgetPeriod;
  durationSeconds: number | null;
}

function hasDuration({ period, durationSeconds }: Timed): boolean {
  return period !== "interval" || durationSeconds !== null;
}

function durationMissing() {
  return { path: ["durationSeconds"], message: "Say how long it lasts" };
}

/** A form's period and duration as a budget's reset. */
export function resetOf({ period, durationSeconds }: Timed): BudgetReset {
  return period === "interval" ? { seconds: durationSeconds ?? 1 } : period;
}
