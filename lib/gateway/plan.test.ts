import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type FoundModel, findModel } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { applyPriceOverrides } from "@/lib/catalog/price-overrides";
import { GatewayError } from "@/lib/core/errors";
import { usd } from "@/lib/core/money";
import { neverPaid } from "@/lib/gateway/own-key-only";
import type { ModelRequest } from "@/lib/gateway/parse";
import {
  boundOf,
  canServe,
  clampPlan,
  creditsBoundOf,
  creditsShare,
  type Plan,
  type Pools,
  plan,
  refusalOrder,
  SMALLEST_CLAMP,
  withOwnKey,
} from "@/lib/gateway/plan";
import { type ProviderPool, setEnvironment } from "@/lib/infra/config";
import type { Caller, CallerMeter, CallerProviderKey } from "@/lib/keys/caller";
import type { ProviderId } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";
import { plainCaller } from "@/lib/testing/caller";
import { modelRequest } from "@/lib/testing/model-request";

const MINI = findModel("gpt-4o-mini");
const ECHO = findModel("simulator/echo");
const CHAT_MODELS = MODELS.filter(({ kind }) => kind === "chat");

function caller(changes: Partial<Caller> = {}): Caller {
  return plainCaller({ mode: "hybrid", ...changes });
}

function ownKey(changes: Partial<CallerProviderKey> = {}): CallerProviderKey {
  return { id: "pvk_1", provider: "openai", sealed: "sealed", baseUrl: null, models: [], priority: 100, ...changes };
}

const noPool: Pools = () => ({ keys: [] });
const pool: Pools = (provider) =>
  provider === "openai" ? { keys: ["sk-one", "sk-two"], baseUrl: "http://pool.test/v1" } : { keys: [] };

const sources = (planned: Plan) =>
  planned.attempts.map(({ provider, credential, billedTo }) => `${provider} ${credential.kind} ${billedTo}`);

describe("the attempts that a project's mode allows", () => {
  const OWN = ["openai own provider_key"];
  const POOL = ["openai pool credits", "openai pool credits"];

  test.each<[Caller["mode"], "own" | "none", Pools, string[] | "refused"]>([
    ["api_keys", "own", pool, OWN],
    ["api_keys", "own", noPool, OWN],
    ["api_keys", "none", pool, "refused"],
    ["credits", "own", pool, POOL],
    ["credits", "none", pool, POOL],
    ["credits", "own", noPool, "refused"],
    ["hybrid", "own", pool, [...OWN, ...POOL]],
    ["hybrid", "own", noPool, OWN],
    ["hybrid", "none", pool, POOL],
    ["hybrid", "none", noPool, "refused"],
  ])("%s with %s own key", (mode, keys, pools, expected) => {
    const who = caller({ mode, providerKeys: keys === "own" ? [ownKey()] : [] });
    expect(canServe(who, MINI, pools)).toBe(expected !== "refused");
    if (expected === "refused") expect(() => plan(who, MINI, modelRequest(), pools)).toThrow(GatewayError);
    else expect(sources(plan(who, MINI, modelRequest(), pools))).toEqual(expected);
  });

  test("go from an own key to the pool's for the same provider only, in hybrid mode only", () => {
    const everywhere: Pools = () => ({ keys: ["sk"], baseUrl: "http://pool.test/v1" });
    const providers = MINI.model.offers.map(({ provider }) => provider);
    expect(providers.length).toBeGreaterThan(2);
    for (const provider of providers) {
      if (!PROVIDERS[provider].takesOwnKeys) continue;
      const keys = [ownKey({ id: "a", provider }), ownKey({ id: "b", provider })];
      const tried = (mode: Caller["mode"]) =>
        sources(plan(caller({ mode, providerKeys: keys }), MINI, modelRequest(), everywhere));
      const own = `${provider} own provider_key`;
      expect(tried("hybrid")).toEqual([own, own, `${provider} pool credits`]);
      expect(tried("api_keys")).toEqual([own, own]);
      expect(tried("credits").some((source) => source.includes("own"))).toBe(false);
    }
  });

  test("take no own key for another model as a reason to leave the pool", () => {
    const keys = [ownKey({ models: ["gpt-4o"] })];
    expect(sources(plan(caller({ providerKeys: keys }), MINI, modelRequest(), pool))).toEqual(POOL);
  });

  test("name the missing key in the contract's words", () => {
    expect(() => plan(caller({ mode: "api_keys" }), MINI, modelRequest(), pool)).toThrow(
      "No API key set for provider: openai. Please add a provider key in your settings or add credits and switch to credits or hybrid mode.",
    );
  });

  test("use an own key only for its provider and the models it is meant for", () => {
    const keys = [
      ownKey({ id: "other", provider: "anthropic" }),
      ownKey({ id: "dear", models: ["gpt-4o"] }),
      ownKey({ id: "mini", models: ["gpt-4o-mini"] }),
      ownKey({ id: "all" }),
    ];
    const planned = plan(caller({ mode: "api_keys", providerKeys: keys }), MINI, modelRequest(), pool);
    expect(
      planned.attempts.map(({ credential }) =>
        credential.kind === "own" ? credential.providerKeyId : credential.kind,
      ),
    ).toEqual(["mini", "all"]);
  });

  test("never send a test key's request to a real provider, and never bill it", () => {
    for (const mode of ["api_keys", "credits", "hybrid"] as const) {
      for (const model of CHAT_MODELS) {
        const planned = plan(
          caller({ mode, environment: "test", providerKeys: [ownKey()] }),
          { model, provider: null },
          modelRequest(),
          pool,
        );
        expect(sources(planned)).toEqual(["simulator none none"]);
      }
    }
  });

  test("bill the simulator's own model like any other, but in a project that pays nobody", () => {
    expect(sources(plan(caller({ mode: "credits" }), ECHO, modelRequest(), noPool))).toEqual([
      "simulator none credits",
    ]);
    expect(sources(plan(caller({ mode: "hybrid" }), ECHO, modelRequest(), noPool))).toEqual(["simulator none credits"]);
    expect(sources(plan(caller({ mode: "api_keys" }), ECHO, modelRequest(), noPool))).toEqual(["simulator none none"]);
  });

  describe("of a provider without an address of its own", () => {
    const [offer] = MINI.model.offers;
    const at = (provider: ProviderId): FoundModel => ({
      model: { ...MINI.model, offers: offer ? [{ ...offer, provider }] : [] },
      provider: null,
    });
    const credits = caller({ mode: "credits" });
    const keysAndUrl = (settings: ProviderPool) => (): ProviderPool => settings;
    const url = "http://local.test/v1";

    test.each<[ProviderId, ProviderPool, string[]]>([
      ["ollama", { keys: [] }, []],
      ["ollama", { keys: [], baseUrl: url }, [""]],
      ["vllm", { keys: ["one", "two"], baseUrl: url }, ["one", "two"]],
      ["vllm", { keys: ["one"] }, []],
      ["azure", { keys: ["one"] }, []],
      ["azure", { keys: [], baseUrl: url }, []],
      ["azure", { keys: ["one"], baseUrl: url }, ["one"]],
      ["custom", { keys: ["one"], baseUrl: url }, ["one"]],
    ])("%s with %j is tried with %j", (provider, settings, keys) => {
      const pools = keysAndUrl(settings);
      expect(canServe(credits, at(provider), pools)).toBe(keys.length > 0);
      if (keys.length === 0) return;
      expect(plan(credits, at(provider), modelRequest(), pools).attempts).toMatchObject(
        keys.map((key) => ({ provider, credential: { kind: "pool", key }, baseUrl: url, billedTo: "credits" })),
      );
    });

    test("the installation's is never given away to a project that pays nobody", () => {
      expect(canServe(caller({ mode: "api_keys" }), at("ollama"), keysAndUrl({ keys: [], baseUrl: url }))).toBe(false);
    });

    test("say which settings would add it to the pool", () => {
      const refusal = (provider: ProviderId) => () => plan(credits, at(provider), modelRequest(), noPool);
      expect(refusal("azure")).toThrow("AZURE_API_KEY and AZURE_BASE_URL");
      expect(refusal("ollama")).toThrow("can set OLLAMA_BASE_URL.");
      expect(refusal("groq")).toThrow("can set GROQ_API_KEY.");
    });
  });

  test("include providers that speak another dialect than the endpoint, in the model's order; a test key has one", () => {
    const [offer] = MINI.model.offers;
    if (!offer) throw new Error("the model has no offer");
    const both: FoundModel = {
      model: { ...MINI.model, offers: [{ ...offer, provider: "anthropic" }, offer] },
      provider: null,
    };
    const everywhere: Pools = () => ({ keys: ["sk-one"] });
    expect(sources(plan(caller({ mode: "credits" }), both, modelRequest(), everywhere))).toEqual([
      "anthropic pool credits",
      "openai pool credits",
    ]);
    expect(sources(plan(caller({ environment: "test" }), both, modelRequest(), everywhere))).toEqual([
      "simulator none none",
    ]);
  });

  test("carry the address and the key of where they go", () => {
    const [first, second] = plan(caller({ mode: "credits" }), MINI, modelRequest(), pool).attempts;
    expect(first).toMatchObject({
      upstreamModel: "gpt-4o-mini",
      baseUrl: "http://pool.test/v1",
      credential: { kind: "pool", key: "sk-one" },
    });
    expect(second).toMatchObject({ credential: { kind: "pool", key: "sk-two" } });
    const [own] = plan(
      caller({ providerKeys: [ownKey({ baseUrl: "https://own.test/v1" })] }),
      MINI,
      modelRequest(),
      pool,
    ).attempts;
    expect(own).toMatchObject({ baseUrl: "https://own.test/v1", credential: { kind: "own", sealed: "sealed" } });
  });
});

describe("the bound of a request", () => {
  const of = (changes: Partial<ModelRequest>, found = MINI) =>
    plan(caller({ mode: "credits" }), found, modelRequest(changes), pool);

  test("has a token for every byte of the body at least, up to the context window", () => {
    expect(of({ mostPromptTokens: 1_000 }).promptBound).toBeGreaterThanOrEqual(1_000);
    expect(of({ mostPromptTokens: 1_000 }).promptBound).toBeLessThan(1_100);
    expect(of({ mostPromptTokens: 20_000_000 }).promptBound).toBe(128_000);
  });

  test("has the whole window where a part is no text", () => {
    expect(of({ mostPromptTokens: 100, textOnly: false }).promptBound).toBe(128_000);
  });

  test("has what the caller allows for each choice, else what the model can give", () => {
    expect(of({ maxTokens: 10 })).toMatchObject({ completionBound: 10, longestClamp: 0 });
    expect(of({ maxTokens: 10, choices: 3 })).toMatchObject({ completionBound: 30 });
    expect(of({})).toMatchObject({ completionBound: 16_384, longestClamp: 16_384, clampedMaxTokens: null });
    expect(of({ choices: 128 })).toMatchObject({ completionBound: 128 * 16_384 });
    expect(of({ maxTokens: 1e12, choices: 2 })).toMatchObject({ completionBound: 2 * 16_384, longestClamp: 0 });
  });

  test("is the dearest attempt's", () => {
    const planned = of({ maxTokens: 1_000, mostPromptTokens: 984 });
    const [first] = planned.attempts;
    const dear: Plan = {
      ...planned,
      attempts: [first, { ...first, billedTo: "provider_key", price: { input: 10n ** 9n, output: 10n ** 9n } }],
    };
    expect(boundOf(planned)).toBe(1_000n * 150n + 1_000n * 600n);
    expect(boundOf(dear)).toBe(2_000n * 1_000n);
    expect(creditsBoundOf(dear)).toBe(boundOf(planned));
    const [, own] = dear.attempts;
    if (!own) throw new Error("a second attempt");
    expect(creditsBoundOf({ ...dear, attempts: [own] })).toBe(0n);
  });
});

describe("where the attempts have limits of their own", () => {
  /** A nano-dollar for each token. */
  const price = { input: 1_000_000n, output: 1_000_000n };
  const found: FoundModel = {
    model: {
      ...MINI.model,
      contextWindow: 1_000,
      maxOutput: 800,
      offers: [
        { provider: "groq", upstreamModel: "small", price, contextWindow: 300, maxOutput: 100 },
        { provider: "together", upstreamModel: "middle", price, contextWindow: 600, maxOutput: 400 },
        { provider: "openai", upstreamModel: "large", price },
      ],
    },
    provider: null,
  };
  const from =
    (...providers: ProviderId[]): Pools =>
    (provider) => ({ keys: providers.includes(provider) ? ["sk"] : [] });
  const of = (pools: Pools, changes: Partial<ModelRequest> = {}) =>
    plan(caller({ mode: "credits" }), found, modelRequest({ mostPromptTokens: 5_000, ...changes }), pools);

  test("the bound covers the one that allows the most", () => {
    expect(of(from("groq"))).toMatchObject({ promptBound: 300, completionBound: 100 });
    expect(of(from("groq", "together"))).toMatchObject({ promptBound: 600, completionBound: 400 });
    expect(of(from("groq", "together", "openai"))).toMatchObject({ promptBound: 1_000, completionBound: 800 });
    expect(of(from("groq", "together"), { textOnly: false })).toMatchObject({ promptBound: 600 });
    expect(of(from("groq", "together"), { maxTokens: 200, choices: 2 })).toMatchObject({ completionBound: 400 });
  });

  test("a clamp fits the one that allows the least", () => {
    const planned = of(from("groq", "openai"));
    expect(planned.longestClamp).toBe(100);
    const fitting = boundOf({ ...planned, completionBound: 500 });
    expect(clampPlan(planned, fitting)).toMatchObject({ clampedMaxTokens: 100, completionBound: 100 });
    expect(clampPlan(planned, boundOf({ ...planned, completionBound: 50 }))).toMatchObject({ clampedMaxTokens: 50 });
  });

  test("each attempt says what it allows, for whoever serves it", () => {
    expect(of(from("groq", "openai")).attempts).toMatchObject([
      { upstreamModel: "small", contextWindow: 300, maxOutput: 100 },
      { upstreamModel: "large", contextWindow: 1_000, maxOutput: 800 },
    ]);
  });
});

describe("a model of another kind than the endpoint calls", () => {
  const EMBEDDER = findModel("text-embedding-3-small");

  test("is refused, with the endpoint that calls it, whoever asks", () => {
    for (const who of [caller(), caller({ environment: "test" }), caller({ mode: "api_keys" })]) {
      for (const path of ["chat/completions", "completions"] as const)
        expect(() => plan(who, EMBEDDER, modelRequest({ path }), pool)).toThrow(
          expect.objectContaining({
            code: "unsupported_endpoint",
            status: 400,
            message: "Model 'text-embedding-3-small' makes embeddings and no text. POST /api/v1/embeddings calls it.",
          }),
        );
      expect(() => plan(who, MINI, modelRequest({ path: "embeddings" }), pool)).toThrow(
        "Model 'gpt-4o-mini' makes text and no embeddings. POST /api/v1/chat/completions calls it.",
      );
    }
  });

  test("is not one of the same kind", () => {
    const planned = plan(
      caller(),
      EMBEDDER,
      modelRequest({ path: "embeddings", maxTokens: 0, mostPromptTokens: 20 }),
      pool,
    );
    expect(planned).toMatchObject({ completionBound: 0, longestClamp: 0 });
    // 20 tokens and the framing's 16, at 0.02 USD a million.
    expect(boundOf(planned)).toBe(36n * 20n);
    expect(clampPlan(planned, 0n)).toBeNull();
  });
});

describe("a model that nobody has described", () => {
  test("serves whatever its owner's server does: chats, completions and embeddings", () => {
    const who = caller({
      mode: "api_keys",
      providerKeys: [ownKey({ provider: "custom", baseUrl: "http://own.test" })],
    });
    for (const path of ["chat/completions", "completions", "embeddings"] as const)
      expect(plan(who, findModel("custom/anything"), modelRequest({ path }), noPool).attempts).toHaveLength(1);
  });
});

describe("the routing fee of requests with a key of the customer's own", () => {
  afterEach(() => setEnvironment({ BYOK_FEE_BPS: undefined }));

  const own = () => caller({ mode: "api_keys", providerKeys: [ownKey()] });
  const asked = (who: Caller, found: FoundModel = MINI) =>
    plan(who, found, modelRequest({ mostPromptTokens: 984, maxTokens: 1_000 }), pool);
  const LIST = 1_000n * 150n + 1_000n * 600n;

  test("is none unless the operator asks for it", () => {
    expect(asked(own()).attempts[0].feeBps).toBe(0);
    expect(creditsBoundOf(asked(own()))).toBe(0n);
  });

  test("is a share of the list price, rounded up, held beside the whole price on spend limits", () => {
    setEnvironment({ BYOK_FEE_BPS: "55" });
    const planned = asked(own());
    expect(boundOf(planned)).toBe(LIST);
    expect(creditsBoundOf(planned)).toBe((LIST * 55n + 9_999n) / 10_000n);
    expect(creditsShare(usd(1n), planned.attempts[0])).toBe(1n);
    expect(creditsShare(usd(0n), planned.attempts[0])).toBe(0n);
  });

  test("is never taken for a test key, the pool's keys, what needs no key, and models without a price", () => {
    setEnvironment({ BYOK_FEE_BPS: "10000" });
    const custom = ownKey({ provider: "custom", baseUrl: "http://own.test" });
    for (const planned of [
      asked(caller({ environment: "test", mode: "api_keys", providerKeys: [ownKey()] })),
      asked(caller({ mode: "credits", providerKeys: [ownKey()] })),
      asked(caller({ mode: "api_keys" }), ECHO),
      asked(caller({ mode: "api_keys", providerKeys: [custom] }), findModel("custom/anything")),
    ])
      expect(planned.attempts.map(({ feeBps }) => feeBps).every((fee) => fee === 0)).toBe(true);
  });

  test("of a whole answer is affordable exactly where the clamp says so", () => {
    setEnvironment({ BYOK_FEE_BPS: "333" });
    const planned = plan(own(), MINI, modelRequest({ mostPromptTokens: 984 }), pool);
    for (const budget of [10_000n, 123_457n, 200_001n]) {
      const clamped = clampPlan(planned, budget, true);
      if (!clamped) throw new Error("it is affordable");
      expect(creditsBoundOf(clamped) <= budget).toBe(true);
      const more = { ...clamped, completionBound: clamped.completionBound + 1 };
      expect(creditsBoundOf(more) > budget).toBe(true);
    }
    expect(clampPlan(planned, 0n, true)).toBeNull();
  });
});

describe("a cache of an hour", () => {
  const SONNET = findModel("claude-sonnet-4-6");
  const anthropic: Pools = (provider) => ({ keys: provider === "anthropic" ? ["sk"] : [] });
  const of = (body: unknown) =>
    boundOf(
      plan(
        caller({ mode: "credits" }),
        SONNET,
        modelRequest({ text: JSON.stringify(body), body, mostPromptTokens: 984, maxTokens: 0 }),
        anthropic,
      ),
    );

  test("is held where the request marks it, and five minutes where it does not", () => {
    const marked = (ttl: string) => ({ system: [{ type: "text", cache_control: { type: "ephemeral", ttl } }] });
    expect(of(marked("1h"))).toBe(1_000n * 6_000n);
    expect(of(marked("5m"))).toBe(1_000n * 3_750n);
    expect(of({})).toBe(1_000n * 3_750n);
  });
});

describe("a price of the operator's own", () => {
  afterEach(() => applyPriceOverrides(new Map()));

  test("is what the next request of a known caller is planned with, and not one that is planned already", () => {
    const who = caller({ mode: "credits" });
    const before = plan(who, MINI, modelRequest(), pool);
    applyPriceOverrides(new Map([["openai:gpt-4o-mini", { input: 5n, output: 6n }]]));
    expect(plan(who, MINI, modelRequest(), pool).attempts[0].price).toEqual({ input: 5n, output: 6n });
    expect(before.attempts[0].price).toEqual(MINI.model.offers[0]?.price);
  });

  test("lets credits pay for a model that had none, where the installation can call it", () => {
    const who = caller({ mode: "credits" });
    const found = findModel("custom/priced");
    const custom: Pools = () => ({ keys: [], baseUrl: "http://own.test" });
    expect(() => plan(who, found, modelRequest(), custom)).toThrow(expect.objectContaining({ code: "model_unpriced" }));
    applyPriceOverrides(new Map([["custom:priced", { input: 5n, output: 6n }]]));
    expect(plan(who, found, modelRequest(), custom).attempts).toMatchObject([{ billedTo: "credits", isPriced: true }]);
  });
});

describe("a request of several prompts", () => {
  const of = (changes: Partial<ModelRequest>) =>
    plan(caller({ mode: "credits" }), MINI, modelRequest({ path: "completions", ...changes }), pool);

  test("has the window for each of them, and never more tokens than it has bytes", () => {
    expect(of({ prompts: 3, mostPromptTokens: 10_000_000 }).promptBound).toBe(3 * 128_000);
    expect(of({ prompts: 3, mostPromptTokens: 200_000 }).promptBound).toBeLessThan(200_100);
  });

  test("is never clamped to more than providers give where nobody says how much", () => {
    const planned = of({ usualMaxTokens: 16, choices: 4 });
    expect(planned.completionBound).toBe(4 * 16_384);
    expect(clampPlan(planned, boundOf(planned) - 1n)).toMatchObject({ clampedMaxTokens: 16, completionBound: 64 });
    expect(clampPlan(planned, boundOf({ ...planned, completionBound: 63 }))).toBeNull();
  });
});

test("a snapshot is asked for where it was asked for, and only there, in whatever order they come", () => {
  const who = caller({ mode: "credits" });
  const snapshot = findModel("gpt-4o-mini-2024-07-18");
  const asked = (found: FoundModel) => plan(who, found, modelRequest(), pool).attempts.map((one) => one.upstreamModel);
  for (const _ of [1, 2]) {
    expect(asked(snapshot)).toEqual(["gpt-4o-mini-2024-07-18", "gpt-4o-mini-2024-07-18"]);
    expect(asked(MINI)).toEqual(["gpt-4o-mini", "gpt-4o-mini"]);
  }
});

describe("clamping", () => {
  const request = fc.record({
    mostPromptTokens: fc.nat(200_000),
    choices: fc.integer({ min: 1, max: 128 }),
    maxTokens: fc.option(fc.integer({ min: 1, max: 200_000 })),
  });

  test("keeps within the budget, and gives as much as it pays for", () => {
    fc.assert(
      fc.property(
        request,
        fc.bigInt({ min: -1n, max: 2_000_000_000n }),
        fc.constantFrom(...CHAT_MODELS),
        (changes, budget, model) => {
          const planned = plan(
            caller({ environment: "test" }),
            { model, provider: null },
            modelRequest(changes),
            noPool,
          );
          const clamped = clampPlan(planned, budget);
          if (clamped === null) {
            const fits = boundOf(planned) <= budget;
            const least = boundOf({ ...planned, completionBound: SMALLEST_CLAMP * planned.choices }) <= budget;
            expect(fits || planned.longestClamp === 0 || !least).toBe(true);
            return;
          }
          expect(changes.maxTokens).toBeNull();
          expect(boundOf(planned) > budget).toBe(true);
          expect(boundOf(clamped) <= budget).toBe(true);
          const perChoice = clamped.clampedMaxTokens ?? 0;
          expect(perChoice).toBeGreaterThanOrEqual(SMALLEST_CLAMP);
          expect(clamped.completionBound).toBe(perChoice * planned.choices);
          expect(boundOf({ ...planned, completionBound: (perChoice + 1) * planned.choices }) > budget).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("never shortens what the caller asked for, and nothing below sixteen tokens", () => {
    const asked = plan(caller({ mode: "credits" }), MINI, modelRequest({ maxTokens: 1_000 }), pool);
    expect(clampPlan(asked, boundOf(asked) - 1n)).toBeNull();
    const free = plan(caller({ mode: "credits" }), MINI, modelRequest(), pool);
    const sixteen = boundOf({ ...free, completionBound: 16 });
    expect(clampPlan(free, sixteen)?.clampedMaxTokens).toBe(16);
    expect(clampPlan(free, sixteen - 1n)).toBeNull();
  });
});

test("meters refuse in the contract's order: rates, key, project, member, end user, organisation, credits", () => {
  const meter = (subject: CallerMeter["subject"], kind: CallerMeter["kind"]): CallerMeter => ({
    id: 1n,
    subject,
    kind,
    unit: "usd",
    period: "none",
    perMinute: null,
  });
  const ordered = [
    meter("api_key", "rate"),
    meter("api_key", "spend"),
    meter("project", "spend"),
    meter("member", "spend"),
    meter("end_user", "spend"),
    meter("organization", "spend"),
    meter("organization", "credits"),
  ];
  expect([...ordered].reverse().sort((a, b) => refusalOrder(a) - refusalOrder(b))).toEqual(ordered);
});

describe("what only a project's own key may be asked for", () => {
  const asked = modelRequest({ ownKeyOnly: [neverPaid("tools[0]", "work")] });

  test("is refused from credits, by the field's name and with its reason", () => {
    const planned = plan(caller({ mode: "credits" }), MINI, asked, pool);
    const refused = () => withOwnKey(asked, planned);
    expect(refused).toThrow(GatewayError);
    expect(refused).toThrow(/'tools\[0\]': it is not served from credits, since its provider may run/);
  });

  test("is passed on with it, and the plan of every other request is left as it is", () => {
    const own = plan(caller({ mode: "api_keys", providerKeys: [ownKey()] }), MINI, asked, pool);
    expect(sources(withOwnKey(asked, own))).toEqual(["openai own provider_key"]);
    const plain = plan(caller({ mode: "credits" }), MINI, modelRequest(), pool);
    expect(withOwnKey(modelRequest(), plain)).toBe(plain);
  });

  test("leaves the pool's key that stands in for an own one out", () => {
    const mixed = plan(caller({ mode: "hybrid", providerKeys: [ownKey()] }), MINI, asked, pool);
    expect(new Set(sources(mixed))).toEqual(new Set(["openai own provider_key", "openai pool credits"]));
    expect(sources(withOwnKey(asked, mixed))).toEqual(["openai own provider_key"]);
  });
});
