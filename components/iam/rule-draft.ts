import { type NewRule, newRulesSchema } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";

/** What a rule is about, in the order in which forms offer it. */
export const RULE_SUBJECTS = ["models", "providers", "pricing", "operations", "ips"] as const;
export type RuleSubject = (typeof RULE_SUBJECTS)[number];

/** A rule while it is being written: what was typed, whether or not it makes a rule yet. */
export interface RuleDraft {
  /** Names it on the page, also before it is stored. */
  key: string;
  /** Of a rule that is stored. */
  id?: string | undefined;
  effect: "allow" | "deny";
  subject: RuleSubject;
  /** Models, providers, operations or address ranges. */
  names: readonly string[];
  pricing: { kind: "any" | "free" | "paid"; input: string; output: string };
  isActive: boolean;
}

const NO_PRICING = { kind: "any", input: "", output: "" } as const;

/** A new rule that says nothing yet. */
export function emptyDraft(key: string): RuleDraft {
  return { key, effect: "allow", subject: "models", names: [], pricing: NO_PRICING, isActive: true };
}

/** A stored rule, to be changed. */
export function draftOf({ id, rule, isActive }: RuleView): RuleDraft {
  const base = { key: id, id, effect: rule.type.startsWith("allow") ? "allow" : "deny", isActive } as const;
  const listed = (subject: RuleSubject, names: readonly string[]): RuleDraft => ({
    ...base,
    subject,
    names,
    pricing: NO_PRICING,
  });
  switch (rule.type) {
    case "allow_models":
    case "deny_models":
      return listed("models", rule.value.models);
    case "allow_providers":
    case "deny_providers":
      return listed("providers", rule.value.providers);
    case "allow_operations":
    case "deny_operations":
      return listed("operations", rule.value.operations);
    case "allow_ips":
    case "deny_ips":
      return listed("ips", rule.value.cidrs);
    case "allow_pricing":
    case "deny_pricing": {
      const { pricing_type: kind, max_input_price: input, max_output_price: output } = rule.value;
      const caps = { input: input?.toString() ?? "", output: output?.toString() ?? "" };
      return { ...base, subject: "pricing", names: [], pricing: { kind: kind ?? "any", ...caps } };
    }
  }
}

/** A price as it was typed; what is no number is for the schema to refuse. */
function priceOf(text: string): number | undefined {
  return text.trim() === "" ? undefined : Number(text);
}

function ruleValue({ subject, names, pricing }: RuleDraft): Record<string, unknown> {
  switch (subject) {
    case "ips":
      return { cidrs: names };
    case "pricing": {
      const input = priceOf(pricing.input);
      const output = priceOf(pricing.output);
      return {
        ...(pricing.kind === "any" ? {} : { pricing_type: pricing.kind }),
        ...(input === undefined ? {} : { max_input_price: input }),
        ...(output === undefined ? {} : { max_output_price: output }),
      };
    }
    default:
      return { [subject]: names };
  }
}

/** Drafts as rules, checked by the schema that the server has; or what is wrong, by the draft's place. */
export function checkDrafts(
  drafts: readonly RuleDraft[],
): { rules: NewRule[]; problems: null } | { rules: null; problems: ReadonlyMap<number, string> } {
  const checked = newRulesSchema.safeParse(
    drafts.map((draft) => ({
      ...(draft.id === undefined ? {} : { id: draft.id }),
      rule: { type: `${draft.effect}_${draft.subject}`, value: ruleValue(draft) },
      isActive: draft.isActive,
    })),
  );
  if (checked.success) return { rules: checked.data, problems: null };
  const problems = new Map<number, string>();
  for (const { path, message } of checked.error.issues) {
    const place = typeof path[0] === "number" ? path[0] : 0;
    if (!problems.has(place)) problems.set(place, message);
  }
  return { rules: null, problems };
}

/** What of a server's field errors (`rules.3.rule.value…`) is about which draft. */
export function fieldProblems(fields: Readonly<Record<string, string>>): Map<number, string> {
  const problems = new Map<number, string>();
  for (const [field, message] of Object.entries(fields)) {
    const place = /^rules\.(\d+)(?:\.|$)/.exec(field)?.[1];
    if (place !== undefined && !problems.has(Number(place))) problems.set(Number(place), message);
  }
  return problems;
}
