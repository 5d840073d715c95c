import type { Model } from "@/lib/catalog/models";
import { RULE_TYPES, RULES } from "@/lib/iam/rules/registry";
import type { Asked, Candidate, Test } from "@/lib/iam/rules/rule";
import type { RuleType } from "@/lib/infra/prisma-client/client";

/** What a rule belongs to, in the order in which they are asked. Each level can only narrow what the one before left. */
export const RULE_LEVELS = ["key", "project", "member"] as const;
export type RuleLevel = (typeof RULE_LEVELS)[number];

/** A rule in force, as it is stored. */
export interface StoredRule {
  id: string;
  level: RuleLevel;
  type: RuleType;
  value: unknown;
}

export interface CompiledRule<Subject> extends Test<Subject> {
  id: string;
  level: RuleLevel;
  type: RuleType;
}

/** The rules of one type on one level: of allow rules one has to match, of deny rules none may. */
export interface RuleGroup<Subject> {
  effect: "allow" | "deny";
  about: "request" | "model" | "provider" | "price";
  rules: readonly [CompiledRule<Subject>, ...CompiledRule<Subject>[]];
}

/** All rules that a key's requests are under, ready to be asked, in order. */
export interface CallerRules {
  request: readonly RuleGroup<Asked>[];
  model: readonly RuleGroup<Model>[];
  offer: readonly RuleGroup<Candidate>[];
}

/**
 * Makes rules in force ready; null where there are none, so that a caller without rules pays for none.
 * @throws ZodError for a value that its type cannot have.
 */
export function compileRules(stored: readonly StoredRule[]): CallerRules | null {
  if (stored.length === 0) return null;
  const request: RuleGroup<Asked>[] = [];
  const model: RuleGroup<Model>[] = [];
  const offer: RuleGroup<Candidate>[] = [];
  for (const level of RULE_LEVELS) {
    for (const type of RULE_TYPES) {
      const [first, ...rest] = stored.filter((rule) => rule.level === level && rule.type === type);
      if (!first) continue;
      const definition = RULES[type];
      switch (definition.about) {
        case "request":
          request.push(groupOf(definition, first, rest));
          break;
        case "model":
          model.push(groupOf(definition, first, rest));
          break;
        case "provider":
        case "price":
          offer.push(groupOf(definition, first, rest));
      }
    }
  }
  return { request, model, offer };
}

function groupOf<Subject>(
  definition: Pick<RuleGroup<Subject>, "effect" | "about"> & { compile: (value: unknown) => Test<Subject> },
  first: StoredRule,
  rest: readonly StoredRule[],
): RuleGroup<Subject> {
  const compiled = ({ id, level, type, value }: StoredRule): CompiledRule<Subject> => ({
    id,
    level,
    type,
    ...definition.compile(value),
  });
  const { effect, about } = definition;
  return { effect, about, rules: [compiled(first), ...rest.map(compiled)] };
}
