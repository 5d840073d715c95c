import { z } from "zod";
import { decimalText, parseUsd, type Usd } from "@/lib/core/money";
import { type NewRule, RULES_MAX, sentRuleSchema } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";

const LIST_MAX = 1_000;
const LIST_DEFAULT = 100;

/** What refers to something: an id of ours, or what stands for one. */
export const idSchema = z.string().regex(/^[\x21-\x7e]{1,100}$/, "Enter an id");

/** USD as a decimal string or a JSON number, in nano-dollars, where `fits` says that it is one. */
const usdSchema = (words: string, fits: (amount: Usd) => boolean) =>
  z
    .union([z.string(), z.number()], words)
    .describe('USD, such as "1.25".')
    .transform((value, context): Usd => {
      try {
        const amount = parseUsd(typeof value === "number" ? decimalText(value) : value);
        if (fits(amount)) return amount;
      } catch {
        // Said below.
      }
      context.addIssue({ code: "custom", message: words });
      return z.NEVER;
    });

const DIGITS = "with at most nine digits before and after the point";

/** USD as a decimal string or a JSON number, in nano-dollars → from `least` on. */
export const amountSchema = (least: bigint) =>
  usdSchema(
    `Enter an amount in USD ${least > 0n ? "above 0" : "of 0 or more"}, such as "1.25", ${DIGITS}`,
    (amount) => amount >= least,
  );

/** As `amountSchema`, of either sign and not zero. */
export const correctionSchema = usdSchema(
  `Enter an amount in USD other than 0, such as "1.25" or "-1.25", ${DIGITS}`,
  (amount) => amount !== 0n,
);

/** ISO 8601 → Date; a time without a zone is UTC's. */
export const timeSchema = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.datetime({ local: true })],
    "Enter a time in ISO 8601, such as 2027-01-31T12:00:00Z",
  )
  .describe("A time in ISO 8601; without a zone it is UTC's.")
  .transform((text) => new Date(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`));

const statusSchema = z.enum(["active", "inactive"]);

/** All rules of a key or a project, in place of those that it had; null: none. */
export const rulesSchema = z
  .array(sentRuleSchema)
  .max(RULES_MAX)
  .describe("In place of all that there were. In force from the next request on.")
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

/** A number of a query: digits, and nothing else that JavaScript takes for one, such as "0x10" or "". */
const whole = (name: string, least: number, most: number, fallback: number) =>
  z
    .unknown()
    .meta({ type: "integer", minimum: least, maximum: most, default: fallback })
    .pipe(z.string().regex(/^\d+$/, `${name} is a whole number`))
    .transform(Number)
    .pipe(z.int().min(least, `${name} is at least ${least}`).max(most, `${name} is at most ${most}`))
    .default(fallback);

/** Every list's page (CONTRACT section 10). */
export const pageQuery = z.object({
  skip: whole("skip", 0, 1_000_000_000, 0).describe("How many to pass over."),
  limit: whole("limit", 1, LIST_MAX, LIST_DEFAULT).describe("How many to list at most."),
});

/** With the master key, whose organisation is meant; a key's own is the only one it can name. */
export const organizationQuery = z.object({
  organization_id: idSchema.optional().describe("With the master key: whose. Another key reaches its own alone."),
});
