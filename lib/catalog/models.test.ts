import { describe, expect, test } from "vitest";
import { MODELS, type Model } from "@/lib/catalog/models";
import { type Rates, upperBound } from "@/lib/catalog/price";

function named(name: string): Model {
  const model = MODELS.find((candidate) => candidate.name === name);
  if (!model) throw new Error(`there is no ${name}`);
  return model;
}

const OFFERS = MODELS.flatMap((model) => model.offers.map((offer) => ({ model, offer })));

/** Every name of a provider's for a model, at its price. */
const PRICED = OFFERS.flatMap(({ model, offer: { alternatives = [], ...offer } }) =>
  [offer, ...alternatives].map(({ upstreamModel, price }) => ({ model, offer: { upstreamModel, price } })),
);

describe("every model of the catalogue", () => {
  test("has an offer, limits that fit each other, and a vendor and name that a request can carry", () => {
    for (const model of MODELS) {
      expect(model.offers.length).toBeGreaterThan(0);
      expect(model.contextWindow).toBeGreaterThan(0);
      expect(model.maxOutput).toBeLessThanOrEqual(model.contextWindow);
      expect(model.maxOutput > 0).toBe(model.kind === "chat");
      expect(`${model.vendor}/${model.name}`).toMatch(/^[\w.-]+(?:\/[\w.-]+){1,2}$/);
      for (const offer of model.offers) {
        expect(offer.contextWindow ?? 0).toBeLessThan(model.contextWindow);
        expect(offer.maxOutput ?? 0).toBeLessThan(model.maxOutput || 1);
      }
    }
  });

  test("is offered once by a provider, and no name of a provider's means two", () => {
    const names = OFFERS.flatMap(({ offer: { provider, upstreamModel, alternatives = [] } }) =>
      [upstreamModel, ...alternatives.map((other) => other.upstreamModel)].map((name) => `${provider}/${name}`),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const { offers } of MODELS) expect(new Set(offers.map(({ provider }) => provider)).size).toBe(offers.length);
  });

  test("costs something, no more for what the cache had, and no less the longer the prompt is", () => {
    for (const { model, offer } of PRICED) {
      const { price } = offer;
      expect(price.input > 0n || price.output > 0n).toBe(true);
      expect(price.output > 0n).toBe(model.kind === "chat");
      const steps: (Rates & { above: number })[] = [{ ...price, above: -1 }, ...(price.tiers ?? [])];
      for (const [index, rates] of steps.entries()) {
        const before = steps[index - 1];
        expect((rates.cachedInput ?? 0n) <= rates.input).toBe(true);
        if (rates.cacheWriteHour !== undefined)
          expect(rates.cacheWriteHour > (rates.cacheWrite ?? rates.input)).toBe(true);
        if (!before) continue;
        expect(rates.above).toBeGreaterThan(before.above);
        expect(rates.input >= before.input && rates.output >= before.output).toBe(true);
      }
    }
  });

  test("of Claude's has a price for an hour in the cache wherever it has one for minutes", () => {
    const claude = PRICED.filter(({ offer }) => /claude/.test(offer.upstreamModel));
    expect(claude.length).toBeGreaterThan(20);
    for (const { offer } of claude) {
      for (const rates of [offer.price, ...(offer.price.tiers ?? [])])
        expect(rates.cacheWriteHour).toBe(rates.input * 2n);
    }
  });

  test("sees images where it says that it has vision", () => {
    for (const { capabilities, modalities } of MODELS)
      expect(modalities.input.includes("image")).toBe(capabilities.includes("vision"));
  });
});

describe("the catalogue", () => {
  test("has the vendors' own names, with whoever else serves them", () => {
    const providersOf = (name: string) => named(name).offers.map(({ provider }) => provider);
    expect(providersOf("gpt-4o-mini")).toEqual(["openai", "azure", "openrouter"]);
    expect(providersOf("claude-haiku-4-5")).toEqual(["anthropic", "bedrock", "openrouter"]);
    expect(providersOf("gpt-oss-120b")).toEqual(["groq", "cerebras", "together", "fireworks", "bedrock", "openrouter"]);
    expect(providersOf("nova-lite")).toEqual(["bedrock"]);
    expect(providersOf("llama-3.3-70b-instruct")).toContain("together");
    expect(named("text-embedding-3-small")).toMatchObject({ kind: "embedding", maxOutput: 0, capabilities: [] });
  });

  test("has the vendors' list prices, to the nano-dollar", () => {
    expect(named("gpt-4o-mini").offers[0]?.price).toEqual({
      input: 150_000_000n,
      output: 600_000_000n,
      cachedInput: 75_000_000n,
    });
    expect(named("claude-haiku-4-5").offers[0]?.price).toEqual({
      input: 1_000_000_000n,
      output: 5_000_000_000n,
      cachedInput: 100_000_000n,
      cacheWrite: 1_250_000_000n,
      cacheWriteHour: 2_000_000_000n,
    });
    expect(named("gemini-2.5-pro").offers[0]?.price).toMatchObject({
      input: 1_250_000_000n,
      output: 10_000_000_000n,
      tiers: [{ above: 200_000, input: 2_500_000_000n, output: 15_000_000_000n }],
    });
    expect(named("sonar").offers[0]?.price.request).toBe(12_000_000n);
  });

  test("lets no full request cost more than some hundred dollars, which a slipped decimal point would", () => {
    for (const { model, offer } of PRICED)
      expect(upperBound(model.contextWindow, model.maxOutput, offer.price) < 400_000_000_000n).toBe(true);
  });
});
