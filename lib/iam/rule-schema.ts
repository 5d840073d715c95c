import { z } from "zod";
import type { AuditValue } from "@/lib/audit/canonical-json";
import { OPERATIONS } from "@/lib/iam/operations";
import { PROVIDER_IDS } from "@/lib/providers/provider";

/** Most rules of one key, project or member. */
export const RULES_MAX = 100;
const LIST_MAX = 500;
const TEXT_CHARACTERS_MAX = 200;
/** USD per million tokens. */
const PRICE_MAX = 1_000_000;

// Names that nothing has would deny nothing, in silence; so what is known is listed, and a `*` is at the end.
const modelName = z
  .string()
  .max(TEXT_CHARACTERS_MAX)
  .regex(/^(?:[\x21-\x29\x2b-\x7e]+\*?|\*)$/, "Enter a model's name, or how names begin and a * after it");
const list = <Item extends z.ZodType>(item: Item) =>
  z.array(item).min(1, "Name at least one").max(LIST_MAX, `Name at most ${LIST_MAX}`);

const modelsValue = z.strictObject({ models: list(modelName) });
const providersValue = z.strictObject({ providers: list(z.enum(PROVIDER_IDS)) });
const operationsValue = z.strictObject({ operations: list(z.enum(OPERATIONS)) });

const range = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], "Enter an address or a range such as 10.0.0.0/8");
const rangesValue = z.strictObject({ cidrs: list(range) });

const PRICE_WORDS = `Enter a price in USD per million tokens, from 0 to ${PRICE_MAX}`;
const price = z.number(PRICE_WORDS).min(0, PRICE_WORDS).max(PRICE_MAX, PRICE_WORDS);
const pricingValue = z
  .strictObject({
    pricing_type: z.enum(["free", "paid"]).optional(),
    max_input_price: price.optional(),
    max_output_price: price.optional(),
  })
  .refine((value) => Object.keys(value).length > 0, "Say what is allowed or denied");

/** A rule's type and value (CONTRACT section 6): models with `*` at their end, prices in USD per million tokens. */
export const iamRuleSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("allow_models"), value: modelsValue }),
  z.strictObject({ type: z.literal("deny_models"), value: modelsValue }),
  z.strictObject({ type: z.literal("allow_providers"), value: providersValue }),
  z.strictObject({ type: z.literal("deny_providers"), value: providersValue }),
  z.strictObject({ type: z.literal("allow_pricing"), value: pricingValue }),
  z.strictObject({ type: z.literal("deny_pricing"), value: pricingValue }),
  z.strictObject({ type: z.literal("allow_ips"), value: rangesValue }),
  z.strictObject({ type: z.literal("deny_ips"), value: rangesValue }),
  z.strictObject({ type: z.literal("allow_operations"), value: operationsValue }),
  z.strictObject({ type: z.literal("deny_operations"), value: operationsValue }),
]);

export type IamRule = z.output<typeof iamRuleSchema>;

/** A rule to be stored. */
export interface NewRule {
  /** Of a rule that is stored already: it is changed and keeps its id. Left out: a new one. */
  id?: string | undefined;
  rule: IamRule;
  isActive: boolean;
}

/** All rules of an owner, as forms send them. */
export const newRulesSchema = z
  .array(z.object({ id: z.string().optional(), rule: iamRuleSchema, isActive: z.boolean() }))
  .max(RULES_MAX, `At most ${RULES_MAX} rules`);

/**
 * A rule as it is sent: its type, its value, and whether it is in force (`status`, active when left out). One that was read
 * may be sent back as it was: by its `id` it is the same rule, if it is the owner's.
 */
export const sentRuleSchema = z
  .looseObject({
    // Checked whole below; named here for the description.
    type: z.unknown().meta({ type: "string", enum: iamRuleSchema.options.map(({ shape }) => shape.type.value) }),
    value: z.unknown().meta({ type: "object", description: "What the type asks for, such as {models: […]}." }),
    status: z.enum(["active", "inactive"]).default("active"),
    id: z.string().max(TEXT_CHARACTERS_MAX).optional().describe("As it was read: the same rule. Left out: a new one."),
    created_at: z.string().optional().describe("As it was read; changes nothing."),
  })
  .transform(({ id, status, created_at: _, ...rest }, context): NewRule => {
    const rule = iamRuleSchema.safeParse(rest);
    if (rule.success) return { id, rule: rule.data, isActive: status === "active" };
    for (const { message, ...issue } of rule.error.issues) {
      const path = [...issue.path];
      // What is unknown is named key by key; of all else the sentence is enough.
      if (issue.code === "unrecognized_keys") context.addIssue({ ...issue, path, message, input: rest });
      else context.addIssue({ code: "custom", path, message, input: rest });
    }
    return z.NEVER;
  });

/** A rule as the audit trail keeps it. */
export function auditedRule({ rule, isActive }: NewRule): AuditValue {
  return { type: rule.type, value: z.json().parse(rule.value), status: isActive ? "active" : "inactive" };
}
