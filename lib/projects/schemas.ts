import { z } from "zod";

/** CONTRACT section 5. */
export const projectModes = ["api_keys", "credits", "hybrid"] as const;
export type ProjectMode = (typeof projectModes)[number];

export const retentions = ["metadata", "full"] as const;
export type Retention = (typeof retentions)[number];

const NAME_CHARACTERS_MAX = 100;
const CACHE_SECONDS_MAX = 30 * 24 * 60 * 60;

export const projectNameSchema = z
  .string("Give the project a name")
  .trim()
  .min(1, "Give the project a name")
  .max(NAME_CHARACTERS_MAX, `The name may have at most ${NAME_CHARACTERS_MAX} characters`);

export const projectModeSchema = z.enum(projectModes, "Choose one of the three modes");

export const createProjectSchema = z.object({
  organizationId: z.string(),
  name: projectNameSchema,
  mode: projectModeSchema.default("hybrid"),
});

export const setProjectModeSchema = z.object({ projectId: z.string(), mode: projectModeSchema });

/** Fields left out stay as they are; `cacheTtlSeconds: null` turns the cache off. */
export const updateProjectSchema = z.object({
  projectId: z.string(),
  name: projectNameSchema.optional(),
  retention: z.enum(retentions).optional(),
  cacheTtlSeconds: z.int().min(1).max(CACHE_SECONDS_MAX).nullable().optional(),
});
