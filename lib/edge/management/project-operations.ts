import { z } from "zod";
import { given } from "@/lib/core/given";
import { NO_QUERY, NOTHING } from "@/lib/edge/described-operation";
import { type Asking, listReach, operation, organizationFor, withinReach } from "@/lib/edge/management/operation";
import {
  amountSchema,
  idSchema,
  organizationQuery,
  pageQuery,
  ruleAnswer,
  ruleObject,
  rulesSchema,
  timeAnswer,
  usdAnswer,
} from "@/lib/edge/management/schemas";
import { notFound } from "@/lib/identity/permit";
import { usageLimitResets } from "@/lib/keys/schemas";
import { createProject } from "@/lib/projects/create-project";
import { deleteProject } from "@/lib/projects/delete-project";
import { listProjectDetails, type ProjectDetails, readProjectDetails } from "@/lib/projects/project-details";
import {
  projectModeSchema,
  projectModes,
  projectNameSchema,
  retentions,
  updateProjectSchema,
} from "@/lib/projects/schemas";
import { updateProject } from "@/lib/projects/update-project";

const projectAnswer = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    name: z.string(),
    mode: z.enum(projectModes),
    retention: z.enum(retentions),
    cache_ttl_seconds: z.int().nullable(),
    is_default: z.boolean(),
    usage_limit: usdAnswer.nullable(),
    usage_limit_reset: z.string(),
    usage: usdAnswer.nullable().describe("Since a limit was first set; null: none ever was."),
    limit_remaining: usdAnswer.nullable(),
    iam_rules: z.array(ruleAnswer),
    created_at: timeAnswer,
  })
  .meta({ id: "Project" });

function projectObject(project: ProjectDetails): z.output<typeof projectAnswer> {
  return {
    id: project.id,
    organization_id: project.organizationId,
    name: project.name,
    mode: project.mode,
    retention: project.retention,
    cache_ttl_seconds: project.cacheTtlSeconds,
    is_default: project.isDefault,
    usage_limit: project.usageLimit,
    usage_limit_reset: project.usageLimitReset,
    usage: project.usage,
    limit_remaining: project.limitRemaining,
    iam_rules: project.rules.map(ruleObject),
    created_at: project.createdAt,
  };
}

/** @throws GatewayError not_found. */
async function projectInReach(asked: Asking & { id: string }): Promise<ProjectDetails> {
  const project = await readProjectDetails(asked.id);
  withinReach(asked, project?.organizationId ?? null, "Project");
  if (!project) throw notFound("Project");
  return project;
}

const settings = {
  retention: z.enum(retentions).optional(),
  usage_limit: amountSchema(1n).nullable().optional(),
  usage_limit_reset: z
    .enum(usageLimitResets)
    .nullable()
    .transform((reset) => reset ?? "none")
    .optional(),
  iam_rules: rulesSchema.optional(),
};

const createBody = z.strictObject({
  name: projectNameSchema,
  mode: projectModeSchema.default("hybrid"),
  organization_id: idSchema.optional(),
  ...settings,
});

const updateBody = z.strictObject({
  name: projectNameSchema.optional(),
  mode: projectModeSchema.optional(),
  cache_ttl_seconds: updateProjectSchema.shape.cacheTtlSeconds,
  ...settings,
});

export const projectOperations = [
  operation({
    method: "POST",
    path: "projects",
    summary: "Make a project.",
    query: NO_QUERY,
    body: createBody,
    answer: projectAnswer,
    run: async ({ body, ...asking }) => {
      const { id } = await createProject({
        organizationId: await organizationFor(asking, body.organization_id),
        name: body.name,
        mode: body.mode,
        ...given({
          retention: body.retention,
          usageLimit: body.usage_limit,
          usageLimitReset: body.usage_limit_reset,
          rules: body.iam_rules,
        }),
        actor: asking.actor,
      });
      return projectObject(await projectInReach({ ...asking, id }));
    },
  }),
  operation({
    method: "GET",
    path: "projects",
    summary: "List projects, newest first.",
    query: pageQuery.extend(organizationQuery.shape),
    body: NOTHING,
    answer: z.array(projectAnswer),
    run: async ({ query: { organization_id, ...page }, ...asking }) =>
      (await listProjectDetails({ organizationId: await listReach(asking, organization_id), ...page })).map(
        projectObject,
      ),
  }),
  operation({
    method: "GET",
    path: "projects/{id}",
    summary: "Read a project.",
    query: NO_QUERY,
    body: NOTHING,
    answer: projectAnswer,
    run: async (asked) => projectObject(await projectInReach(asked)),
  }),
  operation({
    method: "PATCH",
    path: "projects/{id}",
    summary: "Change a project: what is left out stays, null clears.",
    query: NO_QUERY,
    body: updateBody,
    answer: projectAnswer,
    run: async ({ body, ...asked }) => {
      const { organizationId } = await projectInReach(asked);
      await updateProject({
        organizationId,
        projectId: asked.id,
        ...given({
          name: body.name,
          mode: body.mode,
          retention: body.retention,
          cacheTtlSeconds: body.cache_ttl_seconds,
          usageLimit: body.usage_limit,
          usageLimitReset: body.usage_limit_reset,
          rules: body.iam_rules,
        }),
        actor: asked.actor,
      });
      return projectObject(await projectInReach(asked));
    },
  }),
  operation({
    method: "DELETE",
    path: "projects/{id}",
    summary: "Delete a project, and with it its keys.",
    query: NO_QUERY,
    body: NOTHING,
    answer: NOTHING,
    run: async (asked) => {
      const { organizationId } = await projectInReach(asked);
      await deleteProject({ organizationId, projectId: asked.id, actor: asked.actor });
      return undefined;
    },
  }),
];
