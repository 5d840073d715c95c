import { z } from "zod";
import { given } from "@/lib/core/given";
import { NO_QUERY, NOTHING } from "@/lib/edge/described-operation";
import {
  type Asking,
  listPlace,
  operation,
  organizationFor,
  projectFor,
  withinReach,
} from "@/lib/edge/management/operation";
import { idSchema, organizationQuery, pageQuery, timeAnswer } from "@/lib/edge/management/schemas";
import { notFound } from "@/lib/identity/permit";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import type { ProviderKeyView } from "@/lib/provider-keys/provider-key-view";
import { findProviderKeyView, listProviderKeyPage } from "@/lib/provider-keys/read-provider-keys";
import { removeProviderKey } from "@/lib/provider-keys/remove-provider-key";
import { addProviderKeySchema, baseUrlSchema } from "@/lib/provider-keys/schemas";
import { updateProviderKey } from "@/lib/provider-keys/update-provider-key";

const providerKeyAnswer = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    project_id: z.string().nullable(),
    provider: z.string(),
    name: z.string().nullable(),
    last_four: z.string().describe("All that is shown of the key."),
    base_url: z.string().nullable(),
    models: z.array(z.string()),
    priority: z.int(),
    is_active: z.boolean(),
    last_error: z.string().nullable(),
    last_error_at: timeAnswer.nullable(),
    created_at: timeAnswer,
  })
  .meta({ id: "ProviderKey" });

function providerKeyObject(key: ProviderKeyView): z.output<typeof providerKeyAnswer> {
  return {
    id: key.id,
    organization_id: key.organizationId,
    project_id: key.projectId,
    provider: key.provider,
    name: key.name,
    last_four: key.lastFour,
    base_url: key.baseUrl,
    models: key.models,
    priority: key.priority,
    is_active: key.isActive,
    last_error: key.lastError,
    last_error_at: key.lastErrorAt,
    created_at: key.createdAt,
  };
}

/** @throws GatewayError not_found. */
async function providerKeyInReach(asked: Asking & { id: string }): Promise<ProviderKeyView> {
  const key = await findProviderKeyView(asked.id);
  withinReach(asked, key?.organizationId ?? null, "Provider key");
  if (!key) throw notFound("Provider key");
  return key;
}

/** @throws GatewayError not_found. */
async function changeableInReach(asked: Asking & { id: string }) {
  const { organizationId, projectId } = await providerKeyInReach(asked);
  return { organizationId, projectId, providerKeyId: asked.id, actor: asked.actor };
}

/**
 * What a new key serves: the project that is named, else the calling key's own; with null the whole organisation.
 * @throws GatewayError not_found, also for a project that is not of the organisation that is named.
 */
async function servedBy(asking: Asking, named: string | undefined, projectId: string | null | undefined) {
  const organizationId = await organizationFor(asking, named);
  if (projectId === null) return { organizationId, projectId };
  const served = await projectFor(asking, projectId);
  if (named !== undefined && served.organizationId !== named) throw notFound("Project");
  return served;
}

const { key, name, models, priority, provider } = addProviderKeySchema.shape;

const createBody = z.strictObject({
  provider,
  key: key.default(""),
  name: name.unwrap().nullable().optional(),
  base_url: baseUrlSchema.optional(),
  project_id: idSchema.nullable().optional().describe("null: for every project of the organisation."),
  models: models.unwrap().nullable().optional(),
  priority,
});

const updateBody = z.strictObject({
  key: key.optional(),
  name: name.unwrap().nullable().optional(),
  base_url: baseUrlSchema.optional(),
  models: models.unwrap().nullable().optional(),
  priority,
  is_active: z.boolean().optional(),
});

export const providerKeyOperations = [
  operation({
    method: "POST",
    path: "provider-keys",
    summary: "Add a key of a provider to a project, or to the organisation. It is sealed, and never shown again.",
    query: organizationQuery,
    body: createBody,
    answer: providerKeyAnswer,
    run: async ({ query, body, ...asking }) =>
      providerKeyObject(
        await addProviderKey({
          ...(await servedBy(asking, query.organization_id, body.project_id)),
          provider: body.provider,
          key: body.key,
          models: body.models ?? [],
          ...given({ name: body.name, baseUrl: body.base_url, priority: body.priority }),
          actor: asking.actor,
        }),
      ),
  }),
  operation({
    method: "GET",
    path: "provider-keys",
    summary: "List provider keys, newest first.",
    query: pageQuery.extend(organizationQuery.shape).extend({ project_id: idSchema.optional() }),
    body: NOTHING,
    answer: z.array(providerKeyAnswer),
    run: async ({ query, ...asking }) => {
      const filter = await listPlace(asking, query);
      return (await listProviderKeyPage({ ...filter, skip: query.skip, limit: query.limit })).map(providerKeyObject);
    },
  }),
  operation({
    method: "GET",
    path: "provider-keys/{id}",
    summary: "Read a provider key, but for its secret.",
    query: NO_QUERY,
    body: NOTHING,
    answer: providerKeyAnswer,
    run: async (asked) => providerKeyObject(await providerKeyInReach(asked)),
  }),
  operation({
    method: "PATCH",
    path: "provider-keys/{id}",
    summary: "Change a provider key: what is left out stays, null clears.",
    query: NO_QUERY,
    body: updateBody,
    answer: providerKeyAnswer,
    run: async ({ body, ...asked }) =>
      providerKeyObject(
        await updateProviderKey({
          ...(await changeableInReach(asked)),
          changes: given({
            key: body.key,
            name: body.name,
            baseUrl: body.base_url,
            models: body.models === null ? [] : body.models,
            priority: body.priority,
            isActive: body.is_active,
          }),
        }),
      ),
  }),
  operation({
    method: "DELETE",
    path: "provider-keys/{id}",
    summary: "Remove a provider key.",
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    run: async (asked) => {
      await removeProviderKey(await changeableInReach(asked));
      return undefined;
    },
  }),
];
