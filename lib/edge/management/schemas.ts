import { z } from "zod";
import { parseUsd, type Usd } from "@/lib/core/money";
import { iamRuleSchema, type NewRule } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";
import type { Prisma } from "@/lib/infra/prisma-client/client";

const METADATA_BYTES_MAX = 16_384;
const RULES_MAX = 100;
const LIST_MAX = 1_000;
const LIST_DEFAULT = 100;

/** What refers to something: an id of ours, or what stands for one. */
export const idSchema = z.string().regex(/^[\x21-\x7e]{1,100}$/, "Enter an id");

/** How our customer names an end user. */
export const userIdSchema = z
  .string()
  .min(1, "Enter a user id")
  .max(200, "A user id has at most 200 characters")
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, "A user id has no control characters");

/** USD as a decimal string or a JSON number, in nano-dollars → from `least` on. */
export const amountSchema = (least: bigint) =>
  z.union([z.string(), z.number()], 'Enter an amount in USD, such as "1.25"').transform((value, context): Usd => {
    try {
      const amount = parseUsd(String(value));
      if (amount >= least) return amount;
    } catch {
      // Said below.
    }
    context.addIssue({
      code: "custom",
      message: `Enter an amount in USD ${least > 0n ? "above 0" : "of 0 or more"}, such as "1.25"`,
    });
    return z.NEVER;
  });

/** As `amountSchema`, of either sign and not zero. */
export const correctionSchema = z
  .union([z.string(), z.number()], 'Enter an amount in USD, such as "-1.25"')
  .transform((value, context): Usd => {
    try {
      const amount = parseUsd(String(value));
      if (amount !== 0n) return amount;
    } catch {
      // Said below.
    }
    context.addIssue({ code: "custom", message: 'Enter an amount in USD other than 0, such as "1.25" or "-1.25"' });
    return z.NEVER;
  });

/** ISO 8601 → Date; a time without a zone is UTC's. */
export const timeSchema = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.datetime({ local: true })],
    "Enter a time in ISO 8601, such as 2027-01-31T12:00:00Z",
  )
  .transform((text) => new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`));

/** A JSON object of our customer's own. */
export const metadataSchema = z
  .record(z.string(), z.json())
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= METADATA_BYTES_MAX,
    "Metadata is at most 16 KiB of JSON",
  )
  // What PostgreSQL's jsonb cannot hold.
  .refine((value) => !/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(value)), "Metadata has no NUL and no lone surrogates")
  .transform((value): Prisma.InputJsonObject => value);

const statusSchema = z.enum(["active", "inactive"]);

/** A rule as it is sent: its type, its value, and whether it is in force. */
const newRuleSchema = z
  .looseObject({ status: statusSchema.default("active") })
  .transform(({ status, ...rule }) => ({ rule, isActive: status === "active" }))
  .pipe(z.object({ rule: iamRuleSchema, isActive: z.boolean() }));

/** All rules of a key or a project, in place of those that it had; null: none. */
export const rulesSchema = z
  .array(newRuleSchema)
  .max(RULES_MAX)
  .nullable()
  .transform((rules): NewRule[] => rules ?? []);

/** A rule as it is answered. */
export const ruleAnswer = z.object({
  id: z.string(),
  type: z.string(),
  value: z.record(z.string(), z.json()),
  status: statusSchema,
  created_at: z.iso.datetime(),
});

export function ruleObject({ id, rule, isActive, createdAt }: RuleView): z.output<typeof ruleAnswer> {
  return {
    id,
    type: rule.type,
    value: z.record(z.string(), z.json()).parse(rule.value),
    status: isActive ? "active" : "inactive",
    created_at: createdAt,
  };
}

/** A decimal string of USD in an answer. */
export const usdAnswer = z.string().regex(/^-?\d+\.\d{2,9}$/);
export const timeAnswer = z.iso.datetime();
export const metadataAnswer = z.record(z.string(), z.unknown());

const whole = (name: string, least: number, most: number) =>
  z.coerce
    .number(`${name} is a whole number`)
    .int(`${name} is a whole number`)
    .min(least, `${name} is at least ${least}`)
    .max(most, `${name} is at most ${most}`);

/** Every list's page (CONTRACT section 10). */
export const pageQuery = z.object({
  skip: whole("skip", 0, 1_000_000_000).default(0),
  limit: whole("limit", 1, LIST_MAX).default(LIST_DEFAULT),
});

/** With the master key, whose organisation is meant; a key's own is the only one it can name. */
export const organizationQuery = z.object({ organization_id: idSchema.optional() });

/** The fields of `changes` that were sent. Left out is not the same as `undefined` where a field is optional. */
export function given<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const kept: { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } = {};
  for (const name in fields) {
    const value = fields[name];
    if (isGiven(value)) kept[name] = value;
  }
  return kept;
}

function isGiven<Value>(value: Value): value is Exclude<Value, undefined> {
  return value !== undefined;
}
