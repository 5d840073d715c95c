import { expect, test } from "vitest";
import type { ModelFilters } from "@/components/catalog/model-filters";
import { MODELS_A_PAGE, selectModels } from "@/components/catalog/select-models";
import { catalogueEntry } from "@/lib/catalog/catalogue-entry";
import { findModel } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { parseUsd } from "@/lib/core/money";

const ALL = MODELS.map((model) => ({ entry: catalogueEntry(model), isCallable: model.vendor === "simulator" }));
const NOTHING: ModelFilters = {
  q: "",
  provider: "",
  capability: "",
  input: "",
  callable: false,
  sort: "",
  descending: false,
  page: 1,
};
const select = (filters: Partial<ModelFilters>) => selectModels(ALL, { ...NOTHING, ...filters });

test("without filters every model is on exactly one page, in the catalogue's order", () => {
  const { found, pages } = select({});
  const seen = Array.from({ length: pages }, (_, index) => select({ page: index + 1 }).models).flat();
  expect(found).toBe(MODELS.length);
  expect(seen.map(({ entry }) => entry.id)).toEqual(ALL.map(({ entry }) => entry.id));
  expect(select({}).models).toHaveLength(MODELS_A_PAGE);
});

test("a page beyond the last one, or before the first, is the nearest that there is", () => {
  expect(select({ page: 999 }).page).toBe(select({}).pages);
  expect(select({ page: -3 }).page).toBe(1);
});

test("the search finds names, aliases and dated names, by parts in any order", () => {
  expect(select({ q: "MINI  4o" }).models.map(({ entry }) => entry.name)).toContain("gpt-4o-mini");
  expect(select({ q: "gpt-4o-mini-2024-07-18" }).models.map(({ entry }) => entry.name)).toEqual(["gpt-4o-mini"]);
  expect(select({ q: "no such model" }).found).toBe(0);
});

test("filters narrow together: provider, capability, kind of input, and what the project may call", () => {
  const { models } = select({ provider: "anthropic", capability: "reasoning", input: "image" });
  expect(models.length).toBeGreaterThan(0);
  for (const { entry } of models) {
    expect(entry.offers.map(({ provider }) => provider)).toContain("anthropic");
    expect(entry.capabilities).toContain("reasoning");
    expect(entry.input).toContain("image");
  }
  expect(select({ callable: true }).models.map(({ entry }) => entry.id)).toEqual(["simulator/echo", "simulator/embed"]);
});

test("prices sort as money, not as text, and what has none comes last either way", () => {
  const unpriced = { entry: catalogueEntry(findModel("custom/my-model").model), isCallable: null };
  for (const descending of [false, true]) {
    const { models } = selectModels([unpriced, ...ALL], { ...NOTHING, sort: "input", descending, page: 1 });
    const prices = models.map(({ entry }) => parseUsd(entry.offers[0]?.price?.input ?? "-1"));
    expect(prices).toEqual(prices.toSorted((a, b) => (a === b ? 0 : a < b === descending ? 1 : -1)));
    const last = selectModels([unpriced, ...ALL], { ...NOTHING, sort: "input", descending, page: 999 }).models.at(-1);
    expect(last?.entry.id).toBe("custom/my-model");
  }
});
