"use server";

import { createTopUp } from "@/lib/billing/create-top-up";
import { openPortal } from "@/lib/billing/open-portal";
import { createTopUpSchema, openPortalSchema } from "@/lib/billing/schemas";
import { organizationAction, sessionAction } from "@/lib/edge/session-action";
import { setSpendLimits, setSpendLimitsSchema } from "@/lib/meters/set-spend-limits";

/** Begins a top-up and answers with the address to pay at. */
export const createTopUpAction = sessionAction({
  schema: createTopUpSchema,
  act: "billing.manage",
  run: (input, { organization, actor }) => createTopUp({ ...input, organizationId: organization.id, actor }),
});

/** Answers with the address of the organisation's cards and invoices. */
export const openPortalAction = sessionAction({
  schema: openPortalSchema,
  act: "billing.manage",
  run: ({ projectId }, { organization }) => openPortal({ organizationId: organization.id, projectId }),
});

/** Sets what an organisation as a whole, or a member's keys together, may spend in a day and in a month. */
export const setSpendLimitsAction = organizationAction({
  schema: setSpendLimitsSchema,
  act: "billing.manage",
  run: (input, { actor }) => setSpendLimits({ ...input, actor }),
});
