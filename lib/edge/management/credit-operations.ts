import { z } from "zod";
import { formatUsd } from "@/lib/core/money";
import { NO_QUERY } from "@/lib/edge/described-operation";
import { operation, organizationFor } from "@/lib/edge/management/operation";
import { amountSchema, idSchema, usdAnswer } from "@/lib/edge/management/schemas";
import { readBalance } from "@/lib/ledger/balance";
import { giveCredits } from "@/lib/ledger/give-credits";

const grantAnswer = z
  .object({ organization_id: z.string(), amount: usdAnswer, reason: z.string(), balance: usdAnswer })
  .meta({ id: "CreditGrant" });

const grantBody = z.strictObject({
  organization_id: idSchema.optional(),
  amount: amountSchema(1n),
  reason: z.string("Say what for").trim().min(1, "Say what for").max(500, "A reason has at most 500 characters"),
});

export const creditOperations = [
  operation({
    method: "POST",
    path: "credits/grants",
    summary: "Grant credits to an organisation. With the master key only.",
    masterOnly: true,
    query: NO_QUERY,
    body: grantBody,
    answer: grantAnswer,
    run: async ({ body, ...asking }) => {
      const organizationId = await organizationFor(asking, body.organization_id);
      await giveCredits({ organizationId, amount: body.amount, reason: body.reason, actor: asking.actor });
      const { credited, used } = await readBalance(organizationId);
      return {
        organization_id: organizationId,
        amount: formatUsd(body.amount),
        reason: body.reason,
        balance: formatUsd(credited - used),
      };
    },
  }),
];
