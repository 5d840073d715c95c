import { z } from "zod";
import { iamRuleSchema } from "@/lib/iam/rule-schema";
import type { KeyView } from "@/lib/keys/key-view";
import { keyEnvironments, usageLimitResets } from "@/lib/keys/schemas";

/** What the live address of a key answers with. */
export const keyViewSchema = z.object({
  id: z.string(),
  projectId: z.string(),
  name: z.string(),
  preview: z.string(),
  oldSecret: z
    .object({
      preview: z.string(),
      expiresAt: z.string(),
      lastUsedAt: z.string().nullable(),
      isLate: z.boolean(),
    })
    .nullable(),
  environment: z.enum(keyEnvironments),
  status: z.enum(["active", "inactive"]),
  isExpired: z.boolean(),
  scopes: z.array(z.string()),
  usage: z.string(),
  usageLimit: z.string().nullable(),
  usageLimitReset: z.enum(usageLimitResets),
  limitUsed: z.string(),
  limitHeld: z.string(),
  limitRemaining: z.string().nullable(),
  resetsAt: z.string().nullable(),
  rateLimitRpm: z.number().nullable(),
  rateLimitTpm: z.number().nullable(),
  createdById: z.string().nullable(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  endUser: z.string().nullable(),
  rules: z.array(
    z.object({
      id: z.string(),
      rule: iamRuleSchema,
      isActive: z.boolean(),
      createdAt: z.string(),
    }),
  ),
  metadata: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<KeyView>;

/** What the live address of the keys page answers with. */
export const keyListSchema = z.array(keyViewSchema);
