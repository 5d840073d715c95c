import { expect, test } from "vitest";
import { checkDrafts, draftOf, emptyDraft, fieldProblems } from "@/components/iam/rule-draft";
import type { IamRule } from "@/lib/iam/rule-schema";
import { RULE_TYPES } from "@/lib/iam/rules/registry";

const RULES: readonly IamRule[] = [
  { type: "allow_models", value: { models: ["gpt-5*", "openai/gpt-4o"] } },
  { type: "deny_models", value: { models: ["*"] } },
  { type: "allow_providers", value: { providers: ["openai"] } },
  { type: "deny_providers", value: { providers: ["azure", "groq"] } },
  { type: "allow_pricing", value: { pricing_type: "paid", max_input_price: 2.5 } },
  { type: "deny_pricing", value: { max_output_price: 0 } },
  { type: "allow_ips", value: { cidrs: ["10.0.0.0/8", "2001:db8::/32"] } },
  { type: "deny_ips", value: { cidrs: ["203.0.113.7"] } },
  { type: "allow_operations", value: { operations: ["chat/completions", "models:read"] } },
  { type: "deny_operations", value: { operations: ["embeddings"] } },
];

test("every type of rule comes back from its form as it was stored", () => {
  expect(new Set(RULES.map(({ type }) => type))).toEqual(new Set(RULE_TYPES));
  const stored = RULES.map((rule, index) => ({ id: `rule_${index}`, rule, isActive: index % 2 === 0, createdAt: "" }));
  expect(checkDrafts(stored.map(draftOf)).rules).toEqual(
    stored.map(({ id, rule, isActive }) => ({ id, rule, isActive })),
  );
});

test("what makes no rule is refused in the server's words, beside the rule that it is about", () => {
  const drafts = [
    draftOf({ id: "rule_1", rule: { type: "deny_models", value: { models: ["a"] } }, isActive: true, createdAt: "" }),
    emptyDraft("a"),
    { ...emptyDraft("b"), names: ["gpt*5"] },
    { ...emptyDraft("c"), subject: "ips" as const, names: ["10.0.0.0/99"] },
    { ...emptyDraft("d"), subject: "pricing" as const, pricing: { kind: "any" as const, input: "cheap", output: "" } },
    { ...emptyDraft("e"), subject: "pricing" as const },
  ];
  expect([...(checkDrafts(drafts).problems ?? [])]).toEqual([
    [1, "Name at least one"],
    [2, "Enter a model's name, or how names begin and a * after it"],
    [3, "Enter an address or a range such as 10.0.0.0/8"],
    [4, "Enter a price in USD per million tokens, from 0 to 1000000"],
    [5, "Say what is allowed or denied"],
  ]);
});

test("the server's field errors are put beside the rule that they are about", () => {
  expect([
    ...fieldProblems({
      "rules.2.rule.value.models.0": "No such name",
      "rules.2.rule": "later",
      projectId: "elsewhere",
    }),
  ]).toEqual([[2, "No such name"]]);
});
