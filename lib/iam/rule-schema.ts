import { z } from "zod";
import type { AuditValue } from "@/lib/audit/canonical-json";

const LIST_MAX = 500;
const TEXT_CHARACTERS_MAX = 200;
/** USD per million tokens. */
const PRICE_MAX = 1_000_000;

const name = z
  .string()
  .max(TEXT_CHARACTERS_MAX)
  .regex(/^[\x21-\x7e]+$/, "Enter a name without spaces");
const names = z.array(name).min(1).max(LIST_MAX);
const models = z.strictObject({ models: names });
const providers = z.strictObject({ providers: names });
const operations = z.strictObject({ operations: names });

const range = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], "Enter an address or a range such as 10.0.0.0/8");
const ranges = z.strictObject({ cidrs: z.array(range).min(1).max(LIST_MAX) });

const price = z.number().min(0).max(PRICE_MAX);
const pricing = z
  .strictObject({
    pricing_type: z.enum(["free", "paid"]).optional(),
    max_input_price: price.optional(),
    max_output_price: price.optional(),
  })
  .refine((value) => Object.keys(value).length > 0, "Say what is allowed or denied");

/** A rule's type and value (CONTRACT section 6): models with `*` at their end, prices in USD per million tokens. */
export const iamRuleSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("allow_models"), value: models }),
  z.strictObject({ type: z.literal("deny_models"), value: models }),
  z.strictObject({ type: z.literal("allow_providers"), value: providers }),
  z.strictObject({ type: z.literal("deny_providers"), value: providers }),
  z.strictObject({ type: z.literal("allow_pricing"), value: pricing }),
  z.strictObject({ type: z.literal("deny_pricing"), value: pricing }),
  z.strictObject({ type: z.literal("allow_ips"), value: ranges }),
  z.strictObject({ type: z.literal("deny_ips"), value: ranges }),
  z.strictObject({ type: z.literal("allow_operations"), value: operations }),
  z.strictObject({ type: z.literal("deny_operations"), value: operations }),
]);

export type IamRule = z.output<typeof iamRuleSchema>;

/** A rule to be stored. */
export interface NewRule {
  rule: IamRule;
  isActive: boolean;
}

/** A rule as the audit trail keeps it. */
export function auditedRule({ rule, isActive }: NewRule): AuditValue {
  return { type: rule.type, value: z.json().parse(rule.value), status: isActive ? "active" : "inactive" };
}
