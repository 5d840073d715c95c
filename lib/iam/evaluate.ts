import type { FoundModel } from "@/lib/catalog/find-model";
import type { Model, Offer } from "@/lib/catalog/models";
import { offersOf } from "@/lib/catalog/price-overrides";
import type { CallerRules, CompiledRule, RuleGroup } from "@/lib/iam/compile-rules";
import { modelWord } from "@/lib/iam/rules/named-models";
import type { Asked, Candidate } from "@/lib/iam/rules/rule";

/** Why something is denied: the rule that decided, and what is said of it. */
export interface Denial {
  ruleId: string;
  message: string;
}

/** An offer that rules leave out, by the first that does. */
export interface Dropped {
  candidate: Candidate;
  about: RuleGroup<Candidate>["about"];
  rule: CompiledRule<Candidate>;
}

/** What rules leave of a model: who may serve it, or why nobody may. */
export interface ModelVerdict {
  offers: readonly Offer[];
  dropped: readonly Dropped[];
  denial: Denial | null;
}

/** The rule of a group that refuses `subject`; null where it passes. Of allow rules, none of which matches, the first. */
export function refusing<Subject>(
  { effect, rules }: RuleGroup<Subject>,
  subject: Subject,
): CompiledRule<Subject> | null {
  if (effect === "deny") return rules.find((rule) => rule.matches(subject)) ?? null;
  return rules.some((rule) => rule.matches(subject)) ? null : rules[0];
}

function denialOf<Subject>(groups: readonly RuleGroup<Subject>[], subject: Subject): Denial | null {
  for (const group of groups) {
    const rule = refusing(group, subject);
    if (rule) return { ruleId: rule.id, message: rule.refusal(subject) };
  }
  return null;
}

/** Why rules deny a request whatever model it names; null where they do not. */
export function requestDenial(rules: CallerRules, asked: Asked): Denial | null {
  return denialOf(rules.request, asked);
}

/** The offers of a model that a caller asked for, at the prices in force: those of the provider that they named, or all. */
export function candidatesOf({ model, provider }: FoundModel): Candidate[] {
  return offersOf(model)
    .filter((offer) => provider === null || offer.provider === provider)
    .map((offer) => ({ model, offer }));
}

/** What rules leave of a model as it was asked for, at the prices in force. */
export function evaluateModel(rules: CallerRules, found: FoundModel): ModelVerdict {
  const denial = denialOf(rules.model, found.model);
  if (denial) return { offers: [], dropped: [], denial };
  const offers: Offer[] = [];
  const dropped: Dropped[] = [];
  for (const candidate of candidatesOf(found)) {
    const drop = droppedBy(rules.offer, candidate);
    if (drop) dropped.push(drop);
    else offers.push(candidate.offer);
  }
  return { offers, dropped, denial: offers.length === 0 ? nobodyLeft(found, dropped) : null };
}

function droppedBy(groups: readonly RuleGroup<Candidate>[], candidate: Candidate): Dropped | null {
  for (const group of groups) {
    const rule = refusing(group, candidate);
    if (rule) return { candidate, about: group.about, rule };
  }
  return null;
}

/** A provider that was named is denied by name, and so is a price where no rule about providers had a part in it. */
function nobodyLeft({ model, provider }: FoundModel, dropped: readonly Dropped[]): Denial | null {
  const [first] = dropped;
  if (!first) return null;
  const byProvider = dropped.find(({ about }) => about === "provider");
  return provider !== null || !byProvider
    ? { ruleId: first.rule.id, message: first.rule.refusal(first.candidate) }
    : noProviders(model, byProvider.rule);
}

/** What is said where rules leave nobody who serves a model as it was asked for. */
export function noProviders(model: Pick<Model, "name">, rule: Pick<CompiledRule<Candidate>, "id">): Denial {
  return {
    ruleId: rule.id,
    message: `Access denied: No providers are allowed for model ${modelWord(model)} after applying IAM rules.`,
  };
}
