import { z } from "zod";
import { usageLimitResets, usageLimitSchema } from "@/lib/keys/schemas";

/** CONTRACT section 5. */
export const projectModes = ["api_keys", "credits", "hybrid"] as const;
export type ProjectMode = (typeof projectModes)[number];

export const retentions = ["metadata", "full"] as const;
export type Retention = (typeof retentions)[number];

const NAME_CHARACTERS_MAX = 100;

/** How long the response cache may give an answer again; the database checks the same. */
export const CACHE_SECONDS = { min: 10, max: 24 * 60 * 60 } as const;

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

const CACHE_BOUNDS_WORDS = "An answer can be kept for 10 seconds to 24 hours";

export const cacheSecondsSchema = z
  .int(CACHE_BOUNDS_WORDS)
  .min(CACHE_SECONDS.min, CACHE_BOUNDS_WORDS)
  .max(CACHE_SECONDS.max, CACHE_BOUNDS_WORDS);

/** Fields left out stay as they are; `cacheTtlSeconds: null` turns the cache off. */
export const updateProjectSchema = z.object({
  projectId: z.string(),
  name: projectNameSchema.optional(),
  retention: z.enum(retentions).optional(),
  cacheTtlSeconds: cacheSecondsSchema.nullable().optional(),
  usageLimit: usageLimitSchema.optional(),
  usageLimitReset: z.enum(usageLimitResets).optional(),
});

export const deleteProjectSchema = z.object({ projectId: z.string() });

export const clearCacheSchema = z.object({ projectId: z.string() });

export const pauseProjectSchema = z.object({ projectId: z.string(), isPaused: z.boolean() });

/** `name` is what the person typed to say that they mean it. */
export const deleteOrganizationSchema = z.object({ organizationId: z.string(), name: z.string().max(1_000) });

export const pauseOrganizationSchema = z.object({ organizationId: z.string(), isPaused: z.boolean() });
