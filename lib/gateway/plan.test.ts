import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FoundModel, findModel } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { GatewayError } from "@/lib/core/errors";
import type { ChatRequest } from "@/lib/gateway/parse";
import {
  boundOf,
  canServe,
  clampPlan,
  type Plan,
  type Pools,
  plan,
  refusalOrder,
  SMALLEST_CLAMP,
} from "@/lib/gateway/plan";
import type { ProviderPool } from "@/lib/infra/config";
import type { Caller, CallerMeter, CallerProviderKey } from "@/lib/keys/caller";
import type { ProviderId } from "@/lib/providers/provider";

const MINI = findModel("gpt-4o-mini");
const ECHO = findModel("simulator/echo");

function caller(changes: Partial<Caller> = {}): Caller {
  return {
    keyId: "key_1",
    keyName: "CI",
    version: 1n,
    status: "active",
    environment: "live",
    scopes: ["completions:write"],
    organizationId: "org_1",
    projectId: "prj_1",
    mode: "hybrid",
    endUserId: null,
    validUntil: null,
    meters: [],
    providerKeys: [],
    ...changes,
  };
}

function ownKey(changes: Partial<CallerProviderKey> = {}): CallerProviderKey {
  return { id: "pvk_1", provider: "openai", sealed: "sealed", baseUrl: null, models: [], priority: 100, ...changes };
}

function chat(changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    text: "{}",
    bytes: 100,
    model: "gpt-4o-mini",
    streamed: false,
    wantsUsage: false,
    maxTokens: null,
    choices: 1,
    textOnly: true,
    promptText: () => "",
    ...changes,
  };
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
    ["hybrid", "own", pool, OWN],
    ["hybrid", "none", pool, POOL],
    ["hybrid", "none", noPool, "refused"],
  ])("%s with %s own key", (mode, keys, pools, expected) => {
    const who = caller({ mode, providerKeys: keys === "own" ? [ownKey()] : [] });
    expect(canServe(who, MINI, pools)).toBe(expected !== "refused");
    if (expected === "refused") expect(() => plan(who, MINI, chat(), pools)).toThrow(GatewayError);
    else expect(sources(plan(who, MINI, chat(), pools))).toEqual(expected);
  });

  test("name the missing key in the contract's words", () => {
    expect(() => plan(caller({ mode: "api_keys" }), MINI, chat(), pool)).toThrow(
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
    const planned = plan(caller({ mode: "api_keys", providerKeys: keys }), MINI, chat(), pool);
    expect(
      planned.attempts.map(({ credential }) =>
        credential.kind === "own" ? credential.providerKeyId : credential.kind,
      ),
    ).toEqual(["mini", "all"]);
  });

  test("never send a test key's request to a real provider, and never bill it", () => {
    for (const mode of ["api_keys", "credits", "hybrid"] as const) {
      for (const model of MODELS) {
        const planned = plan(
          caller({ mode, environment: "test", providerKeys: [ownKey()] }),
          { model, provider: null },
          chat(),
          pool,
        );
        expect(sources(planned)).toEqual(["simulator none none"]);
      }
    }
  });

  test("bill the simulator's own model like any other, but in a project that pays nobody", () => {
    expect(sources(plan(caller({ mode: "credits" }), ECHO, chat(), noPool))).toEqual(["simulator none credits"]);
    expect(sources(plan(caller({ mode: "hybrid" }), ECHO, chat(), noPool))).toEqual(["simulator none credits"]);
    expect(sources(plan(caller({ mode: "api_keys" }), ECHO, chat(), noPool))).toEqual(["simulator none none"]);
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
      expect(plan(credits, at(provider), chat(), pools).attempts).toMatchObject(
        keys.map((key) => ({ provider, credential: { kind: "pool", key }, baseUrl: url, billedTo: "credits" })),
      );
    });

    test("the installation's is never given away to a project that pays nobody", () => {
      expect(canServe(caller({ mode: "api_keys" }), at("ollama"), keysAndUrl({ keys: [], baseUrl: url }))).toBe(false);
    });

    test("say which settings would add it to the pool", () => {
      const refusal = (provider: ProviderId) => () => plan(credits, at(provider), chat(), noPool);
      expect(refusal("azure")).toThrow("AZURE_API_KEY and AZURE_BASE_URL");
      expect(refusal("ollama")).toThrow("can set OLLAMA_BASE_URL.");
      expect(refusal("groq")).toThrow("can set GROQ_API_KEY.");
    });
  });

  test("leave out a provider that speaks another dialect than the endpoint, but for test keys", () => {
    const [offer] = MINI.model.offers;
    if (!offer) throw new Error("the model has no offer");
    const both: FoundModel = {
      model: { ...MINI.model, offers: [{ ...offer, provider: "anthropic" }, offer] },
      provider: null,
    };
    const everywhere: Pools = () => ({ keys: ["sk-one"] });
    const keys = [ownKey({ provider: "anthropic" })];
    expect(sources(plan(caller({ mode: "credits" }), both, chat(), everywhere))).toEqual(["openai pool credits"]);
    expect(canServe(caller({ mode: "api_keys", providerKeys: keys }), both, everywhere)).toBe(false);
    expect(sources(plan(caller({ environment: "test" }), both, chat(), everywhere))).toEqual(["simulator none none"]);
  });

  test("carry the address and the key of where they go", () => {
    const [first, second] = plan(caller({ mode: "credits" }), MINI, chat(), pool).attempts;
    expect(first).toMatchObject({
      upstreamModel: "gpt-4o-mini",
      baseUrl: "http://pool.test/v1",
      credential: { kind: "pool", key: "sk-one" },
    });
    expect(second).toMatchObject({ credential: { kind: "pool", key: "sk-two" } });
    const [own] = plan(
      caller({ providerKeys: [ownKey({ baseUrl: "https://own.test/v1" })] }),
      MINI,
      chat(),
      pool,
    ).attempts;
    expect(own).toMatchObject({ baseUrl: "https://own.test/v1", credential: { kind: "own", sealed: "sealed" } });
  });
});

describe("the bound of a request", () => {
  const of = (changes: Partial<ChatRequest>, found = MINI) =>
    plan(caller({ mode: "credits" }), found, chat(changes), pool);

  test("has a token for every byte of the body at least, up to the context window", () => {
    expect(of({ bytes: 1_000 }).promptBound).toBeGreaterThanOrEqual(1_000);
    expect(of({ bytes: 1_000 }).promptBound).toBeLessThan(1_100);
    expect(of({ bytes: 20_000_000 }).promptBound).toBe(128_000);
  });

  test("has the whole window where a part is no text", () => {
    expect(of({ bytes: 100, textOnly: false }).promptBound).toBe(128_000);
  });

  test("has what the caller allows for each choice, else what the model can give", () => {
    expect(of({ maxTokens: 10 })).toMatchObject({ completionBound: 10, clampable: false });
    expect(of({ maxTokens: 10, choices: 3 })).toMatchObject({ completionBound: 30 });
    expect(of({})).toMatchObject({ completionBound: 16_384, clampable: true, clampedMaxTokens: null });
    expect(of({ choices: 128 })).toMatchObject({ completionBound: 128 * 16_384 });
    expect(of({ maxTokens: 1e12, choices: 2 })).toMatchObject({ completionBound: 2 * 16_384, clampable: false });
  });

  test("is the dearest attempt's", () => {
    const planned = of({ maxTokens: 1_000, bytes: 984 });
    const [first] = planned.attempts;
    const dear: Plan = {
      ...planned,
      attempts: [first, { ...first, billedTo: "provider_key", price: { input: 10n ** 9n, output: 10n ** 9n } }],
    };
    expect(boundOf(planned)).toBe(1_000n * 150n + 1_000n * 600n);
    expect(boundOf(dear)).toBe(2_000n * 1_000n);
    expect(boundOf(dear, ({ billedTo }) => billedTo === "credits")).toBe(boundOf(planned));
    expect(boundOf(dear, () => false)).toBe(0n);
  });
});

describe("clamping", () => {
  const request = fc.record({
    bytes: fc.nat(200_000),
    choices: fc.integer({ min: 1, max: 128 }),
    maxTokens: fc.option(fc.integer({ min: 1, max: 200_000 })),
  });

  test("keeps within the budget, and gives as much as it pays for", () => {
    fc.assert(
      fc.property(
        request,
        fc.bigInt({ min: -1n, max: 2_000_000_000n }),
        fc.constantFrom(...MODELS),
        (changes, budget, model) => {
          const planned = plan(caller({ environment: "test" }), { model, provider: null }, chat(changes), noPool);
          const clamped = clampPlan(planned, budget);
          if (clamped === null) {
            const fits = boundOf(planned) <= budget;
            const least = boundOf({ ...planned, completionBound: SMALLEST_CLAMP * planned.choices }) <= budget;
            expect(fits || !planned.clampable || !least).toBe(true);
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
    const asked = plan(caller({ mode: "credits" }), MINI, chat({ maxTokens: 1_000 }), pool);
    expect(clampPlan(asked, boundOf(asked) - 1n)).toBeNull();
    const free = plan(caller({ mode: "credits" }), MINI, chat(), pool);
    const sixteen = boundOf({ ...free, completionBound: 16 });
    expect(clampPlan(free, sixteen)?.clampedMaxTokens).toBe(16);
    expect(clampPlan(free, sixteen - 1n)).toBeNull();
  });
});

test("meters refuse in the contract's order: rates, key, project, member, end user, credits", () => {
  const meter = (subject: CallerMeter["subject"], kind: CallerMeter["kind"]): CallerMeter => ({
    id: 1n,
    subject,
    kind,
    unit: "usd",
    perMinute: null,
  });
  const ordered = [
    meter("api_key", "rate"),
    meter("api_key", "spend"),
    meter("project", "spend"),
    meter("member", "spend"),
    meter("end_user", "spend"),
    meter("organization", "credits"),
  ];
  expect([...ordered].reverse().sort((a, b) => refusalOrder(a) - refusalOrder(b))).toEqual(ordered);
});
