import { z } from "zod";
import { given } from "@/lib/core/given";
import { NOTHING } from "@/lib/edge/described-operation";
import { operation, organizationFor } from "@/lib/edge/management/operation";
import { amountSchema, organizationQuery, timeAnswer, usdAnswer } from "@/lib/edge/management/schemas";
import { requireMember } from "@/lib/members/read-members";
import { setSpendLimits } from "@/lib/meters/set-spend-limits";
import { readLimitsOf, type SpendLimitView } from "@/lib/meters/spend-limits";

const limitAnswer = z.object({
  limit: usdAnswer.nullable().describe("null: not limited, and not counted."),
  used: usdAnswer,
  held: usdAnswer.describe("What calls that are running can still cost."),
  resets_at: timeAnswer.nullable(),
});

const limitsAnswer = z.object({ daily: limitAnswer, monthly: limitAnswer }).meta({ id: "SpendLimits" });

function limitObject({ limit, used, held, resetsAt }: SpendLimitView): z.output<typeof limitAnswer> {
  return { limit, used, held, resets_at: resetsAt };
}

async function limitsObject(organizationId: string, memberId: string | null): Promise<z.output<typeof limitsAnswer>> {
  const { daily, monthly } = await readLimitsOf(organizationId, memberId);
  return { daily: limitObject(daily), monthly: limitObject(monthly) };
}

const updateBody = z.strictObject({
  daily: amountSchema(1n).nullable().optional(),
  monthly: amountSchema(1n).nullable().optional(),
});

export const limitOperations = [
  operation({
    method: "GET",
    path: "organization/limits",
    summary: "Read what all keys of an organization may spend in a UTC day and month, at list price.",
    query: organizationQuery,
    body: NOTHING,
    answer: limitsAnswer,
    run: async ({ query, ...asking }) => limitsObject(await organizationFor(asking, query.organization_id), null),
  }),
  operation({
    method: "PATCH",
    path: "organization/limits",
    summary: "Limit what all keys of an organization may spend: what is left out stays, null clears.",
    query: organizationQuery,
    body: updateBody,
    answer: limitsAnswer,
    run: async ({ query, body, ...asking }) => {
      const organizationId = await organizationFor(asking, query.organization_id);
      await setSpendLimits({ organizationId, memberId: null, ...given(body), actor: asking.actor });
      return limitsObject(organizationId, null);
    },
  }),
  operation({
    method: "GET",
    path: "members/{id}/limits",
    summary: "Read what the keys that a member made may spend in a UTC day and month, at list price.",
    query: organizationQuery,
    body: NOTHING,
    answer: limitsAnswer,
    run: async ({ id, query, ...asking }) => {
      const organizationId = await organizationFor(asking, query.organization_id);
      return limitsObject(organizationId, (await requireMember(organizationId, id)).id);
    },
  }),
  operation({
    method: "PATCH",
    path: "members/{id}/limits",
    summary: "Limit what the keys that a member made may spend: what is left out stays, null clears.",
    query: organizationQuery,
    body: updateBody,
    answer: limitsAnswer,
    run: async ({ id, query, body, ...asking }) => {
      const organizationId = await organizationFor(asking, query.organization_id);
      await setSpendLimits({ organizationId, memberId: id, ...given(body), actor: asking.actor });
      return limitsObject(organizationId, id);
    },
  }),
];
