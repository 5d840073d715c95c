import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildCatalogue, type Disagreement, dearer, decimal } from "@/scripts/catalog/build-catalogue";
import { CATALOGUE_PATH, REPORT_PATH, renderCatalogue, renderReport } from "@/scripts/catalog/render-catalogue";
import { genaiModel, nanoDollars, type SourcePrice } from "@/scripts/catalog/sources";

function price(input: number, output: number, more: Partial<SourcePrice> = {}): SourcePrice {
  return { input: nanoDollars(input), output: nanoDollars(output), tiers: [], ...more };
}

function agreed(genai: SourcePrice, tokenlens: SourcePrice) {
  const found: Disagreement[] = [];
  return { price: dearer("openai/some", genai, tokenlens, found), found };
}

test("the committed catalogue and its report are what the installed packages and the curation make", () => {
  const { file, report } = buildCatalogue();
  expect(readFileSync(CATALOGUE_PATH, "utf8")).toBe(renderCatalogue(file));
  expect(readFileSync(REPORT_PATH, "utf8")).toBe(renderReport(file, report));
});

describe("a number of a package", () => {
  test("becomes nano-dollars exactly, and what is finer is rounded up", () => {
    expect(nanoDollars(0.003625)).toBe(3_625_000n);
    expect(nanoDollars(0.1 + 0.2)).toBe(300_000_000n);
    expect(nanoDollars(1e-9)).toBe(1n);
    expect(nanoDollars(1e-10)).toBe(1n);
    expect(nanoDollars(600)).toBe(600_000_000_000n);
    expect(decimal(nanoDollars(0.0028))).toBe("0.0028");
    expect(decimal(nanoDollars(120))).toBe("120");
    expect(decimal(0n)).toBe("0");
  });
});

describe("where two packages speak of one price", () => {
  test("the dearer holds, part by part, and each disagreement is reported", () => {
    const { price: taken, found } = agreed(price(1, 8), price(1.5, 6));
    expect(taken).toMatchObject({ input: nanoDollars(1.5), output: nanoDollars(8) });
    expect(found).toEqual([
      { offer: "openai/some", what: "input", genai: "1", tokenlens: "1.5", taken: "1.5" },
      { offer: "openai/some", what: "output", genai: "8", tokenlens: "6", taken: "8" },
    ]);
  });

  test("one that is the other rounded to two decimals is no disagreement, and the exact one holds", () => {
    const { price: taken, found } = agreed(
      price(0.15, 0.6, { cachedInput: nanoDollars(0.075) }),
      price(0.15, 0.6, { cachedInput: nanoDollars(0.08) }),
    );
    expect(taken.cachedInput).toBe(75_000_000n);
    expect(found).toEqual([]);
  });

  test("one that reads from a cache for more than the prompt costs is not believed", () => {
    const { price: taken, found } = agreed(price(0.5, 1.5), price(0.5, 1.5, { cachedInput: nanoDollars(1.25) }));
    expect(taken.cachedInput).toBeUndefined();
    expect(found).toEqual([]);
  });

  test("a tier is never cheaper than what became of the price below it", () => {
    const tiers = [{ above: 200_000, input: nanoDollars(2), output: nanoDollars(9) }];
    const { price: taken } = agreed(price(1, 8, { tiers }), price(3, 8));
    expect(taken.tiers).toEqual([{ above: 200_000, input: nanoDollars(3), output: nanoDollars(9) }]);
  });
});

describe("a price that depends on the day", () => {
  test("is the one of the day that is asked for, and says when it will be another", () => {
    const before = genaiModel("google", "gemini-3.8-flash", "2026-12-31");
    const after = genaiModel("google", "gemini-3.8-flash", "2027-01-01");
    expect(before).toMatchObject({ price: { input: nanoDollars(0.75) }, changesOn: ["2027-01-01"] });
    expect(after).toMatchObject({ price: { input: nanoDollars(1.5) }, changesOn: [] });
  });

  test("is the dearest of the day where it depends on the hour", () => {
    expect(genaiModel("deepseek", "deepseek-v4-pro", "2026-11-21")).toMatchObject({
      price: { input: nanoDollars(1.32), output: nanoDollars(3.96) },
      dependsOnTheHour: true,
    });
  });
});
