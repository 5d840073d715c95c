import { z } from "zod";
import { given } from "@/lib/core/given";
import { NOTHING } from "@/lib/edge/described-operation";
import { operation, organizationFor } from "@/lib/edge/management/operation";
import { requestAnswer, requestObject } from "@/lib/edge/management/request-answer";
import {
  idSchema,
  metadataAnswer,
  organizationQuery,
  pageQuery,
  timeAnswer,
  usdAnswer,
} from "@/lib/edge/management/schemas";
import { createEndUser } from "@/lib/end-users/create-end-user";
import { deleteEndUser } from "@/lib/end-users/delete-end-user";
import type { EndUserView } from "@/lib/end-users/end-user-view";
import { listEndUsers, requireEndUserView } from "@/lib/end-users/read-end-users";
import { aliasSchema, endUserNameSchema } from "@/lib/end-users/schemas";
import { updateEndUser } from "@/lib/end-users/update-end-user";
import { metadataSchema } from "@/lib/keys/metadata-schema";
import { listEndUserRequests } from "@/lib/usage/end-user-requests";

const userAnswer = z
  .object({
    user_id: z.string(),
    organization_id: z.string(),
    alias: z.string().nullable(),
    budget_id: z.string().nullable(),
    blocked: z.boolean(),
    metadata: metadataAnswer,
    spend: usdAnswer.describe("Since the budget started; without a budget, in all."),
    budget_started_at: timeAnswer.nullable(),
    next_budget_reset_at: timeAnswer.nullable(),
    created_at: timeAnswer,
    updated_at: timeAnswer,
  })
  .meta({ id: "User" });

function userObject(user: EndUserView): z.output<typeof userAnswer> {
  return {
    user_id: user.name,
    organization_id: user.organizationId,
    alias: user.alias,
    budget_id: user.budgetId,
    blocked: user.isBlocked,
    metadata: user.metadata,
    spend: user.spend,
    budget_started_at: user.budgetStartedAt,
    next_budget_reset_at: user.nextBudgetResetAt,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  };
}

const fields = {
  alias: aliasSchema.nullable().optional(),
  budget_id: idSchema.nullable().optional(),
  blocked: z.boolean().optional(),
  metadata: metadataSchema
    .nullable()
    .transform((metadata) => metadata ?? {})
    .optional(),
};

const createBody = z.strictObject({ user_id: endUserNameSchema, ...fields });
const updateBody = z.strictObject(fields);

function changesOf(body: z.output<typeof updateBody>) {
  return given({ alias: body.alias, budgetId: body.budget_id, isBlocked: body.blocked, metadata: body.metadata });
}

export const userOperations = [
  operation({
    method: "POST",
    path: "users",
    summary: "Make an end user, with a meter of their own.",
    query: organizationQuery,
    body: createBody,
    answer: userAnswer,
    run: async ({ query, body, ...asking }) =>
      userObject(
        await createEndUser({
          organizationId: await organizationFor(asking, query.organization_id),
          name: body.user_id,
          ...changesOf(body),
          actor: asking.actor,
        }),
      ),
  }),
  operation({
    method: "GET",
    path: "users",
    summary: "List end users, newest first.",
    query: pageQuery.extend(organizationQuery.shape),
    body: NOTHING,
    answer: z.array(userAnswer),
    run: async ({ query: { organization_id, ...page }, ...asking }) =>
      (await listEndUsers({ organizationId: await organizationFor(asking, organization_id), ...page })).map(userObject),
  }),
  operation({
    method: "GET",
    path: "users/{id}",
    summary: "Read an end user, and what they spent.",
    query: organizationQuery,
    body: NOTHING,
    answer: userAnswer,
    run: async ({ id, query, ...asking }) =>
      userObject(
        await requireEndUserView({ organizationId: await organizationFor(asking, query.organization_id), name: id }),
      ),
  }),
  operation({
    method: "PATCH",
    path: "users/{id}",
    summary: "Change an end user: what is left out stays, null clears. Another budget begins with nothing spent.",
    query: organizationQuery,
    body: updateBody,
    answer: userAnswer,
    run: async ({ id, query, body, ...asking }) =>
      userObject(
        await updateEndUser({
          organizationId: await organizationFor(asking, query.organization_id),
          name: id,
          changes: changesOf(body),
          actor: asking.actor,
        }),
      ),
  }),
  operation({
    method: "DELETE",
    path: "users/{id}",
    summary: "Delete an end user: their keys are disabled, their logs stay.",
    query: organizationQuery,
    body: NOTHING,
    answer: NOTHING,
    run: async ({ id, query, ...asking }) => {
      const organizationId = await organizationFor(asking, query.organization_id);
      await deleteEndUser({ organizationId, name: id, actor: asking.actor });
      return undefined;
    },
  }),
  operation({
    method: "GET",
    path: "users/{id}/usage",
    summary: "List an end user's requests, newest first.",
    query: pageQuery.extend(organizationQuery.shape),
    body: NOTHING,
    answer: z.array(requestAnswer),
    run: async ({ id, query: { organization_id, ...page }, ...asking }) => {
      const user = await requireEndUserView({
        organizationId: await organizationFor(asking, organization_id),
        name: id,
      });
      return (await listEndUserRequests({ endUserId: user.id, ...page })).map((row) => requestObject(row, user.name));
    },
  }),
];
