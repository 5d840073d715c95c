import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MODELS } from "@/lib/catalog/models";
import { compileRules } from "@/lib/iam/compile-rules";
import { evaluateModel, requestDenial } from "@/lib/iam/evaluate";
import type { IamRule } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";
import { uncoveredRule } from "@/lib/iam/uncovered-rule";

const view = (rule: IamRule, index: number, isActive = true): RuleView => ({
  id: `rule_${index}`,
  rule,
  isActive,
  createdAt: "2026-11-21T00:00:00.000Z",
});
const viewsOf = (...rules: IamRule[]) => rules.map((rule, index) => view(rule, index));
const models = (type: "allow_models" | "deny_models", ...names: string[]): IamRule => ({
  type,
  value: { models: names },
});
const pricing = (
  type: "allow_pricing" | "deny_pricing",
  value: Extract<IamRule, { type: "allow_pricing" }>["value"],
): IamRule => ({ type, value });

/** Whether a key with `theirs` alone can do nothing that one with `own` cannot, as far as can be told. */
const isWithin = (own: IamRule[], ...theirs: IamRule[]) =>
  uncoveredRule([viewsOf(...own)], [viewsOf(...theirs)]) === null;

describe("rules hold for another key too", () => {
  test("where it is allowed no more, and denied no less", () => {
    const own = [models("allow_models", "gpt-4o*", "anthropic/*"), models("deny_models", "gpt-4o-audio*")];
    const denied = models("deny_models", "gpt-4o-audio*");
    expect(isWithin(own, ...own)).toBe(true);
    expect(isWithin(own, models("allow_models", "GPT-4o-mini"), denied)).toBe(true);
    expect(
      isWithin(own, models("allow_models", "gpt-4o-2*", "anthropic/claude-3*"), models("deny_models", "gpt*")),
    ).toBe(true);
    expect(isWithin(own)).toBe(false);
    expect(isWithin(own, models("allow_models", "gpt-4o*"))).toBe(false);
    expect(isWithin(own, models("allow_models", "gpt-4*"), denied)).toBe(false);
    expect(isWithin(own, models("allow_models", "gpt-4o"), models("allow_models", "*"), denied)).toBe(false);
    expect(isWithin(own, models("allow_models", "gpt-4o"), models("deny_models", "gpt-4o-audio-preview"))).toBe(false);
  });

  test("where prices are capped no higher", () => {
    const own = [pricing("allow_pricing", { max_input_price: 5 })];
    expect(isWithin(own, pricing("allow_pricing", { pricing_type: "paid", max_input_price: 4 }))).toBe(true);
    expect(isWithin(own, pricing("allow_pricing", { max_input_price: 6 }))).toBe(false);
    expect(isWithin(own, pricing("allow_pricing", { max_output_price: 1 }))).toBe(false);
    const denying = [pricing("deny_pricing", { pricing_type: "free", max_output_price: 9 })];
    expect(isWithin(denying, ...denying)).toBe(true);
    expect(isWithin(denying, pricing("deny_pricing", { pricing_type: "free", max_output_price: 8 }))).toBe(true);
    expect(isWithin(denying, pricing("deny_pricing", { pricing_type: "free" }))).toBe(false);
    expect(isWithin(denying, pricing("deny_pricing", { max_output_price: 8 }))).toBe(false);
  });

  test("and not where they are of another type, or not in force there; those that are not in force ask for nothing", () => {
    const own = [view(models("deny_models", "gpt-4o"), 0)];
    expect(uncoveredRule([own], [[view(models("deny_models", "gpt-4o"), 1, false)]])?.id).toBe("rule_0");
    expect(uncoveredRule([own], [viewsOf(models("allow_models", "gpt-5"))])).not.toBeNull();
    expect(uncoveredRule([[view(models("deny_models", "gpt-4o"), 0, false)]], [[]])).toBeNull();
  });

  test("whichever level they are on; but allow rules of two levels are not united", () => {
    const own = [viewsOf(models("allow_models", "gpt*")), viewsOf(models("allow_models", "*mini", "gpt-4o*"))];
    expect(uncoveredRule(own, [viewsOf(models("allow_models", "gpt-4o-mini")), []])).toBeNull();
    expect(uncoveredRule(own, [viewsOf(models("allow_models", "gpt-5")), []])).not.toBeNull();
    const denying = viewsOf(models("deny_models", "gpt-4o", "gpt-5"));
    expect(
      uncoveredRule([denying], [viewsOf(models("deny_models", "gpt-4o")), viewsOf(models("deny_models", "gpt-5"))]),
    ).toBeNull();
  });
});

const name = fc.constantFrom("gpt-4o", "gpt-4o*", "gpt*", "openai/*", "claude*", "*", "simulator/echo", "o3");
const price = fc.option(fc.constantFrom(0, 0.5, 3, 20), { nil: undefined });
const rule: fc.Arbitrary<IamRule> = fc.oneof(
  fc.record({
    type: fc.constantFrom("allow_models" as const, "deny_models" as const),
    value: fc.record({ models: fc.array(name, { minLength: 1, maxLength: 3 }) }),
  }),
  fc.record({
    type: fc.constantFrom("allow_providers" as const, "deny_providers" as const),
    value: fc.record({
      providers: fc.array(fc.constantFrom("openai" as const, "azure" as const, "simulator" as const), { minLength: 1 }),
    }),
  }),
  fc.record({
    type: fc.constantFrom("allow_pricing" as const, "deny_pricing" as const),
    value: fc
      .record({
        pricing_type: fc.option(fc.constantFrom("free" as const, "paid" as const), { nil: undefined }),
        max_input_price: price,
        max_output_price: price,
      })
      .map((value) => JSON.parse(JSON.stringify(value)) as object),
  }),
  fc.record({
    type: fc.constantFrom("allow_operations" as const, "deny_operations" as const),
    value: fc.record({
      operations: fc.array(fc.constantFrom("completions:write", "models", "admin:*"), { minLength: 1 }),
    }),
  }),
  fc.record({
    type: fc.constantFrom("allow_ips" as const, "deny_ips" as const),
    value: fc.record({ cidrs: fc.array(fc.constantFrom("10.0.0.0/8", "10.1.0.0/16", "::/0"), { minLength: 1 }) }),
  }),
);
const rules = fc.array(rule, { maxLength: 4 });

const REQUESTS = (
  [
    ["chat/completions", "completions:write"],
    ["models", "models:read"],
    ["keys", "admin:*"],
  ] as const
).flatMap(([operation, scope]) =>
  ["10.1.2.3", "10.2.2.3", "2001:db8::1"].map((address) => ({ operation: { name: operation, scope }, address })),
);
const SAMPLE = MODELS.filter(({ name }, index) => index % 9 === 0 || /^(gpt-4o|o3|echo)/.test(name));

/** Everything that rules leave of what can be asked for. */
function leftBy(list: IamRule[]): Set<string> {
  const compiled = compileRules(list.map(({ type, value }, index) => ({ id: `r${index}`, level: "key", type, value })));
  const left = new Set<string>();
  for (const asked of REQUESTS)
    if (!compiled || requestDenial(compiled, asked) === null) left.add(`${asked.operation.name} from ${asked.address}`);
  for (const model of SAMPLE) {
    const offers = compiled ? evaluateModel(compiled, { model, provider: null }).offers : model.offers;
    for (const { provider } of offers) left.add(`${model.name} of ${provider}`);
  }
  return left;
}

test("security: whatever rules are found to hold for another key, it can do nothing that they deny", () => {
  let within = 0;
  fc.assert(
    fc.property(rules, rules, fc.nat(4), (own, added, kept) => {
      const theirs = [...own.slice(0, kept), ...added];
      if (!isWithin(own, ...theirs)) return;
      if (own.length > 0) within += 1;
      const allowed = leftBy(own);
      expect([...leftBy(theirs)].filter((one) => !allowed.has(one))).toEqual([]);
    }),
    { numRuns: 400 },
  );
  expect(within).toBeGreaterThan(20);
});
