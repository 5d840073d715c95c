"use server";

import { addCard } from "@/lib/billing/add-card";
import {
  addCardSchema,
  confirmTopUpSchema,
  setAutoTopUpSchema,
  turnOffAutoTopUpSchema,
} from "@/lib/billing/auto-top-up-schemas";
import { confirmTopUp } from "@/lib/billing/confirm-top-up";
import { setAutoTopUp } from "@/lib/billing/set-auto-top-up";
import { turnOffAutoTopUp } from "@/lib/billing/turn-off-auto-top-up";
import { sessionAction } from "@/lib/edge/session-action";

/** Turns automatic top-ups on, or changes them. */
export const setAutoTopUpAction = sessionAction({
  schema: setAutoTopUpSchema,
  act: "billing.manage",
  run: ({ threshold, amount, monthlyCeiling, paymentMethod }, { organization, actor }) =>
    setAutoTopUp({ organizationId: organization.id, threshold, amount, monthlyCeiling, paymentMethod, actor }),
});

/** Turns automatic top-ups off. */
export const turnOffAutoTopUpAction = sessionAction({
  schema: turnOffAutoTopUpSchema,
  act: "billing.manage",
  run: (_input, { organization, actor }) => turnOffAutoTopUp({ organizationId: organization.id, actor }),
});

/** Answers with the address where a card is kept. */
export const addCardAction = sessionAction({
  schema: addCardSchema,
  act: "billing.manage",
  run: ({ projectId }, { organization }) => addCard({ organizationId: organization.id, projectId }),
});

/** Answers with the address where the bank is answered. */
export const confirmTopUpAction = sessionAction({
  schema: confirmTopUpSchema,
  act: "billing.manage",
  run: (input, { organization, actor }) => confirmTopUp({ ...input, organizationId: organization.id, actor }),
});
