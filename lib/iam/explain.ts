import type { FoundModel } from "@/lib/catalog/find-model";
import type { CallerRules, CompiledRule, RuleGroup, RuleLevel } from "@/lib/iam/compile-rules";
import { candidatesOf, type Denial, evaluateModel, refusing, requestDenial } from "@/lib/iam/evaluate";
import type { Asked, Candidate } from "@/lib/iam/rules/rule";
import type { RuleType } from "@/lib/infra/prisma-client/client";

/** What one rule said. `allow`: it allows this one. `pass`: nothing against it. `narrow`: it leaves out some providers. */
export interface Spoken {
  level: RuleLevel;
  id: string;
  type: RuleType;
  verdict: "allow" | "pass" | "narrow" | "deny";
  reason: string;
}

export interface Explanation {
  denial: Denial | null;
  /** In the order in which they were asked; none after the one that denied. */
  rules: readonly Spoken[];
  /** Who may serve it, as far as rules say. */
  providers: readonly string[];
}

/**
 * What rules say of a request for a model: the decision is the one of `requestDenial` and `evaluateModel`, which requests
 * are under.
 */
export function explain(rules: CallerRules | null, asked: Asked, found: FoundModel): Explanation {
  if (!rules) return { denial: null, rules: [], providers: providersOf(candidatesOf(found)) };
  const spoken: Spoken[] = [];
  const about = requestDenial(rules, asked);
  hear(rules.request, asked, spoken);
  if (about) return { denial: about, rules: spoken, providers: [] };
  const { denial, offers } = evaluateModel(rules, found);
  if (hear(rules.model, found.model, spoken)) hearOffers(rules.offer, candidatesOf(found), spoken);
  return { denial, rules: spoken, providers: [...new Set(offers.map(({ provider }) => provider))] };
}

function providersOf(candidates: readonly Candidate[]): string[] {
  return [...new Set(candidates.map(({ offer }) => offer.provider))];
}

function said<Subject>({ level, id, type }: CompiledRule<Subject>, verdict: Spoken["verdict"], reason: string): Spoken {
  return { level, id, type, verdict, reason };
}

/** What a rule says that does not decide alone. */
function saidInPassing<Subject>(group: RuleGroup<Subject>, rule: CompiledRule<Subject>, matches: boolean): Spoken {
  if (group.effect === "deny") return said(rule, "pass", "It does not deny this one.");
  return matches
    ? said(rule, "allow", "It allows this one.")
    : said(rule, "pass", "It does not allow this one, but another rule of its type does.");
}

/** Asks the rules about one thing. False where one of them denies it: the others are not asked then. */
function hear<Subject>(groups: readonly RuleGroup<Subject>[], subject: Subject, spoken: Spoken[]): boolean {
  for (const group of groups) {
    const denying = refusing(group, subject);
    for (const rule of group.rules) {
      if (rule === denying) {
        spoken.push(said(rule, "deny", rule.refusal(subject)));
        return false;
      }
      spoken.push(saidInPassing(group, rule, rule.matches(subject)));
    }
  }
  return true;
}

/** Asks the rules about all that may serve a model, each about what those before have left. */
function hearOffers(groups: readonly RuleGroup<Candidate>[], candidates: readonly Candidate[], spoken: Spoken[]): void {
  let left = candidates;
  for (const group of groups) {
    const [first] = left;
    if (!first) return;
    const kept = left.filter((candidate) => refusing(group, candidate) === null);
    for (const rule of group.rules) spoken.push(saidOfOffers(group, rule, left, kept));
    left = kept;
  }
}

function saidOfOffers(
  group: RuleGroup<Candidate>,
  rule: CompiledRule<Candidate>,
  left: readonly Candidate[],
  kept: readonly Candidate[],
): Spoken {
  const out = left.filter((candidate) => refusing(group, candidate) === rule);
  const [first] = out;
  if (first && kept.length === 0) return said(rule, "deny", rule.refusal(first));
  if (first) return said(rule, "narrow", `It leaves out ${providersOf(out).join(", ")}.`);
  return saidInPassing(group, rule, left.some(rule.matches));
}
