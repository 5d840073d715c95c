import type { IamRule, NewRule } from "@/lib/iam/rule-schema";
import type { RuleView } from "@/lib/iam/rule-view";

type Pricing = Extract<IamRule, { type: "allow_pricing" }>["value"];

/** What rules of one type name, together. */
interface Named {
  /** Models in small letters, providers, ranges or operations. */
  names: string[];
  prices: Pricing[];
}

/** Whether every price that `inner` wants is one that `outer` wants. */
function holdsPrices(outer: Pricing, inner: Pricing): boolean {
  const isWithin = (most: number | undefined, cap: number | undefined) =>
    most === undefined || (cap !== undefined && cap <= most);
  return (
    (outer.pricing_type === undefined || outer.pricing_type === inner.pricing_type) &&
    isWithin(outer.max_input_price, inner.max_input_price) &&
    isWithin(outer.max_output_price, inner.max_output_price)
  );
}

function namedBy(rules: readonly IamRule[]): Named {
  const named: Named = { names: [], prices: [] };
  for (const { type, value } of rules) {
    if ("models" in value) named.names.push(...value.models.map((name) => name.toLowerCase()));
    else if ("providers" in value) named.names.push(...value.providers);
    else if ("cidrs" in value) named.names.push(...value.cidrs);
    else if ("operations" in value) named.names.push(...value.operations);
    else if (type === "allow_pricing" || type === "deny_pricing") named.prices.push(value);
  }
  return named;
}

/**
 * Whether what is named by `inner` is all named by `outer`, both of rules of this type: `*` at the end of a model's name stands
 * for any rest, all other names are compared as they are. By lookups, since there may be fifty thousand of each.
 */
function holdsAll(type: IamRule["type"], outer: Named, inner: Named): boolean {
  const names = new Set(outer.names);
  const isNamed = (name: string): boolean => {
    if (names.has(name)) return true;
    if (type !== "allow_models" && type !== "deny_models") return false;
    for (let length = 0; length < name.length; length += 1) if (names.has(`${name.slice(0, length)}*`)) return true;
    return false;
  };
  // What a rule about prices denies is what it does not want: the less it wants, the more it denies.
  const isPriced = (price: Pricing) =>
    outer.prices.some((other) => (type === "deny_pricing" ? holdsPrices(price, other) : holdsPrices(other, price)));
  return inner.names.every(isNamed) && inner.prices.every(isPriced);
}

/**
 * The first rule of `own` (the rules of each level, all of which hold) that does not hold for what is under `levels`; null
 * where whatever passes `levels` passes `own` too. It compares what rules name and not what they amount to today, so that it
 * stays true for models to come: a rule that says the same in other words may count as another. Rules that are not in force
 * count for nothing.
 */
export function uncoveredRule(
  own: readonly (readonly RuleView[])[],
  levels: readonly (readonly Pick<NewRule, "rule" | "isActive">[])[],
): RuleView | null {
  const inForce = levels.map((rules) => rules.filter(({ isActive }) => isActive).map(({ rule }) => rule));
  const ofType = (rules: readonly IamRule[], type: IamRule["type"]) => rules.filter((rule) => rule.type === type);
  for (const level of own) {
    const active = level.filter(({ isActive }) => isActive);
    const seen = new Set<IamRule["type"]>();
    for (const view of active) {
      const { type } = view.rule;
      // All of one type at once: allow rules of a type are united, and all that is denied is.
      if (seen.has(type)) continue;
      seen.add(type);
      const ours = namedBy(
        ofType(
          active.map(({ rule }) => rule),
          type,
        ),
      );
      const covered = type.startsWith("allow_")
        ? inForce.some((rules) => {
            const theirs = ofType(rules, type);
            return theirs.length > 0 && holdsAll(type, ours, namedBy(theirs));
          })
        : holdsAll(type, namedBy(ofType(inForce.flat(), type)), ours);
      if (!covered) return view;
    }
  }
  return null;
}
