"use server";

import { z } from "zod";
import { readAlerts } from "@/lib/alerts/list-alerts";
import { setBalanceAlerts } from "@/lib/alerts/set-balance-alerts";
import { setBalanceAlertsSchema } from "@/lib/alerts/settings";
import { organizationAction, sessionAction } from "@/lib/edge/session-action";

/** Notes that the reader has seen their inbox up to its newest alert. */
export const readAlertsAction = sessionAction({
  schema: z.object({ projectId: z.string(), upTo: z.iso.datetime() }),
  act: "project.view",
  run: ({ upTo }, { organization, user }) =>
    readAlerts({ organizationId: organization.id, userId: user.id }, new Date(upTo)),
});

/** Sets the balances of the organisation's credits that are told about. */
export const setBalanceAlertsAction = organizationAction({
  schema: setBalanceAlertsSchema,
  act: "billing.manage",
  run: (input, { actor }) => setBalanceAlerts({ ...input, actor }),
});
