import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findModel, qualifiedName } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { costOf, upperBound } from "@/lib/catalog/price";
import { GatewayError } from "@/lib/core/errors";
import type { Incoming } from "@/lib/gateway/incoming";
import { createPace, type Pace } from "@/lib/gateway/pace";
import { answeredModel, type ModelRequest, parseChat, parseEmbeddings, parseMessages } from "@/lib/gateway/parse";
import { boundOf, canServe, type Plan, type Pools, plan } from "@/lib/gateway/plan";
import { route } from "@/lib/gateway/route";
import type { ProviderId } from "@/lib/providers/provider";
import { plainCaller } from "@/lib/testing/caller";

const MESSAGES = [{ role: "user", content: "Hi" }];
const CHAT_MODELS = MODELS.filter(({ kind }) => kind === "chat");

const everyone: Pools = () => ({ keys: ["sk"], baseUrl: "http://pool.test/v1" });
const noPool: Pools = () => ({ keys: [] });
const only =
  (...providers: ProviderId[]): Pools =>
  (provider) => ({ keys: providers.includes(provider) ? ["sk"] : [] });

function post(body: unknown): Incoming {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return {
    method: "POST",
    url: "/v1/chat/completions",
    header: (name) => (name === "content-type" ? "application/json" : null),
    readBody: async () => Buffer.from(text),
    remoteAddress: "",
    isGone: () => false,
    onGone: () => undefined,
  };
}

const chat = (fields: Record<string, unknown>) => parseChat(post({ messages: MESSAGES, ...fields }), 1e6);

async function refusalOf(work: () => unknown): Promise<GatewayError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

const tried = (planned: Plan) => planned.attempts.map(({ provider, model }) => `${provider} ${model.name}`);
const providers = (planned: Plan) => planned.attempts.map(({ provider }) => provider);

describe("a request that says how it is to be routed", () => {
  test("sends none of these members on, and leaves the rest byte for byte", async () => {
    const text =
      '{ "models": ["gpt-4o","gpt-4o-mini"],"seed":12345678901234567890, "messages":[{"role":"user","content":"models \\u0022provider\\u0022"}] ,"provider":{"order":["azure"]},"x":1.10}';
    const request = await parseChat(post(text), 1e6);
    expect(request.text).toBe(
      '{"seed":12345678901234567890,"messages":[{"role":"user","content":"models \\u0022provider\\u0022"}],"x":1.10}',
    );
    expect(request.body).not.toHaveProperty("models");
    expect(request.body).not.toHaveProperty("provider");
    expect(request.model).toBe("gpt-4o");
  });

  test("names its model first, then its list, each once", async () => {
    const request = await chat({ model: "gpt-4o", models: ["gpt-4o-mini", "gpt-4o", "auto"] });
    expect(request.routing?.models).toEqual(["gpt-4o", "gpt-4o-mini", "auto"]);
  });

  test("that says nothing is the plain case, text and all", async () => {
    const text = '{"model":"gpt-4o-mini", "messages":[{"role":"user","content":"models"}]}';
    const request = await parseChat(post(text), 1e6);
    expect(request).toMatchObject({ text, routing: null });
    expect(tried(route(plainCaller(), request, everyone))).toEqual(
      tried(plan(plainCaller(), findModel("gpt-4o-mini"), request, everyone)),
    );
  });

  test("may leave out the model for a list, but not both", async () => {
    expect(await chat({ models: ["gpt-4o"] })).toMatchObject({ model: "gpt-4o" });
    expect(await refusalOf(() => chat({}))).toMatchObject({ code: "invalid_body", options: { param: "model" } });
    expect(await refusalOf(() => chat({ provider: {} }))).toMatchObject({ options: { param: "model" } });
  });

  test.each<[string, Record<string, unknown>]>([
    ["models", { models: [] }],
    ["models", { models: Array.from({ length: 11 }, () => "gpt-4o") }],
    ["models", { models: "gpt-4o" }],
    ["models[1]", { models: ["gpt-4o", 7] }],
    ["provider", { provider: "openai" }],
    ["provider", { provider: { quantizations: ["fp8"] } }],
    ["provider.data_collection", { provider: { data_collection: "deny" } }],
    ["provider.zdr", { provider: { zdr: true } }],
    ["provider.sort", { provider: { sort: "beauty" } }],
    ["provider.only", { provider: { only: "openai" } }],
    ["provider.max_price.prompt", { provider: { max_price: { prompt: -1 } } }],
    ["provider.max_price.prompt", { provider: { max_price: { prompt: "1e3" } } }],
  ])("is refused by the name of %s where it cannot be met: %j", async (param, fields) => {
    expect(await refusalOf(() => chat({ model: "gpt-4o-mini", ...fields }))).toMatchObject({
      code: "invalid_body",
      options: { param },
    });
  });

  test("gets the served model's name where it left open which, and else its own", async () => {
    const { model } = findModel("gpt-4o");
    const name = async (fields: Record<string, unknown>) => answeredModel(await chat(fields), model);
    expect(await name({ model: "auto" })).toBe("openai/gpt-4o");
    expect(await name({ models: ["gpt-4o-mini", "gpt-4o"] })).toBe("openai/gpt-4o");
    expect(await name({ model: "openai:gpt-4o" })).toBe("openai:gpt-4o");
    expect(await name({ model: "gpt-4o", provider: { only: ["azure"] } })).toBe("gpt-4o");
  });
});

describe("a list of models", () => {
  test("is tried in its order, each with all its ways", async () => {
    const planned = route(
      plainCaller(),
      await chat({ models: ["gpt-4o", "claude-haiku-4-5"] }),
      only("openai", "openrouter", "anthropic"),
    );
    expect(tried(planned)).toEqual([
      "openai gpt-4o",
      "openrouter gpt-4o",
      "anthropic claude-haiku-4-5",
      "openrouter claude-haiku-4-5",
    ]);
    expect(planned.model).toBe("gpt-4o");
  });

  test("goes past a model that nothing here can serve, and says what is missing where that is all of them", async () => {
    const request = await chat({ models: ["claude-haiku-4-5", "gpt-4o"] });
    expect(tried(route(plainCaller(), request, only("openai")))).toEqual(["openai gpt-4o"]);
    expect(await refusalOf(() => route(plainCaller(), request, noPool))).toMatchObject({
      code: "provider_key_missing",
    });
  });

  test("is refused for a name that nobody knows, and for a model that makes no text", async () => {
    const unknown = await chat({ models: ["gpt-4o", "gpt-4o-minni"] });
    expect(await refusalOf(() => route(plainCaller(), unknown, everyone))).toMatchObject({ code: "model_not_found" });
    const embedder = await chat({ models: ["gpt-4o", "text-embedding-3-small"] });
    expect(await refusalOf(() => route(plainCaller(), embedder, everyone))).toMatchObject({
      code: "unsupported_endpoint",
    });
  });

  test("holds at least what any of its attempts can cost, and clamps to what each allows", async () => {
    const base = await chat({ models: ["gpt-4o"] });
    const names = CHAT_MODELS.map(qualifiedName);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 5 }),
        fc.record({
          mostPromptTokens: fc.nat(2_000_000),
          choices: fc.integer({ min: 1, max: 8 }),
          maxTokens: fc.option(fc.integer({ min: 1, max: 300_000 })),
          textOnly: fc.boolean(),
        }),
        fc.constantFrom("price" as const, "latency" as const, null),
        ([first = "", ...rest], changes, sort) => {
          const preferences = {
            order: null,
            only: null,
            ignore: [],
            allowFallbacks: true,
            sort,
            maxPrice: { prompt: null, completion: null, request: null },
          };
          const request: ModelRequest = {
            ...base,
            ...changes,
            routing: { models: [first, ...rest], namesServed: true, preferences, sent: "" },
          };
          const planned = route(plainCaller(), request, everyone);
          const hold = boundOf(planned);
          for (const { price, contextWindow, maxOutput } of planned.attempts) {
            const promptTokens = changes.textOnly ? Math.min(changes.mostPromptTokens, contextWindow) : contextWindow;
            const completionTokens = Math.min(changes.maxTokens ?? maxOutput, maxOutput) * changes.choices;
            const usage = {
              promptTokens,
              completionTokens,
              cachedTokens: 0,
              cacheWriteTokens: promptTokens,
              reasoningTokens: 0,
              estimated: false,
            };
            expect(costOf(usage, price) <= hold).toBe(true);
            expect(planned.longestClamp).toBeLessThanOrEqual(maxOutput);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("preferences among providers", () => {
  const MODEL = "gpt-oss-120b";
  const ALL = findModel(MODEL).model.offers.map(({ provider }) => provider);
  const of = async (provider: Record<string, unknown>, times: Pace = createPace(), who = plainCaller()) =>
    route(who, await chat({ model: MODEL, max_tokens: 100, provider }), everyone, times);

  test("order comes first, and the others stay behind it in theirs", async () => {
    expect(providers(await of({ order: ["Together", "nobody", "cerebras"] }))).toEqual([
      "together",
      "cerebras",
      ...ALL.filter((provider) => provider !== "together" && provider !== "cerebras"),
    ]);
  });

  test("only and ignore leave out, whatever order says", async () => {
    expect(providers(await of({ only: ["together", "cerebras"] }))).toEqual(["cerebras", "together"]);
    expect(providers(await of({ ignore: ["groq", "openrouter"] }))).toEqual(
      ALL.filter((provider) => provider !== "groq" && provider !== "openrouter"),
    );
    expect(providers(await of({ only: ["groq"], order: ["together"] }))).toEqual(["groq"]);
    expect(providers(await of({ only: [], order: [] }))).toEqual(ALL);
  });

  test("without fallbacks the first alone is tried, or those that order names", async () => {
    expect(providers(await of({ allow_fallbacks: false }))).toEqual(ALL.slice(0, 1));
    expect(providers(await of({ allow_fallbacks: false, order: ["together", "groq"] }))).toEqual(["together", "groq"]);
  });

  test("the pool stands in for own keys unless there are to be no fallbacks, and within what is left", async () => {
    const keys = (["together", "groq"] as const).map((provider) => ({
      id: provider,
      provider,
      sealed: "sealed",
      baseUrl: null,
      models: [],
      priority: 100,
    }));
    const who = plainCaller({ mode: "hybrid", providerKeys: keys });
    const ways = async (provider: Record<string, unknown>) =>
      route(who, await chat({ model: MODEL, provider }), everyone).attempts.map(
        ({ provider: at, credential }) => `${at} ${credential.kind}`,
      );
    const order = ["together", "groq"];
    expect(await ways({ order })).toEqual(["together own", "groq own", "together pool", "groq pool"]);
    expect(await ways({ order, allow_fallbacks: true, ignore: ["groq"] })).toEqual(["together own", "together pool"]);
    expect(await ways({ order, allow_fallbacks: false })).toEqual(["together own", "groq own"]);
    expect(await ways({ only: ["groq"], allow_fallbacks: false })).toEqual(["groq own"]);
    expect(await ways({ order: ["openrouter"], allow_fallbacks: false })).toEqual(["openrouter pool"]);
  });

  test("sorting by price tries the cheapest for this request first", async () => {
    const { attempts } = await of({ sort: "price" });
    const prices = attempts.map(({ price }) => upperBound(100, 100, price));
    expect(prices).toEqual([...prices].sort((a, b) => Number(a - b)));
    expect(providers(await of({ sort: "price" }))).not.toEqual(ALL);
    expect(providers(await of({ sort: "price", order: ["groq"] }))[0]).toBe("groq");
  });

  test("sorting by what was measured puts the best first, and what was never measured keeps its order behind", async () => {
    const times = createPace(() => 0);
    const upstreamModel = (provider: ProviderId) =>
      findModel(MODEL).model.offers.find((offer) => offer.provider === provider)?.upstreamModel ?? "";
    expect(providers(await of({ sort: "latency" }, times))).toEqual(ALL);
    for (const [provider, ms] of [
      ["together", 300],
      ["openrouter", 200],
    ] as const) {
      times.noteFirstEvent({ provider, upstreamModel: upstreamModel(provider) }, ms);
      times.noteWhole({ provider, upstreamModel: upstreamModel(provider) }, ms, 1);
    }
    const rest = ALL.filter((provider) => provider !== "together" && provider !== "openrouter");
    expect(providers(await of({ sort: "latency" }, times))).toEqual(["openrouter", "together", ...rest]);
    expect(providers(await of({ sort: "throughput" }, times))).toEqual(["together", "openrouter", ...rest]);
  });

  test("a price limit leaves out who asks for more, exactly", async () => {
    const { model } = findModel("gpt-4o-mini");
    const request = (max: Record<string, unknown>) => chat({ model: model.name, provider: { max_price: max } });
    const planned = route(plainCaller(), await request({ prompt: 0.15, completion: "0.6" }), everyone);
    expect(providers(planned)).toEqual(model.offers.map(({ provider }) => provider));
    const refusal = await refusalOf(async () => route(plainCaller(), await request({ prompt: 0.149999999 }), everyone));
    expect(refusal).toMatchObject({ code: "invalid_body", options: { param: "provider" } });
    expect(refusal.message).toBe(
      "No provider of model 'gpt-4o-mini' is left: it is served by openai, azure, openrouter, and provider.max_price leaves none of them.",
    );
  });

  test("a price limit is about the tier that a long prompt may reach", async () => {
    const model = "gemini-2.5-pro";
    const [offer] = findModel(model).model.offers;
    expect(offer?.price.tiers?.[0]).toMatchObject({ above: 200_000, input: 2_500_000_000n });
    const of = async (content: string) =>
      chat({ model, messages: [{ role: "user", content }], provider: { only: ["google"], max_price: { prompt: 2 } } });
    const short = await of("a");
    expect(providers(route(plainCaller(), short, everyone))).toEqual(["google"]);
    const long = await of("a".repeat(200_000));
    expect(await refusalOf(() => route(plainCaller(), long, everyone))).toMatchObject({ code: "invalid_body" });
  });

  test("a price limit leaves out what nobody has told the price of", async () => {
    const own = plainCaller({
      mode: "api_keys",
      providerKeys: [
        {
          id: "pvk_1",
          provider: "custom",
          sealed: "sealed",
          baseUrl: "https://own.test/v1",
          models: [],
          priority: 100,
        },
      ],
    });
    const ask = (provider: object) => chat({ model: "custom/mine", provider });
    expect(providers(route(own, await ask({ sort: "price" }), noPool))).toEqual(["custom"]);
    const limited = await ask({ max_price: { completion: 100 } });
    expect(await refusalOf(() => route(own, limited, noPool))).toMatchObject({ code: "invalid_body" });
  });

  test("hold for a test key as well, though the simulator serves it", async () => {
    const test = plainCaller({ environment: "test" });
    expect(providers(await of({ only: ["together"] }, createPace(), test))).toEqual(["simulator"]);
    expect(await refusalOf(() => of({ only: ["nobody"] }, createPace(), test))).toMatchObject({
      code: "invalid_body",
    });
  });

  test("never use a provider that they leave out, in any combination", async () => {
    const base = await chat({ model: MODEL, provider: {} });
    const names = fc.uniqueArray(fc.constantFrom<string>(...ALL, "nobody"), { maxLength: 4 });
    fc.assert(
      fc.property(names, names, names, fc.boolean(), (order, onlyThese, ignore, allowFallbacks) => {
        const preferences = {
          order: order.length > 0 ? order : null,
          only: onlyThese.length > 0 ? onlyThese : null,
          ignore,
          allowFallbacks,
          sort: null,
          maxPrice: { prompt: null, completion: null, request: null },
        };
        const request = { ...base, routing: { models: [MODEL] as const, namesServed: false, preferences, sent: "" } };
        const allowed = ALL.filter(
          (provider) =>
            !ignore.includes(provider) &&
            (onlyThese.length === 0 || onlyThese.includes(provider)) &&
            (allowFallbacks || order.length === 0 || order.includes(provider)),
        );
        if (allowed.length === 0) {
          expect(() => route(plainCaller(), request, everyone)).toThrow(GatewayError);
          return;
        }
        const used = providers(route(plainCaller(), request, everyone));
        const expected = allowFallbacks || order.length > 0 ? allowed.length : 1;
        expect(used).toHaveLength(expected);
        expect(used.every((provider) => allowed.includes(provider))).toBe(true);
      }),
    );
  });
});

describe("auto", () => {
  const choose = async (fields: Record<string, unknown>, pools: Pools = everyone, who = plainCaller()) =>
    route(who, await chat({ model: "auto", max_tokens: 100, ...fields }), pools);
  const image = { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }] };

  test("is the cheapest model that this caller may be served", async () => {
    const planned = await choose({});
    const [first] = planned.attempts;
    const price = upperBound(planned.promptBound, 100, first.price);
    for (const model of CHAT_MODELS) {
      if (model.vendor === "simulator" || !canServe(plainCaller(), { model, provider: null }, everyone)) continue;
      for (const offer of model.offers) expect(upperBound(planned.promptBound, 100, offer.price) >= price).toBe(true);
    }
    expect(planned.attempts.every(({ model }) => model.name === first.model.name)).toBe(true);
    expect(tried(await choose({}, only("openai")))).toEqual(["openai gpt-5-nano"]);
    expect(tried(await choose({}, only("openai")))).toEqual(tried(await choose({}, only("openai"))));
  });

  test.each<[string, Record<string, unknown>]>([
    ["tools", { tools: [{ type: "function", function: { name: "f", parameters: {} } }] }],
    ["vision", { messages: [image] }],
    ["json_schema", { response_format: { type: "json_schema", json_schema: { name: "a", schema: {} } } }],
  ])("can do %s where that is needed", async (capability, fields) => {
    const { attempts } = await choose(fields);
    expect(attempts[0].model.capabilities).toContain(capability);
    const [plain] = (await choose({})).attempts;
    expect(plain.model.capabilities).not.toContain(capability);
  });

  test("finds images in Anthropic's words too, within a tool's result", async () => {
    const content = [
      {
        type: "tool_result",
        tool_use_id: "t",
        content: [{ type: "image", source: { type: "url", url: "https://a.test" } }],
      },
    ];
    const request = await parseMessages(
      post({ model: "auto", max_tokens: 10, messages: [{ role: "user", content }] }),
      1e6,
    );
    expect(route(plainCaller(), request, everyone).attempts[0].model.capabilities).toContain("vision");
  });

  test("has room for the prompt and for the answer", async () => {
    const long = await choose({ messages: [{ role: "user", content: "a".repeat(500_000) }] });
    for (const { contextWindow } of long.attempts) expect(contextWindow).toBeGreaterThan(500_000);
    const wordy = await choose({ max_tokens: 100_000 });
    for (const { maxOutput } of wordy.attempts) expect(maxOutput).toBeGreaterThanOrEqual(100_000);
  });

  test("keeps within the preferences", async () => {
    expect(providers(await choose({ provider: { only: ["anthropic"] } }))).toEqual(["anthropic"]);
    expect(await choose({ provider: { allow_fallbacks: false } })).toHaveProperty("attempts.length", 1);
    const free = await refusalOf(() => choose({ provider: { max_price: { prompt: 0, completion: 0 } } }));
    expect(free).toMatchObject({ code: "model_not_found" });
    expect(free.message).toContain("within provider.max_price");
  });

  test("is the simulator's only where nobody else can serve, and any model's where the key is for tests", async () => {
    expect(tried(await choose({}, noPool))).toEqual(["simulator echo"]);
    expect((await choose({}, only("anthropic"))).attempts[0].provider).toBe("anthropic");
    const planned = await choose({}, noPool, plainCaller({ environment: "test" }));
    expect(planned.attempts).toMatchObject([{ provider: "simulator", billedTo: "none" }]);
  });

  test("says whether no model could, or a key is missing", async () => {
    expect(await refusalOf(() => choose({ messages: [image] }, noPool))).toMatchObject({
      code: "provider_key_missing",
      message: expect.stringContaining("vision"),
    });
    expect(await refusalOf(() => choose({ max_tokens: 1e9 }))).toMatchObject({ code: "model_not_found" });
  });

  test("notices a caller whose keys have changed, since it is another one", async () => {
    expect(tried(await choose({}, noPool))).toEqual(["simulator echo"]);
    const own = plainCaller({
      mode: "hybrid",
      providerKeys: [{ id: "pvk_1", provider: "openai", sealed: "sealed", baseUrl: null, models: [], priority: 100 }],
    });
    expect(tried(await choose({}, noPool, own))).toEqual(["openai gpt-5-nano"]);
  });

  test("chooses for chats alone", async () => {
    const request = await parseEmbeddings(post({ model: "auto", input: "Hi" }), 1e6);
    expect(await refusalOf(() => route(plainCaller(), request, everyone))).toMatchObject({
      code: "unsupported_endpoint",
    });
  });

  test("stands in a list like any model", async () => {
    const planned = await choose(
      { model: undefined, models: ["claude-haiku-4-5", "auto"] },
      only("anthropic", "openai"),
    );
    expect(tried(planned)).toEqual(["anthropic claude-haiku-4-5", "openai gpt-5-nano"]);
  });
});
