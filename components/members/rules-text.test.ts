import { expect, test } from "vitest";
import { rulesFromText, rulesText } from "@/components/members/rules-text";
import type { RuleView } from "@/lib/iam/rule-view";

const rules: RuleView[] = [
  {
    id: "rule_1",
    rule: { type: "allow_models", value: { models: ["gpt-4o*"] } },
    isActive: true,
    createdAt: "2026-11-21T12:00:00.000Z",
  },
  {
    id: "rule_2",
    rule: { type: "deny_ips", value: { cidrs: ["10.0.0.0/8"] } },
    isActive: false,
    createdAt: "2026-11-21T12:00:00.000Z",
  },
];

test("rules that are written are read again as they were", () => {
  expect(rulesFromText(rulesText(rules))).toEqual({ rules: rules.map(({ rule, isActive }) => ({ rule, isActive })) });
  expect(rulesText([])).toBe("");
  expect(rulesFromText(" \n")).toEqual({ rules: [] });
});

test.each([
  ["{", "This is not JSON"],
  ['{"type": "allow_models"}', "Rules are a list"],
  ['[{"type": "allow_models", "value": {"models": []}}]', "Rule 1 (value.models)"],
  ['[{"type": "deny_ips", "value": {"cidrs": ["here"]}}]', "Enter an address or a range"],
  ['[{"type": "allow_all", "value": {}}]', "Rule 1"],
  ['[{"type": "deny_models", "value": {"models": ["gpt-4o"]}, "status": "off"}]', "Rule 1 (status)"],
  ["[null]", "Rule 1"],
])("what is no list of rules says where: %s", (text, words) => {
  const read = rulesFromText(text);
  expect("problem" in read ? read.problem : "").toContain(words);
});
