import { z } from "zod";
import { NOTHING } from "@/lib/edge/described-operation";
import { type Asking, listPlace, operation, withinReach } from "@/lib/edge/management/operation";
import { idSchema, organizationQuery, pageQuery, timeSchema, usdAnswer } from "@/lib/edge/management/schemas";
import { endUserNotFound } from "@/lib/end-users/require-end-user";
import { endUserNameSchema } from "@/lib/end-users/schemas";
import { findEndUser } from "@/lib/end-users/store";
import { notFound } from "@/lib/identity/permit";
import { findKeyOrganization } from "@/lib/keys/store";
import { GROUPS, readGroupedUsage } from "@/lib/usage/grouped-usage";

const usageAnswer = z
  .object({
    group: z
      .string()
      .nullable()
      .describe("A UTC day or hour, a model, a provider, a key's id or a user's; null: none."),
    requests: z.int(),
    errors: z.int(),
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    cost: usdAnswer.describe("At list price, whoever paid."),
    charged: usdAnswer.describe("Taken from credits."),
  })
  .meta({ id: "UsageGroup" });

const DAY_MS = 86_400_000;
const startOf = (day: string) => Date.parse(`${day}T00:00:00Z`);
const WORDS = "Enter a day or a time in ISO 8601, such as 2027-01-31 or 2027-01-31T12:00:00Z";
const startSchema = z.union([z.iso.date().transform((day) => new Date(startOf(day))), timeSchema], WORDS);
const endSchema = z.union([z.iso.date().transform((day) => new Date(startOf(day) + DAY_MS)), timeSchema], WORDS);

const usageQuery = pageQuery.extend(organizationQuery.shape).extend({
  start_date: startSchema.optional().describe("A day or a time, included."),
  end_date: endSchema.optional().describe("A day, the whole of which counts, or a time, which does not."),
  user_id: endUserNameSchema.optional(),
  key_id: idSchema.optional(),
  project_id: idSchema.optional(),
  model: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, "Enter a model")
    .optional(),
  group_by: z.enum(GROUPS).default("day"),
});

/**
 * Looks whether the key and the end user that sums are narrowed to are in reach, deleted ones included: what they used stays.
 * @throws GatewayError not_found, user_not_found.
 */
async function knownIn(
  asking: Asking,
  organizationId: string | null,
  { key_id, user_id }: { key_id?: string | undefined; user_id?: string | undefined },
): Promise<void> {
  if (key_id !== undefined) {
    const owner = withinReach(asking, await findKeyOrganization(key_id, true), "API key");
    if (organizationId !== null && owner !== organizationId) throw notFound("API key");
  }
  // With the master key the same name may be several organisations'.
  if (user_id === undefined || organizationId === null) return;
  if (!(await findEndUser({ organizationId, name: user_id, withDeleted: true }))) throw endUserNotFound(user_id);
}

export const usageOperations = [
  operation({
    method: "GET",
    path: "usage",
    summary: "Sum what was used. A key without admin:* sees its own project.",
    scope: "usage:read",
    query: usageQuery,
    body: NOTHING,
    answer: z.array(usageAnswer),
    run: async ({ query, ...asking }) => {
      const { caller } = asking;
      const ownOnly = !caller.isMaster && !caller.scopes.includes("admin:*");
      const wanted = query.project_id ?? (ownOnly ? caller.projectId : undefined);
      if (ownOnly && wanted !== caller.projectId) throw notFound("Project");
      const { organizationId, projectId } = await listPlace(asking, { ...query, project_id: wanted });
      await knownIn(asking, organizationId, query);
      const groups = await readGroupedUsage({
        groupBy: query.group_by,
        organizationId: organizationId ?? undefined,
        projectId,
        keyId: query.key_id,
        model: query.model,
        endUser: query.user_id,
        from: query.start_date,
        to: query.end_date,
        skip: query.skip,
        limit: query.limit,
      });
      return groups.map((row) => ({
        group: row.group,
        requests: row.requests,
        errors: row.errors,
        prompt_tokens: row.promptTokens,
        completion_tokens: row.completionTokens,
        total_tokens: row.promptTokens + row.completionTokens,
        cost: row.cost,
        charged: row.charged,
      }));
    },
  }),
];
