import { afterEach, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { applyPriceOverrides, offersOf, onPriceChange, priceKey, priceVersion } from "@/lib/catalog/price-overrides";

const MINI = findModel("gpt-4o-mini").model;
const OURS = { input: 7n, output: 9n };

afterEach(() => applyPriceOverrides(new Map()));

const priceAt = (provider: string) => offersOf(MINI).find((offer) => offer.provider === provider)?.price;

describe("a price of the operator's own", () => {
  test("without any, offers are the catalogue's own list, made once", () => {
    expect(offersOf(MINI)).toBe(MINI.offers);
  });

  test("replaces the whole price at that provider, and at no other", () => {
    const before = priceAt("azure");
    applyPriceOverrides(new Map([[priceKey("openai", MINI), OURS]]));
    expect(priceAt("openai")).toEqual(OURS);
    expect(priceAt("azure")).toEqual(before);
    expect(offersOf(MINI)).toBe(offersOf(MINI));
    applyPriceOverrides(new Map());
    expect(priceAt("openai")).toBe(MINI.offers[0]?.price);
  });

  test("holds for a model's snapshots too, which stay themselves", () => {
    applyPriceOverrides(new Map([[priceKey("openai", MINI), OURS]]));
    expect(offersOf(findModel("gpt-4o-mini-2024-07-18").model)).toMatchObject([
      { upstreamModel: "gpt-4o-mini-2024-07-18", price: OURS },
    ]);
  });

  test("gives one to a model that had none", () => {
    const { model } = findModel("custom/never-heard-of");
    expect(offersOf(model)).toMatchObject([{ unpriced: true }]);
    applyPriceOverrides(new Map([["custom:never-heard-of", OURS]]));
    expect(offersOf(model)).toEqual([{ provider: "custom", upstreamModel: "never-heard-of", price: OURS }]);
  });

  test("is never put back by a read that was overtaken by a later one", () => {
    const later = new Map([[priceKey("openai", MINI), OURS]]);
    applyPriceOverrides(later, 8n);
    applyPriceOverrides(new Map(), 7n);
    expect([priceAt("openai"), priceVersion()]).toEqual([OURS, 8n]);
  });

  test("is told to who has worked with the old one", () => {
    let told = 0;
    onPriceChange(() => {
      told += 1;
    });
    applyPriceOverrides(new Map([["openai:gpt-4o", OURS]]));
    applyPriceOverrides(new Map());
    expect(told).toBe(2);
  });
});
