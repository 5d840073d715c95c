import { describe, expect, test } from "vitest";
import { findModel, qualifiedName } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { perMillion } from "@/lib/catalog/price";
import { applyPriceOverrides, priceKey } from "@/lib/catalog/price-overrides";
import { GatewayError } from "@/lib/core/errors";
import { ENDPOINTS } from "@/lib/gateway/endpoints";
import type { Incoming } from "@/lib/gateway/incoming";
import { listModels } from "@/lib/gateway/list-models";
import { obeyed, refuseDenied } from "@/lib/gateway/obey-rules";
import { type ModelRequest, parseChat } from "@/lib/gateway/parse";
import { endpointsCalling, type Plan, type Pools } from "@/lib/gateway/plan";
import { planHit } from "@/lib/gateway/response-cache";
import { route } from "@/lib/gateway/route";
import { type CallerRules, compileRules, type StoredRule } from "@/lib/iam/compile-rules";
import { ENDPOINT_NAMES } from "@/lib/iam/operations";
import type { RuleType } from "@/lib/infra/prisma-client/client";
import type { Caller, CallerProviderKey } from "@/lib/keys/caller";
import type { ProviderId } from "@/lib/providers/provider";
import { plainCaller } from "@/lib/testing/caller";

const ADDRESS = "192.0.2.7";
const MODEL = "gpt-4o-mini";
const MESSAGES = [{ role: "user", content: "Hi" }];
const everyone: Pools = () => ({ keys: ["sk"], baseUrl: "http://pool.test/v1" });
const nobody: Pools = () => ({ keys: [] });

function caller(rules: CallerRules | null, changes: Partial<Caller> = {}): Caller {
  return plainCaller({ ...changes, rules });
}

const under = (...rules: [RuleType, unknown][]): CallerRules => {
  const stored = rules.map(
    ([type, value], index): StoredRule => ({ id: `rule_${index + 1}`, level: "key", type, value }),
  );
  const made = compileRules(stored);
  if (!made) throw new Error("there is no rule");
  return made;
};

async function chat(fields: Record<string, unknown>): Promise<ModelRequest> {
  const post: Incoming = {
    method: "POST",
    url: "/v1/chat/completions",
    header: (name) => (name === "content-type" ? "application/json" : null),
    readBody: async () => Buffer.from(JSON.stringify({ messages: MESSAGES, max_tokens: 16, ...fields })),
    remoteAddress: ADDRESS,
    isGone: () => false,
    onGone: () => undefined,
  };
  return parseChat(post, 1e6);
}

async function refusalOf(work: () => unknown): Promise<GatewayError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const providers = (planned: Plan) => planned.attempts.map(({ provider }) => provider);
const NOBODY = (model: string) =>
  `Access denied: No providers are allowed for model ${model} after applying IAM rules.`;

const key = (provider: ProviderId): CallerProviderKey => ({
  id: `pvk_${provider}`,
  provider,
  sealed: "sealed",
  baseUrl: provider === "azure" ? "https://own.test/openai/v1" : null,
  models: [],
  priority: 100,
});

describe("a plan under rules", () => {
  const all = findModel(MODEL).model.offers.map(({ provider }) => provider);
  const [first, second] = all;
  if (!first || !second) throw new Error("the test needs a model with two providers");

  test("is the one without rules where they leave everything", async () => {
    const request = await chat({ model: MODEL });
    const rules = under(["allow_models", { models: ["*"] }]);
    expect(route(caller(rules), request, everyone)).toEqual(route(caller(null), request, everyone));
  });

  test.each([
    ["credits", {}, everyone],
    ["own keys", { mode: "api_keys", providerKeys: all.map(key) }, nobody],
    ["own keys, with the pool's to stand in", { mode: "hybrid", providerKeys: all.map(key) }, everyone],
  ] as const)("tries nobody else, however it is asked for: %s", async (_, changes, pools) => {
    const rules = under(["deny_providers", { providers: [first] }], ["deny_models", { models: ["gpt-4o"] }]);
    const who = caller(rules, changes);
    for (const fields of [
      { model: MODEL },
      { model: "gpt-4o-mini-2024-07-18", models: [MODEL] },
      { models: ["gpt-4o", MODEL] },
      { model: MODEL, provider: { sort: "price" } },
      { model: MODEL, provider: { order: [first] } },
      { model: MODEL, provider: { allow_fallbacks: false } },
      { model: "auto" },
    ]) {
      const planned = route(who, await chat(fields), pools);
      expect([fields, providers(planned).includes(first)]).toEqual([fields, false]);
      expect([fields, planned.attempts.some(({ model }) => model.name === "gpt-4o")]).toEqual([fields, false]);
    }
  });

  test("says that rules leave nobody before a missing provider key is looked at", async () => {
    const denied = caller(under(["deny_providers", { providers: all }]), { mode: "api_keys" });
    const request = await chat({ model: MODEL });
    const refusal = await refusalOf(() => route(denied, request, nobody));
    expect(refusal).toMatchObject({ code: "iam_denied", status: 403, message: NOBODY("gpt-4o-mini") });
    expect(refusal.metadata).toEqual({ rule_id: "rule_1" });
    const left = caller(under(["deny_providers", { providers: [first] }]), { mode: "api_keys" });
    expect(await refusalOf(() => route(left, request, nobody))).toMatchObject({ code: "provider_key_missing" });
  });

  test("says that rules stand against what a caller's preferences leave, and not that nobody serves it", async () => {
    const rules = under(["deny_providers", { providers: [first] }]);
    const of = async (provider: unknown) => {
      const request = await chat({ model: MODEL, provider });
      return refusalOf(() => route(caller(rules), request, everyone));
    };
    expect(await of({ only: [first] })).toMatchObject({ code: "iam_denied", message: NOBODY("gpt-4o-mini") });
    expect(await of({ only: ["cohere"] })).toMatchObject({ code: "invalid_body" });
  });

  test("for `auto` says that rules leave no model only where one would do without them", async () => {
    const rules = under(["deny_models", { models: ["*"] }]);
    const fitting = await chat({ model: "auto" });
    const refusal = await refusalOf(() => route(caller(rules), fitting, everyone));
    expect(refusal).toMatchObject({ code: "iam_denied", message: NOBODY("auto") });
    expect(refusal.metadata).toEqual({ rule_id: "rule_1" });
    const endless = await chat({ model: "auto", max_tokens: 1e9 });
    expect(await refusalOf(() => route(caller(rules), endless, everyone))).toMatchObject({ code: "model_not_found" });
    const missing = caller(under(["allow_models", { models: ["gpt-4o"] }]), { mode: "api_keys" });
    expect(await refusalOf(() => route(missing, fitting, nobody))).toMatchObject({ code: "provider_key_missing" });
  });

  test("for a test key shrinks as it would for a live one", async () => {
    const test = { environment: "test" } as const;
    const request = await chat({ model: MODEL });
    const rules = under(["allow_providers", { providers: [second] }]);
    expect(providers(route(caller(rules, test), request, nobody))).toEqual(["simulator"]);
    const denied = caller(under(["allow_providers", { providers: ["cohere"] }]), test);
    expect(await refusalOf(() => route(denied, request, nobody))).toMatchObject({ code: "iam_denied" });
  });

  test("takes no kept answer of a provider that they leave out", async () => {
    const request = await chat({ model: MODEL });
    const rules = under(["deny_providers", { providers: [first] }]);
    const kept = { provider: first, model: "gpt-4o-mini" };
    expect(planHit(route(caller(null), request, everyone), kept)).not.toBeNull();
    expect(planHit(route(caller(rules), request, everyone), kept)).toBeNull();
  });

  test("looks at the operator's own prices from the moment they are in force", async () => {
    const request = await chat({ model: MODEL });
    const who = caller(under(["allow_pricing", { max_input_price: 0.1 }]));
    expect(await refusalOf(() => route(who, request, everyone))).toMatchObject({
      message: "Access denied: Model input price exceeds maximum allowed (0.15 > 0.10)",
    });
    try {
      const cheap = { input: perMillion("0.1"), output: perMillion("0.1") };
      applyPriceOverrides(new Map([[priceKey(second, { name: "gpt-4o-mini" }), cheap]]));
      expect(providers(route(who, request, everyone))).toEqual([second]);
    } finally {
      applyPriceOverrides(new Map());
    }
    expect(await refusalOf(() => route(who, request, everyone))).toMatchObject({ code: "iam_denied" });
  });
});

describe("a request under rules", () => {
  const denied = async (rules: CallerRules, fields: Record<string, unknown>) => {
    const request = await chat(fields);
    return () => refuseDenied(rules, request, "chat/completions", ADDRESS);
  };

  test("is refused by address and operation once its models are known to be some", async () => {
    for (const rules of [
      under(["deny_ips", { cidrs: ["192.0.2.0/24"] }]),
      under(["allow_operations", { operations: ["messages"] }]),
    ]) {
      expect(await refusalOf(await denied(rules, { model: "no-such-model" }))).toMatchObject({
        code: "model_not_found",
      });
      expect(await refusalOf(await denied(rules, { model: MODEL }))).toMatchObject({ code: "iam_denied" });
      expect(await refusalOf(await denied(rules, { model: "auto" }))).toMatchObject({ code: "iam_denied" });
    }
  });

  test("for several models is refused where none of them is left, by the first one's rule", async () => {
    const rules = under(["deny_models", { models: ["gpt-4o"] }], ["deny_models", { models: ["gpt-4o-mini"] }]);
    (await denied(rules, { models: ["gpt-4o", "claude-sonnet-4.5"] }))();
    (await denied(rules, { models: ["gpt-4o", "auto"] }))();
    const refusal = await refusalOf(await denied(rules, { models: ["gpt-4o", "gpt-4o-mini"] }));
    expect(refusal.message).toBe("Access denied: Model gpt-4o is in the denied models list");
    expect(refusal.metadata).toEqual({ rule_id: "rule_1" });
  });

  test("gives the same model for the same rules, since plans are remembered by it", () => {
    const rules = under(["deny_providers", { providers: ["openai"] }]);
    const found = findModel("gpt-4o-mini");
    expect(obeyed(rules, found).found.model).toBe(obeyed(rules, findModel("gpt-4o-mini")).found.model);
    expect(obeyed(rules, findModel("gpt-4o-mini-2024-07-18")).denial).not.toBeNull();
  });
});

describe("GET models under rules", () => {
  test("lists a model exactly where a request for it is planned, with the providers that it would be planned for", async () => {
    const rules = under(
      ["allow_models", { models: ["openai/*", "llama*", "text-embedding-3-small"] }],
      ["deny_providers", { providers: ["azure", "groq"] }],
      ["allow_pricing", { pricing_type: "paid", max_input_price: 1 }],
    );
    const who = caller(rules);
    const listed = new Map(listModels(who, everyone, ADDRESS).data.map((entry) => [entry.id, entry]));
    expect(listed.size).toBeGreaterThan(3);
    for (const model of MODELS.filter(({ kind, vendor }) => kind === "chat" && vendor !== "openrouter")) {
      const id = qualifiedName(model);
      const request = await chat({ model: model.name });
      const planned = ((): Plan | null => {
        try {
          return route(who, request, everyone);
        } catch {
          return null;
        }
      })();
      expect([id, listed.get(id)?.providers]).toEqual([id, planned ? [...new Set(providers(planned))] : undefined]);
    }
  });

  test("lists no model whose endpoints are all denied", () => {
    const kinds = (operations: string[]) =>
      new Set(
        listModels(caller(under(["deny_operations", { operations }])), everyone, ADDRESS).data.map(({ kind }) => kind),
      );
    expect(kinds(["embeddings"])).toEqual(new Set(["chat"]));
    expect(kinds(["completions:write"])).toEqual(new Set(["embedding"]));
    expect(kinds(endpointsCalling("chat").slice(1))).toEqual(new Set(["chat", "embedding"]));
  });
});

test("rules can name every endpoint there is", () => {
  expect([...ENDPOINT_NAMES].sort()).toEqual(Object.keys(ENDPOINTS).sort());
});
