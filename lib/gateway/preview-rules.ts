import { MODELS } from "@/lib/catalog/models";
import { mayAsk, obeyed } from "@/lib/gateway/obey-rules";
import { endpointsCalling } from "@/lib/gateway/plan";
import { compileRules, type RuleLevel, type StoredRule } from "@/lib/iam/compile-rules";
import type { RulesAboveKey } from "@/lib/iam/read-rules";
import { draftRuleId, type RulesPreview } from "@/lib/iam/rule-drafts";
import type { NewRule } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";

const NOTHING_ABOVE: RulesAboveKey = { project: [], member: [] };

/**
 * The rules in force if `rules` were those of their level, ready to be compiled. Rules of a draft have the id that they
 * are stored under, or `draftRuleId`.
 */
export function draftedRules(
  level: RuleLevel,
  rules: readonly NewRule[],
  above: RulesAboveKey = NOTHING_ABOVE,
): StoredRule[] {
  const stored = (of: RuleLevel, views: readonly RuleView[]) =>
    views.filter(({ isActive }) => isActive).map(({ id, rule: { type, value } }) => ({ id, level: of, type, value }));
  return [
    ...rules.flatMap(({ id, rule: { type, value }, isActive }, index) =>
      isActive ? [{ id: id ?? draftRuleId(index), level, type, value }] : [],
    ),
    ...stored("project", above.project),
    ...stored("member", above.member),
  ];
}

/**
 * The models that rules leave, by the evaluation that requests are under. Rules about addresses are left out: where a call
 * comes from decides there, and not what it asks for. Provider keys and credits are not looked at.
 */
export function previewRules(rules: readonly StoredRule[]): RulesPreview {
  const compiled = compileRules(rules.filter(({ type }) => type !== "allow_ips" && type !== "deny_ips"));
  const left = MODELS.flatMap((model) => {
    if (compiled && !endpointsCalling(model.kind).some((endpoint) => mayAsk(compiled, endpoint, ""))) return [];
    const kept = compiled ? obeyed(compiled, { model, provider: null }) : null;
    if (kept?.denial) return [];
    const { offers } = kept ? kept.found.model : model;
    return [{ name: model.name, providers: [...new Set(offers.map(({ provider }) => provider))] }];
  });
  return { total: MODELS.length, left };
}
