import { z } from "zod";
import { formatUsd } from "@/lib/core/money";
import { NO_QUERY } from "@/lib/edge/described-operation";
import { operation, organizationFor } from "@/lib/edge/management/operation";
import { amountSchema, correctionSchema, idSchema, timeSchema, usdAnswer } from "@/lib/edge/management/schemas";
import { adjustCredits } from "@/lib/ledger/adjust-credits";
import { readBalance } from "@/lib/ledger/balance";
import { giveCredits } from "@/lib/ledger/give-credits";

const grantAnswer = z
  .object({
    organization_id: z.string(),
    amount: usdAnswer,
    reason: z.string(),
    expires_at: z.iso.datetime().nullable(),
    balance: usdAnswer,
  })
  .meta({ id: "CreditGrant" });

const adjustmentAnswer = z
  .object({ organization_id: z.string(), amount: usdAnswer, reason: z.string(), balance: usdAnswer })
  .meta({ id: "CreditAdjustment" });

const reasonSchema = z
  .string("Say what for")
  .trim()
  .min(1, "Say what for")
  .max(500, "A reason has at most 500 characters");

const grantBody = z.strictObject({
  organization_id: idSchema.optional(),
  amount: amountSchema(1n),
  reason: reasonSchema,
  expires_at: timeSchema
    .refine((at) => at.getTime() > Date.now(), "Enter a time that is still to come")
    .nullable()
    .optional(),
});

const adjustmentBody = z.strictObject({
  organization_id: idSchema.optional(),
  amount: correctionSchema,
  reason: reasonSchema,
});

async function balanceOf(organizationId: string): Promise<string> {
  const { credited, used } = await readBalance(organizationId);
  return formatUsd(credited - used);
}

export const creditOperations = [
  operation({
    method: "POST",
    path: "credits/grants",
    summary:
      "Grant credits to an organisation; with `expires_at` as a promotion, which is burnt before all other credits and whose rest is taken back then. With the master key only.",
    masterOnly: true,
    query: NO_QUERY,
    body: grantBody,
    answer: grantAnswer,
    run: async ({ body: { organization_id: asked, amount, reason, expires_at: expiresAt = null }, ...asking }) => {
      const organizationId = await organizationFor(asking, asked);
      await giveCredits({ organizationId, amount, reason, expiresAt, actor: asking.actor });
      return {
        organization_id: organizationId,
        amount: formatUsd(amount),
        reason,
        expires_at: expiresAt?.toISOString() ?? null,
        balance: await balanceOf(organizationId),
      };
    },
  }),
  operation({
    method: "POST",
    path: "credits/adjustments",
    summary:
      "Correct an organisation's credits: an amount above 0 is added, one below 0 is taken, also where less is left. With the master key only.",
    masterOnly: true,
    query: NO_QUERY,
    body: adjustmentBody,
    answer: adjustmentAnswer,
    run: async ({ body: { organization_id: asked, amount, reason }, ...asking }) => {
      const organizationId = await organizationFor(asking, asked);
      await adjustCredits({ organizationId, amount, reason, actor: asking.actor });
      return {
        organization_id: organizationId,
        amount: formatUsd(amount),
        reason,
        balance: await balanceOf(organizationId),
      };
    },
  }),
];
