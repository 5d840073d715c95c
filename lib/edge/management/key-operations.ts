import { z } from "zod";
import { given } from "@/lib/core/given";
import { NO_QUERY, NOTHING } from "@/lib/edge/described-operation";
import { type Asking, listPlace, operation, projectFor, withinReach } from "@/lib/edge/management/operation";
import { refuseWidening, refuseWiderKey, refuseWiderThan } from "@/lib/edge/management/refuse-wider";
import {
  amountSchema,
  idSchema,
  metadataAnswer,
  organizationQuery,
  pageQuery,
  ruleAnswer,
  ruleObject,
  rulesSchema,
  timeAnswer,
  timeSchema,
  usdAnswer,
} from "@/lib/edge/management/schemas";
import { endUserNameSchema } from "@/lib/end-users/schemas";
import { createKey } from "@/lib/keys/create-key";
import { deleteKey } from "@/lib/keys/delete-key";
import type { KeyView } from "@/lib/keys/key-view";
import { metadataSchema } from "@/lib/keys/metadata-schema";
import { listKeyPage, requireKey } from "@/lib/keys/read-keys";
import { rotateKey } from "@/lib/keys/rotate-key";
import { keyEnvironments, keyNameSchema, rateSchema, rotateKeySchema, usageLimitResets } from "@/lib/keys/schemas";
import { DEFAULT_SCOPES, SCOPES } from "@/lib/keys/scopes";
import { findKeyOrganization } from "@/lib/keys/store";
import { updateKey } from "@/lib/keys/update-key";

/** A key, which is never in it. */
const keyAnswer = z
  .object({
    id: z.string(),
    key_name: z.string(),
    key_preview: z.string(),
    project_id: z.string(),
    user_id: z.string().nullable(),
    environment: z.enum(keyEnvironments),
    status: z.enum(["active", "inactive"]),
    is_active: z.boolean(),
    scopes: z.array(z.string()),
    usage_limit: usdAnswer.nullable(),
    usage: usdAnswer,
    usage_limit_reset: z.enum(usageLimitResets),
    limit_remaining: usdAnswer.nullable(),
    rate_limit_rpm: z.int().nullable(),
    rate_limit_tpm: z.int().nullable(),
    iam_rules: z.array(ruleAnswer),
    created_at: timeAnswer,
    last_used_at: timeAnswer.nullable(),
    expires_at: timeAnswer.nullable(),
    metadata: metadataAnswer,
  })
  .meta({ id: "Key" });

const keyWithSecretAnswer = keyAnswer
  .extend({ key: z.string().describe("The whole key: shown this once.") })
  .meta({ id: "KeyWithSecret" });

function keyObject(key: KeyView): z.output<typeof keyAnswer> {
  return {
    id: key.id,
    key_name: key.name,
    key_preview: key.preview,
    project_id: key.projectId,
    user_id: key.endUser,
    environment: key.environment,
    status: key.status,
    is_active: key.status === "active",
    scopes: key.scopes,
    usage_limit: key.usageLimit,
    usage: key.usage,
    usage_limit_reset: key.usageLimitReset,
    limit_remaining: key.limitRemaining,
    rate_limit_rpm: key.rateLimitRpm,
    rate_limit_tpm: key.rateLimitTpm,
    iam_rules: key.rules.map(ruleObject),
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt,
    expires_at: key.expiresAt,
    metadata: key.metadata,
  };
}

/** @throws GatewayError not_found. */
async function keyInReach(asked: Asking & { id: string }): Promise<{ organizationId: string; keyId: string }> {
  return { organizationId: withinReach(asked, await findKeyOrganization(asked.id), "API key"), keyId: asked.id };
}

const scopesSchema = z.array(z.enum(SCOPES)).min(1, "Name at least one scope");

/** null, as other gateways say it, is never. */
const resetSchema = z
  .enum(usageLimitResets)
  .nullable()
  .transform((reset) => reset ?? "none");

const createBody = z.strictObject({
  key_name: keyNameSchema,
  project_id: idSchema.optional(),
  user_id: endUserNameSchema.nullable().optional(),
  environment: z.enum(keyEnvironments).default("live"),
  expires_at: timeSchema.nullable().default(null),
  scopes: scopesSchema.optional(),
  usage_limit: amountSchema(1n).nullable().default(null),
  usage_limit_reset: resetSchema.default("none"),
  rate_limit_rpm: rateSchema.optional(),
  rate_limit_tpm: rateSchema.optional(),
  iam_rules: rulesSchema.optional(),
  metadata: metadataSchema
    .nullable()
    .transform((metadata) => metadata ?? {})
    .optional(),
});

const updateBody = z.strictObject({
  key_name: keyNameSchema.optional(),
  is_active: z.boolean().optional(),
  expires_at: timeSchema.nullable().optional(),
  scopes: scopesSchema.optional(),
  usage_limit: amountSchema(1n).nullable().optional(),
  usage_limit_reset: resetSchema.optional(),
  rate_limit_rpm: rateSchema.optional(),
  rate_limit_tpm: rateSchema.optional(),
  iam_rules: rulesSchema.optional(),
  metadata: metadataSchema
    .nullable()
    .transform((metadata) => metadata ?? {})
    .optional(),
});

const rotateBody = z.strictObject({ grace_period_seconds: rotateKeySchema.shape.gracePeriodSeconds });

export const keyOperations = [
  operation({
    method: "POST",
    path: "keys",
    summary: "Make a key. The whole key is in this answer and in no other.",
    query: NO_QUERY,
    body: createBody,
    answer: keyWithSecretAnswer,
    run: async ({ body, ...asking }) => {
      const project = await projectFor(asking, body.project_id);
      await refuseWiderKey(asking, {
        projectId: project.projectId,
        scopes: body.scopes ?? DEFAULT_SCOPES,
        environment: body.environment,
        expiresAt: body.expires_at,
        usageLimit: body.usage_limit,
        usageLimitReset: body.usage_limit_reset,
        rateLimitRpm: body.rate_limit_rpm ?? null,
        rateLimitTpm: body.rate_limit_tpm ?? null,
        rules: body.iam_rules ?? [],
      });
      const { key, secret } = await createKey({
        ...project,
        name: body.key_name,
        environment: body.environment,
        expiresAt: body.expires_at,
        acceptsPastExpiry: true,
        usageLimit: body.usage_limit,
        usageLimitReset: body.usage_limit_reset,
        ...given({
          scopes: body.scopes,
          endUser: body.user_id,
          rateLimitRpm: body.rate_limit_rpm,
          rateLimitTpm: body.rate_limit_tpm,
          rules: body.iam_rules,
          metadata: body.metadata,
        }),
        actor: asking.actor,
      });
      return { ...keyObject(key), key: secret };
    },
  }),
  operation({
    method: "GET",
    path: "keys",
    summary: "List keys, newest first.",
    query: pageQuery.extend(organizationQuery.shape).extend({ project_id: idSchema.optional() }),
    body: NOTHING,
    answer: z.array(keyAnswer),
    run: async ({ query, ...asking }) => {
      const filter = await listPlace(asking, query);
      return (await listKeyPage({ ...filter, skip: query.skip, limit: query.limit })).map(keyObject);
    },
  }),
  operation({
    method: "GET",
    path: "keys/{id}",
    summary: "Read a key.",
    query: NO_QUERY,
    body: NOTHING,
    answer: keyAnswer,
    run: async (asked) => keyObject(await requireKey(await keyInReach(asked))),
  }),
  operation({
    method: "PATCH",
    path: "keys/{id}",
    summary: "Change a key: what is left out stays, null clears. It holds for every request admitted from then on.",
    query: NO_QUERY,
    body: updateBody,
    answer: keyAnswer,
    run: async ({ body, ...asked }) => {
      const key = await keyInReach(asked);
      const before = await requireKey(key);
      const bounds = given({
        expiresAt: body.expires_at,
        scopes: body.scopes,
        usageLimit: body.usage_limit,
        usageLimitReset: body.usage_limit_reset,
        rateLimitRpm: body.rate_limit_rpm,
        rateLimitTpm: body.rate_limit_tpm,
        rules: body.iam_rules,
      });
      await refuseWidening(asked, key.organizationId, before, bounds);
      if (body.is_active === true && before.status !== "active")
        await refuseWiderThan(asked, key.organizationId, before);
      const updated = await updateKey({
        ...key,
        acceptsPastExpiry: true,
        changes: {
          ...bounds,
          ...given({
            name: body.key_name,
            status:
              body.is_active === undefined ? undefined : body.is_active ? ("active" as const) : ("inactive" as const),
            metadata: body.metadata,
          }),
        },
        actor: asked.actor,
      });
      return keyObject(updated);
    },
  }),
  operation({
    method: "DELETE",
    path: "keys/{id}",
    summary: "Delete a key for good.",
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    run: async (asked) => {
      await deleteKey({ ...(await keyInReach(asked)), actor: asked.actor });
      return undefined;
    },
  }),
  operation({
    method: "POST",
    path: "keys/{id}/rotate",
    summary: "Give a key a new secret. The old one works until the grace period ends.",
    query: NO_QUERY,
    body: rotateBody,
    bodyOptional: true,
    answer: keyWithSecretAnswer,
    run: async ({ body, ...asked }) => {
      const target = await keyInReach(asked);
      await refuseWiderThan(asked, target.organizationId, await requireKey(target));
      const { key, secret } = await rotateKey({
        ...target,
        gracePeriodSeconds: body.grace_period_seconds,
        actor: asked.actor,
      });
      return { ...keyObject(key), key: secret };
    },
  }),
];
