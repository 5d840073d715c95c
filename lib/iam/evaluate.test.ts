import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findModel, qualifiedName } from "@/lib/catalog/find-model";
import { MODELS, type Model } from "@/lib/catalog/models";
import { perMillion } from "@/lib/catalog/price";
import { type CallerRules, compileRules, RULE_LEVELS, type RuleLevel, type StoredRule } from "@/lib/iam/compile-rules";
import { candidatesOf, evaluateModel, requestDenial } from "@/lib/iam/evaluate";
import { explain } from "@/lib/iam/explain";
import { iamRuleSchema } from "@/lib/iam/rule-schema";
import { RULE_TYPES, RULES } from "@/lib/iam/rules/registry";
import type { Asked } from "@/lib/iam/rules/rule";
import type { RuleType } from "@/lib/infra/prisma-client/client";
import type { ProviderId } from "@/lib/providers/provider";

const price = (input: string, output: string) => ({ input: perMillion(input), output: perMillion(output) });

/** Served by three: for nothing, for little, and for much, more still for long prompts. */
const MODEL: Model = {
  name: "sample-1",
  vendor: "acme",
  kind: "chat",
  contextWindow: 1_000,
  maxOutput: 100,
  capabilities: [],
  modalities: { input: ["text"], output: ["text"] },
  aliases: ["sample"],
  snapshots: ["sample-1-2026-01-01"],
  offers: [
    { provider: "groq", upstreamModel: "acme/sample", price: price("0", "0") },
    { provider: "together", upstreamModel: "Acme/Sample-1", price: price("0.5", "1") },
    {
      provider: "openai",
      upstreamModel: "sample-1",
      price: { ...price("2", "8"), tiers: [{ above: 500, ...price("4", "16") }] },
    },
  ],
};
const EVERYONE: ProviderId[] = ["groq", "together", "openai"];

const CHAT: Asked = { operation: { name: "chat/completions", scope: "completions:write" }, address: "192.0.2.7" };

let ids = 0;
function rule(type: RuleType, value: unknown, level: RuleLevel = "key"): StoredRule {
  ids += 1;
  return { id: `rule_${ids}`, level, type, value };
}

function compiled(...rules: StoredRule[]): CallerRules {
  const made = compileRules(rules);
  if (!made) throw new Error("there is no rule");
  return made;
}

interface Verdict {
  providers: readonly string[];
  message: string | null;
  ruleId: string | null;
}

/** What all rules together say of the model, asked for with or without a provider. */
function verdict(rules: CallerRules | null, provider: ProviderId | null = null, asked = CHAT): Verdict {
  const found = { model: MODEL, provider };
  if (!rules) return { providers: EVERYONE, message: null, ruleId: null };
  const about = requestDenial(rules, asked);
  const { offers, denial } = about ? { offers: [], denial: about } : evaluateModel(rules, found);
  return {
    providers: offers.map((offer) => offer.provider),
    message: denial?.message ?? null,
    ruleId: denial?.ruleId ?? null,
  };
}

interface Example {
  /** Values that name the request, its model, all who serve it, or their price. */
  all: unknown;
  /** Some of those who serve it, and who those are; null: the type is not about them. */
  some: { value: unknown; named: ProviderId[] } | null;
  /** Nothing of all that. */
  none: unknown;
  /** What names nothing at all. */
  empty: unknown;
  /** What a deny rule says that names all, or an allow rule that names none: without a provider, and of OpenAI. */
  refusal: [implicit: string, explicit: string];
}

const MODEL_DENIED = "Access denied: Model sample-1 is in the denied models list";
const MODEL_NOT_ALLOWED = "Access denied: Model sample-1 is not in the allowed models list";
const NOBODY = "Access denied: No providers are allowed for model sample-1 after applying IAM rules.";
const ADDRESS = "Access denied: Client IP 192.0.2.7 is not in the allowed ranges";
const OPERATION = "Access denied: Operation chat/completions is not allowed";

const MODEL_VALUES = { all: { models: ["sample-1"] }, some: null, none: { models: ["other"] }, empty: { models: [] } };
const PROVIDER_VALUES = {
  all: { providers: EVERYONE },
  some: { value: { providers: ["together"] }, named: ["together" as const] },
  none: { providers: ["anthropic"] },
  empty: { providers: [] },
};
const ADDRESS_VALUES = {
  all: { cidrs: ["192.0.2.0/24"] },
  some: null,
  none: { cidrs: ["198.51.100.0/24"] },
  empty: { cidrs: [] },
};
const OPERATION_VALUES = {
  all: { operations: ["chat/completions"] },
  some: null,
  none: { operations: ["embeddings"] },
  empty: { operations: [] },
};

/** A type that is forgotten here does not compile. */
const EXAMPLES: Readonly<Record<RuleType, Example>> = {
  allow_models: { ...MODEL_VALUES, refusal: [MODEL_NOT_ALLOWED, MODEL_NOT_ALLOWED] },
  deny_models: { ...MODEL_VALUES, refusal: [MODEL_DENIED, MODEL_DENIED] },
  allow_providers: {
    ...PROVIDER_VALUES,
    refusal: [NOBODY, "Access denied: Provider openai is not in the allowed providers list"],
  },
  deny_providers: {
    ...PROVIDER_VALUES,
    refusal: [NOBODY, "Access denied: Provider openai is in the denied providers list"],
  },
  allow_pricing: {
    all: { max_input_price: 4, max_output_price: 16 },
    some: { value: { pricing_type: "paid", max_input_price: 1 }, named: ["together"] },
    none: { pricing_type: "paid", max_output_price: 0.5 },
    empty: {},
    refusal: [
      "Access denied: Only paid models are allowed",
      "Access denied: Model output price exceeds maximum allowed (16.00 > 0.50)",
    ],
  },
  deny_pricing: {
    all: { pricing_type: "free", max_input_price: 0.1 },
    some: { value: { pricing_type: "free" }, named: ["groq"] },
    none: { max_input_price: 4, max_output_price: 16 },
    empty: {},
    refusal: [
      "Access denied: Only paid models are allowed",
      "Access denied: Model input price exceeds maximum allowed (4.00 > 0.10)",
    ],
  },
  allow_ips: { ...ADDRESS_VALUES, refusal: [ADDRESS, ADDRESS] },
  deny_ips: { ...ADDRESS_VALUES, refusal: [ADDRESS, ADDRESS] },
  allow_operations: { ...OPERATION_VALUES, refusal: [OPERATION, OPERATION] },
  deny_operations: { ...OPERATION_VALUES, refusal: [OPERATION, OPERATION] },
};

const WAYS = [
  ["without a provider", null, EVERYONE],
  ["with a provider", "openai", ["openai"]],
] as const;

describe.each(RULE_TYPES)("%s", (type) => {
  const { all, some, none, empty, refusal } = EXAMPLES[type];
  const isAllow = RULES[type].effect === "allow";

  describe.each(WAYS)("asked for %s", (_, provider, everyone) => {
    const refused = refusal[provider === null ? 0 : 1];

    test("lets pass what it is for, and denies the rest in CONTRACT's words with its id", () => {
      const passing = rule(type, isAllow ? all : none);
      expect(verdict(compiled(passing), provider)).toEqual({ providers: everyone, message: null, ruleId: null });
      const denying = rule(type, isAllow ? none : all);
      expect(verdict(compiled(denying), provider)).toEqual({ providers: [], message: refused, ruleId: denying.id });
    });

    test("shrinks who may serve, and denies a named provider that it leaves out", () => {
      if (!some) return;
      const left = EVERYONE.filter((one) => some.named.includes(one) === isAllow);
      const asked = verdict(compiled(rule(type, some.value)), provider);
      const expected = provider === null ? left : left.filter((one) => one === provider);
      expect(asked.providers).toEqual(expected);
      expect(asked.message === null).toBe(expected.length > 0);
    });

    test("is united with others of its type on its level where it allows, and wins where it denies", () => {
      const [named, other] = [rule(type, all), rule(type, none)];
      for (const both of [compiled(named, other), compiled(other, named)])
        expect(verdict(both, provider).providers).toEqual(isAllow ? everyone : []);
    });

    test("can only narrow on another level", () => {
      for (const level of RULE_LEVELS.filter((one) => one !== "key")) {
        const denying = rule(type, isAllow ? none : all, level);
        const both = compiled(rule(type, isAllow ? all : none), denying);
        expect(verdict(both, provider)).toEqual({ providers: [], message: refused, ruleId: denying.id });
      }
    });

    test("with nothing in it allows nothing, or denies nothing", () => {
      const isPricing = type.endsWith("pricing");
      const { providers } = verdict(compiled(rule(type, empty)), provider);
      expect(providers).toEqual(isAllow && !isPricing ? [] : everyone);
    });

    test("has to pass beside every other type", () => {
      for (const second of RULE_TYPES) {
        if (second === type) continue;
        const passes = rule(second, RULES[second].effect === "allow" ? EXAMPLES[second].all : EXAMPLES[second].none);
        const denies = rule(type, isAllow ? none : all);
        expect(verdict(compiled(passes, denies), provider)).toMatchObject({ providers: [], message: refused });
        const lets = rule(type, isAllow ? all : none);
        expect(verdict(compiled(passes, lets), provider)).toMatchObject({ providers: everyone, message: null });
      }
    });
  });

  test("takes the values of CONTRACT, and no others", () => {
    for (const value of [all, ...(some ? [some.value] : []), none])
      expect(iamRuleSchema.safeParse({ type, value }).success).toBe(true);
    for (const value of [empty, {}, null, "x", [], { ...Object(all), more: 1 }])
      expect(iamRuleSchema.safeParse({ type, value }).success).toBe(false);
  });
});

describe("a rule about models", () => {
  const names = (...models: string[]) =>
    evaluateModel(compiled(rule("deny_models", { models })), { model: MODEL, provider: null });
  const isNamed = (name: string) => names(name).denial !== null;

  test("knows a model by each of its names, in any case", () => {
    for (const name of [
      "sample-1",
      "sample",
      "sample-1-2026-01-01",
      "acme/sample-1",
      "acme:sample",
      "groq/sample-1",
      "groq:acme/sample",
      "together/Acme/Sample-1",
      "openai/sample-1-2026-01-01",
      "SAMPLE-1",
    ])
      expect([name, isNamed(name)]).toEqual([name, true]);
    for (const name of ["sample-2", "sampl", "anthropic/sample-1", "acme", "acme/"])
      expect([name, isNamed(name)]).toEqual([name, false]);
  });

  test("takes `*` at the end for any rest, and says no other", () => {
    for (const name of ["*", "sam*", "acme/*", "groq/acme*"]) expect([name, isNamed(name)]).toEqual([name, true]);
    expect(isNamed("other*")).toBe(false);
    for (const name of ["", "a b", "a*b", "*a", "**"])
      expect(iamRuleSchema.safeParse({ type: "deny_models", value: { models: [name] } }).success).toBe(false);
  });

  test("denies every model of the catalogue under each name that leads to it", () => {
    for (const model of MODELS) {
      const denied = compiled(rule("deny_models", { models: [qualifiedName(model)] }));
      const asked = [
        qualifiedName(model),
        ...model.snapshots,
        ...model.offers.flatMap(({ provider, upstreamModel, alternatives = [] }) =>
          [upstreamModel, ...alternatives.map((one) => one.upstreamModel)].map((name) => `${provider}/${name}`),
        ),
      ];
      for (const name of asked) {
        const found = findModel(name);
        if (found.model.name !== model.name || found.model.vendor !== model.vendor) continue;
        expect([name, evaluateModel(denied, found).denial?.message]).toEqual([
          name,
          `Access denied: Model ${model.name} is in the denied models list`,
        ]);
      }
    }
  });

  test("by a provider's name denies a dated name of the model as well", () => {
    const denied = compiled(rule("deny_models", { models: ["azure/gpt-4o"] }));
    expect(evaluateModel(denied, findModel("gpt-4o-2024-08-06")).denial).not.toBeNull();
  });

  test("knows a model that is in no catalogue by its bare name and its provider's", () => {
    for (const name of ["my-model", "custom/my-model", "custom:my-*"]) {
      const denied = compiled(rule("deny_models", { models: [name] }));
      expect(evaluateModel(denied, findModel("custom/my-model")).denial?.message).toBe(
        "Access denied: Model my-model is in the denied models list",
      );
    }
  });
});

describe("a rule about prices", () => {
  const left = (type: RuleType, value: unknown, model = MODEL) =>
    evaluateModel(compiled(rule(type, value)), { model, provider: null }).offers.map((offer) => offer.provider);

  test("compares to the nano-dollar, and with the tier of the longest prompts", () => {
    expect(left("allow_pricing", { max_input_price: 0.5 })).toEqual(["groq", "together"]);
    expect(left("allow_pricing", { max_input_price: 0.499999999 })).toEqual(["groq"]);
    expect(left("allow_pricing", { max_input_price: 3.999999999 })).toEqual(["groq", "together"]);
    expect(left("deny_pricing", { max_output_price: 1 })).toEqual(["groq", "together"]);
  });

  test("calls free what asks nothing, not even for the request", () => {
    expect(left("allow_pricing", { pricing_type: "free" })).toEqual(["groq"]);
    expect(left("deny_pricing", { pricing_type: "paid" })).toEqual(["groq"]);
    const [first] = MODEL.offers;
    if (!first) throw new Error("nobody serves it");
    const withFee: Model = {
      ...MODEL,
      name: "with-fee",
      offers: [{ ...first, price: { ...first.price, request: 1n } }],
    };
    expect(left("allow_pricing", { pricing_type: "free" }, withFee)).toEqual([]);
  });

  test("takes no unknown price for a small one", () => {
    const { model } = findModel("custom/my-model");
    for (const value of [{ pricing_type: "free" }, { pricing_type: "paid" }, { max_input_price: 1_000_000 }]) {
      expect(left("allow_pricing", value, model)).toEqual([]);
      expect(left("deny_pricing", value, model)).toEqual([]);
    }
    const capped = compiled(rule("allow_pricing", { max_input_price: 5 }));
    expect(evaluateModel(capped, { model, provider: "custom" }).denial?.message).toBe(
      "Access denied: Model input price exceeds maximum allowed (unknown > 5.00)",
    );
  });

  test("beside one about providers says that nobody is left", () => {
    const providers = rule("deny_providers", { providers: ["groq"] });
    const rules = compiled(providers, rule("allow_pricing", { pricing_type: "free" }));
    expect(verdict(rules)).toEqual({ providers: [], message: NOBODY, ruleId: providers.id });
  });
});

describe("a rule about addresses", () => {
  const from = (address: string, type: RuleType, ...cidrs: string[]) =>
    requestDenial(compiled(rule(type, { cidrs })), { ...CHAT, address })?.message ?? null;

  test("takes IPv4 in IPv6's clothes for IPv4, and IPv4 for none of IPv6", () => {
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "::ffff:a01:203"]) {
      for (const range of ["10.0.0.0/8", "10.1.2.3", "::ffff:10.0.0.0/104", "::ffff:a01:203"])
        expect([address, range, from(address, "allow_ips", range)]).toEqual([address, range, null]);
      expect(from(address, "allow_ips", "::/0")).not.toBeNull();
      expect(from(address, "deny_ips", "0.0.0.0/0")).not.toBeNull();
    }
    expect(from("2001:db8::1", "allow_ips", "0.0.0.0/0")).not.toBeNull();
    expect(from("2001:db8::1%eth0", "allow_ips", "2001:db8::/32")).toBeNull();
    expect(from("2001:DB8:0:0::1", "allow_ips", "2001:db8::1")).toBeNull();
  });

  test("lets an address that is not known pass nowhere", () => {
    for (const address of ["", "unknown", "10.0.0.1, 10.0.0.2"]) {
      expect(from(address, "allow_ips", "0.0.0.0/0", "::/0")).not.toBeNull();
      expect(from(address, "deny_ips", "192.0.2.1")).not.toBeNull();
    }
    expect(from("", "allow_ips", "::/0")).toBe("Access denied: Client IP unknown is not in the allowed ranges");
  });

  test("is refused where it names none", () => {
    for (const range of [
      "10.0.0.0/33",
      "10.0.0/8",
      "010.0.0.1",
      "10.0.0.1/08",
      "::/129",
      "::1%eth0",
      "example.com",
      "10.0.0.1/",
      " 10.0.0.1",
    ])
      expect(iamRuleSchema.safeParse({ type: "deny_ips", value: { cidrs: [range] } }).success).toBe(false);
  });
});

describe("a rule about operations", () => {
  const may = (type: RuleType, name: string, scope: Asked["operation"]["scope"], ...operations: string[]) =>
    requestDenial(compiled(rule(type, { operations })), { ...CHAT, operation: { name, scope } }) === null;

  test("names endpoints, or all that need a scope, and with a list each thing in it", () => {
    expect(may("allow_operations", "messages", "completions:write", "completions:write")).toBe(true);
    expect(may("allow_operations", "embeddings", "embeddings:write", "completions:write")).toBe(false);
    expect(may("deny_operations", "models/{id}", "models:read", "models")).toBe(false);
    expect(may("deny_operations", "models", "models:read", "models/{id}")).toBe(true);
    expect(may("deny_operations", "completions", "completions:write", "chat/completions")).toBe(true);
  });

  test("is refused where it names none", () => {
    for (const name of ["chat", "completions:*", "*", ""])
      expect(iamRuleSchema.safeParse({ type: "deny_operations", value: { operations: [name] } }).success).toBe(false);
  });
});

const anyRule = fc
  .record({
    type: fc.constantFrom(...RULE_TYPES),
    level: fc.constantFrom(...RULE_LEVELS),
    which: fc.constantFrom("all" as const, "some" as const, "none" as const),
  })
  .map(({ type, level, which }) => {
    const example = EXAMPLES[type];
    return rule(type, which === "some" ? (example.some?.value ?? example.all) : example[which], level);
  });

const anyWay = fc.constantFrom<ProviderId | null>(null, ...EVERYONE);

test("adding a rule never widens, but for an allow rule beside another of its type on its level", () => {
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 6 }), anyRule, anyWay, (rules, added, provider) => {
      const joins = rules.some((one) => one.type === added.type && one.level === added.level);
      fc.pre(!(joins && RULES[added.type].effect === "allow"));
      const before = new Set(verdict(compileRules(rules), provider).providers);
      for (const left of verdict(compileRules([...rules, added]), provider).providers)
        expect(before.has(left)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("an explanation decides as requests are decided, and names the deciding rule last or among those that narrowed", () => {
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 8 }), anyWay, (stored, provider) => {
      const rules = compileRules(stored);
      const { denial, rules: spoken, providers } = explain(rules, CHAT, { model: MODEL, provider });
      const decided = verdict(rules, provider);
      if (!rules) {
        expect(providers).toEqual(candidatesOf({ model: MODEL, provider }).map(({ offer }) => offer.provider));
        return;
      }
      expect(providers).toEqual(decided.providers);
      expect(denial?.message ?? null).toBe(decided.message);
      if (denial) expect(spoken.map(({ id }) => id)).toContain(denial.ruleId);
      expect(spoken.some(({ verdict: said }) => said === "deny")).toBe(denial !== null);
      expect(new Set(spoken.map(({ id }) => id)).size).toBe(spoken.length);
      if (!denial) expect(spoken).toHaveLength(stored.length);
    }),
    { numRuns: 500 },
  );
});
