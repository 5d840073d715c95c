import { z } from "zod";
import { parseUsd, type Usd } from "@/lib/core/money";
import { newRulesSchema } from "@/lib/iam/rule-schema";
import { metadataTextSchema } from "@/lib/keys/metadata-schema";
import { SCOPES } from "@/lib/keys/scopes";

/** CONTRACT section 2. */
export const keyEnvironments = ["live", "test"] as const;

/** How often a key's spend limit starts again: UTC days, weeks from Monday, months (CONTRACT section 7). */
export const usageLimitResets = ["none", "daily", "weekly", "monthly"] as const;
export type UsageLimitReset = (typeof usageLimitResets)[number];

export const KEY_NAME_CHARACTERS_MAX = 100;
const RATE_MAX = 1_000_000_000;
/** 30 days. */
export const GRACE_SECONDS_MAX = 2_592_000;

export const keyNameSchema = z
  .string("Give the key a name")
  .trim()
  .min(1, "Give the key a name")
  .max(KEY_NAME_CHARACTERS_MAX, `The name may have at most ${KEY_NAME_CHARACTERS_MAX} characters`);

/** A decimal string such as "5" or "1.25" → nano-dollars; empty or null: no limit. */
export const usageLimitSchema = z
  .string()
  .trim()
  .nullable()
  .transform((text, context): Usd | null => {
    if (text === null || text === "") return null;
    try {
      const amount = parseUsd(text);
      if (amount > 0n) return amount;
    } catch {
      // Said below.
    }
    context.addIssue({ code: "custom", message: "Enter an amount above 0 in USD, such as 5 or 1.25" });
    return z.NEVER;
  });

/** An ISO 8601 time with its zone → Date, in the future; empty or null: never. */
export const expiresAtSchema = z
  .union([z.literal(""), z.iso.datetime({ offset: true, error: "Enter a date and time" })])
  .nullable()
  .transform((text, context): Date | null => {
    if (text === null || text === "") return null;
    const time = new Date(text);
    if (time.getTime() > Date.now()) return time;
    context.addIssue({ code: "custom", message: "The expiry must be in the future" });
    return z.NEVER;
  });

export const rateSchema = z
  .int("Enter a whole number")
  .min(1, "A rate is at least 1 a minute; leave it empty for none")
  .max(RATE_MAX, `A rate is at most ${RATE_MAX} a minute`)
  .nullable();

const scopesSchema = z.array(z.enum(SCOPES)).min(1, "Choose at least one scope");

/** The name that our customer gave an end user; empty or null: the key is nobody's. */
const endUserSchema = z
  .string()
  .trim()
  .max(200, "A user id has at most 200 characters")
  .nullable()
  .transform((name) => name || null);

/** What the form that makes a key sends. */
export const createKeySchema = z.object({
  projectId: z.string(),
  name: keyNameSchema,
  environment: z.enum(keyEnvironments).default("live"),
  expiresAt: expiresAtSchema.default(null),
  usageLimit: usageLimitSchema.default(null),
  usageLimitReset: z.enum(usageLimitResets).default("none"),
  scopes: scopesSchema.optional(),
  rateLimitRpm: rateSchema.optional(),
  rateLimitTpm: rateSchema.optional(),
  endUser: endUserSchema.optional(),
  metadata: metadataTextSchema.optional(),
  rules: newRulesSchema.optional(),
});

const oneKey = z.object({ projectId: z.string(), keyId: z.string() });

export const setKeyStatusSchema = oneKey.extend({ status: z.enum(["active", "inactive"]) });

/** As many keys as one page of the table can select. */
export const KEYS_AT_ONCE_MAX = 100;

export const setKeysStatusSchema = z.object({
  projectId: z.string(),
  keyIds: z
    .array(z.string())
    .min(1, "Choose at least one key")
    .max(KEYS_AT_ONCE_MAX, `At most ${KEYS_AT_ONCE_MAX} keys at once`),
  status: z.enum(["active", "inactive"]),
});

export const deleteKeySchema = oneKey;

/** What is left out stays as it is; null clears. */
export const updateKeySchema = oneKey.extend({
  name: keyNameSchema.optional(),
  expiresAt: expiresAtSchema.optional(),
  usageLimit: usageLimitSchema.optional(),
  usageLimitReset: z.enum(usageLimitResets).optional(),
  scopes: scopesSchema.optional(),
  rateLimitRpm: rateSchema.optional(),
  rateLimitTpm: rateSchema.optional(),
  metadata: metadataTextSchema.optional(),
});

/** CONTRACT section 10: how long the old secret goes on working. */
export const rotateKeySchema = oneKey.extend({
  gracePeriodSeconds: z
    .int("Enter a whole number of seconds")
    .min(0, "A grace period is not negative")
    .max(GRACE_SECONDS_MAX, "The grace period is at most 30 days")
    .default(0),
});
