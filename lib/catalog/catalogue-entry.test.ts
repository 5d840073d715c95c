import { expect, test } from "vitest";
import { catalogueEntry } from "@/lib/catalog/catalogue-entry";
import { findModel } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";

test("every model of the catalogue has an entry under a name that callers can use", () => {
  for (const model of MODELS) {
    const entry = catalogueEntry(model);
    expect(findModel(entry.id).model.name).toBe(model.name);
    expect(entry.offers.length).toBeGreaterThan(0);
  }
});

test("prices are exact decimals per million tokens, long-context tiers and request fees included", () => {
  const model = findModel("gpt-4o-mini").model;
  const [offer] = model.offers;
  if (!offer) throw new Error("gpt-4o-mini has an offer");
  const price = {
    input: 150_000_000n,
    output: 600_000_000n,
    cachedInput: 75_000_001n,
    tiers: [{ above: 200_000, input: 300_000_000n, output: 1_200_000_000n }],
    request: 5_000_000n,
  };
  const entry = catalogueEntry({ ...model, offers: [{ ...offer, price, maxOutput: 1_000 }] });
  expect(entry.offers[0]).toMatchObject({
    providerName: "OpenAI",
    contextWindow: model.contextWindow,
    maxOutput: 1_000,
    price: {
      input: "0.15",
      output: "0.60",
      cachedInput: "0.075000001",
      cacheWrite: null,
      tiers: [{ above: 200_000, input: "0.30", output: "1.20" }],
      request: "0.005",
    },
  });
});

test("a model that nobody priced shows none, and not zero", () => {
  expect(catalogueEntry(findModel("custom/my-model").model).offers[0]?.price).toBeNull();
});
