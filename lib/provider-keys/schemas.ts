import { z } from "zod";
import { PROVIDER_IDS } from "@/lib/providers/provider";

const KEY_CHARACTERS_MIN = 8;
/** Keys that AWS gives for some hours hold a session, and have some 1,500. */
const KEY_CHARACTERS_MAX = 4_000;
const NAME_CHARACTERS_MAX = 100;
const MODELS_MAX = 200;
export const PRIORITY_MAX = 1_000;

/** An `https` (or `http`) address without credentials, query or fragment → without a slash at the end; empty: the provider's own. */
export const baseUrlSchema = z
  .string()
  .trim()
  .nullable()
  .transform((text, context): string | null => {
    if (text === null || text === "") return null;
    const url = URL.canParse(text) ? new URL(text) : null;
    const plain = url && !url.username && !url.password && !url.search && !url.hash;
    if (plain && /^https?:$/.test(url.protocol)) return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
    context.addIssue({ code: "custom", message: "Enter an address such as https://api.example.com/v1" });
    return z.NEVER;
  });

/** What the form that adds a provider key sends. */
export const addProviderKeySchema = z.object({
  projectId: z.string(),
  /** organization: for every project of the one that the project belongs to. */
  scope: z.enum(["project", "organization"]).default("project"),
  provider: z.enum(PROVIDER_IDS, "Choose a provider"),
  /** The provider's secret; it goes in a header, so visible ASCII only. Empty: none, where the provider needs none. */
  key: z
    .string("Enter the provider's key")
    .trim()
    .refine(
      (key) => key === "" || key.length >= KEY_CHARACTERS_MIN,
      `A provider key has at least ${KEY_CHARACTERS_MIN} characters`,
    )
    .max(KEY_CHARACTERS_MAX, `A provider key has at most ${KEY_CHARACTERS_MAX} characters`)
    .regex(/^[\x21-\x7e]*$/, "A provider key has no spaces or special characters"),
  name: z.string().trim().max(NAME_CHARACTERS_MAX).optional(),
  baseUrl: baseUrlSchema.default(null),
  /** Empty: every model. */
  models: z.array(z.string().trim().min(1).max(200)).max(MODELS_MAX).optional(),
  /** Lower is tried first. */
  priority: z.int().min(0).max(PRIORITY_MAX).optional(),
});

/** What is asked of a provider before its key is kept. */
export const checkNewProviderKeySchema = addProviderKeySchema.pick({
  projectId: true,
  provider: true,
  key: true,
  baseUrl: true,
});

const oneProviderKey = z.object({
  projectId: z.string(),
  providerKeyId: z.string(),
  scope: addProviderKeySchema.shape.scope,
});

/** What is left out stays as it is; an empty key is left out. */
export const updateProviderKeySchema = oneProviderKey.extend({
  key: addProviderKeySchema.shape.key.transform((key) => (key === "" ? undefined : key)).optional(),
  name: addProviderKeySchema.shape.name,
  baseUrl: baseUrlSchema.optional(),
  models: addProviderKeySchema.shape.models,
  priority: addProviderKeySchema.shape.priority,
  isActive: z.boolean().optional(),
});

export const removeProviderKeySchema = oneProviderKey;

export const checkProviderKeySchema = oneProviderKey;
