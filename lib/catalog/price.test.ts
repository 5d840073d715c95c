import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  affordableTokens,
  costOf,
  type Price,
  type PriceTier,
  perMillion,
  type Usage,
  upperBound,
} from "@/lib/catalog/price";

const rate = fc.bigInt({ min: 0n, max: 100_000_000_000n });
const rates = { input: rate, output: rate, cachedInput: rate, cacheWrite: rate, cacheWriteHour: rate };
const tier: fc.Arbitrary<PriceTier> = fc.record(
  { ...rates, above: fc.oneof(fc.nat(100), fc.nat(2_000_000)) },
  { requiredKeys: ["input", "output", "above"] },
);

/** Any price, also one whose tiers are cheaper the longer the prompt is. */
const price: fc.Arbitrary<Price> = fc.record(
  {
    ...rates,
    tiers: fc.array(tier, { maxLength: 3 }).map((tiers) => tiers.toSorted((a, b) => a.above - b.above)),
    request: fc.bigInt({ min: 0n, max: 100_000_000n }),
  },
  { requiredKeys: ["input", "output"] },
);
const tokens = fc.oneof(fc.nat(100), fc.nat(2_000_000));

/** What providers report, and what a broken one might: parts larger than the whole. */
const usage: fc.Arbitrary<Usage> = fc.record({
  promptTokens: tokens,
  cachedTokens: tokens,
  cacheWriteTokens: tokens,
  cacheWriteHourTokens: tokens,
  completionTokens: tokens,
  reasoningTokens: tokens,
  estimated: fc.boolean(),
});

const GPT_4O_MINI: Price = { input: perMillion("0.15"), cachedInput: perMillion("0.075"), output: perMillion("0.60") };

function used(changes: Partial<Usage>): Usage {
  return {
    promptTokens: 0,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    completionTokens: 0,
    reasoningTokens: 0,
    estimated: false,
    ...changes,
  };
}

describe("a price", () => {
  test("is read to the nano-dollar for a million tokens", () => {
    expect(perMillion("0.15")).toBe(150_000_000n);
    expect(perMillion("30")).toBe(30_000_000_000n);
    expect(perMillion("0.000000001")).toBe(1n);
  });

  test.each(["", "-1", "1e-7", ".5", "1.", "0.0000000001", "NaN", "1,5", " 1"])("%j is none", (text) => {
    expect(() => perMillion(text)).toThrow(RangeError);
  });
});

describe("the cost of usage", () => {
  test("is the list price, to the nano-dollar", () => {
    expect(costOf(used({ promptTokens: 1_000_000, completionTokens: 1_000_000 }), GPT_4O_MINI)).toBe(750_000_000n);
    expect(costOf(used({ promptTokens: 16, completionTokens: 300 }), GPT_4O_MINI)).toBe(182_400n);
    expect(costOf(used({ promptTokens: 1_000, cachedTokens: 400, completionTokens: 10 }), GPT_4O_MINI)).toBe(
      600n * 150n + 400n * 75n + 10n * 600n,
    );
    expect(
      costOf(used({ promptTokens: 100, cacheWriteTokens: 40 }), {
        input: 1_000_000n,
        output: 0n,
        cacheWrite: 1_250_000n,
      }),
    ).toBe(60n + 50n);
  });

  test("takes cached and written tokens at the prompt's price where they have none of their own", () => {
    expect(
      costOf(used({ promptTokens: 100, cachedTokens: 30, cacheWriteTokens: 20 }), { input: 1_000_000n, output: 0n }),
    ).toBe(100n);
  });

  test("takes tokens that the cache keeps for an hour at their own price, and never more of them than were written", () => {
    const claude: Price = { input: 3_000_000n, output: 0n, cacheWrite: 3_750_000n, cacheWriteHour: 6_000_000n };
    expect(costOf(used({ promptTokens: 100, cacheWriteTokens: 60, cacheWriteHourTokens: 20 }), claude)).toBe(
      40n * 3n + 150n + 20n * 6n,
    );
    expect(costOf(used({ promptTokens: 100, cacheWriteTokens: 60, cacheWriteHourTokens: 90 }), claude)).toBe(
      40n * 3n + 60n * 6n,
    );
  });

  test("takes the whole request at the tier that its prompt exceeds, and not at one that it only reaches", () => {
    const gemini: Price = {
      input: perMillion("1.25"),
      cachedInput: perMillion("0.125"),
      output: perMillion("10"),
      tiers: [
        { above: 200_000, input: perMillion("2.5"), cachedInput: perMillion("0.25"), output: perMillion("15") },
        { above: 500_000, input: perMillion("5"), output: perMillion("20") },
      ],
    };
    const asked = (promptTokens: number) =>
      costOf(used({ promptTokens, cachedTokens: 1_000, completionTokens: 10 }), gemini);
    expect(asked(200_000)).toBe(199_000n * 1_250n + 1_000n * 125n + 10n * 10_000n);
    expect(asked(200_001)).toBe(199_001n * 2_500n + 1_000n * 250n + 10n * 15_000n);
    expect(asked(500_000)).toBe(499_000n * 2_500n + 1_000n * 250n + 10n * 15_000n);
    expect(asked(500_001)).toBe(500_001n * 5_000n + 10n * 20_000n);
  });

  test("has what the request itself costs in it, once", () => {
    const sonar: Price = { input: perMillion("1"), output: perMillion("1"), request: 12_000_000n };
    expect(costOf(used({ promptTokens: 10, completionTokens: 5 }), sonar)).toBe(12_015_000n);
  });

  test("is rounded once, up: anything that has a price costs at least one nano-dollar", () => {
    expect(costOf(used({ completionTokens: 1 }), { input: 0n, output: 1n })).toBe(1n);
    expect(costOf(used({ promptTokens: 1, completionTokens: 1 }), { input: 1n, output: 1n })).toBe(1n);
    expect(costOf(used({ promptTokens: 1, completionTokens: 1 }), { input: 500_000n, output: 500_001n })).toBe(2n);
    expect(costOf(used({}), GPT_4O_MINI)).toBe(0n);
  });

  test("is never negative, and more completion tokens never cost less", () => {
    fc.assert(
      fc.property(usage, price, tokens, (reported, asked, more) => {
        const cost = costOf(reported, asked);
        expect(cost >= 0n).toBe(true);
        expect(costOf({ ...reported, completionTokens: reported.completionTokens + more }, asked) >= cost).toBe(true);
      }),
    );
  });
});

describe("the upper bound", () => {
  test("is never below the cost of any usage within it, however the prompt was cached or written", () => {
    fc.assert(
      fc.property(usage, price, tokens, tokens, (reported, asked, morePrompt, moreCompletion) => {
        const bound = upperBound(reported.promptTokens + morePrompt, reported.completionTokens + moreCompletion, asked);
        expect(costOf(reported, asked) <= bound).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test("grows with the tokens", () => {
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, price, (prompt, completion, morePrompt, moreCompletion, asked) => {
        const bound = upperBound(prompt, completion, asked);
        expect(upperBound(prompt + morePrompt, completion + moreCompletion, asked) >= bound).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test("is reached: a prompt wholly of the dearest kind costs all of it", () => {
    const dear: Price = { input: 1_000_000n, output: 2_000_000n, cacheWrite: 1_250_000n };
    expect(costOf(used({ promptTokens: 1_000, cacheWriteTokens: 1_000, completionTokens: 7 }), dear)).toBe(
      upperBound(1_000, 7, dear),
    );
  });
});

describe("what a budget pays for", () => {
  test("is exactly as many tokens as fit: so many cost no more than the budget, one more costs more", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10_000_000_000n }), tokens, price, (budget, prompt, asked) => {
        const affordable = affordableTokens(budget, prompt, asked);
        if (affordable < 0) {
          expect(upperBound(prompt, 0, asked) > budget).toBe(true);
          return;
        }
        expect(upperBound(prompt, 0, asked) <= budget).toBe(true);
        expect(upperBound(prompt, affordable, asked) <= budget).toBe(true);
        // Where tokens cost next to nothing it is as many as a number can count.
        if (affordable < Number.MAX_SAFE_INTEGER) expect(upperBound(prompt, affordable + 1, asked) > budget).toBe(true);
        if (asked.output === 0n && !asked.tiers?.length) expect(affordable).toBe(Number.MAX_SAFE_INTEGER);
      }),
      { numRuns: 1_000 },
    );
  });

  test("is nothing where not even the prompt is paid for, and no tokens where only it is", () => {
    expect(affordableTokens(149n, 1, GPT_4O_MINI)).toBe(-1);
    expect(affordableTokens(150n, 1, GPT_4O_MINI)).toBe(0);
    expect(affordableTokens(750n, 1, GPT_4O_MINI)).toBe(1);
    expect(affordableTokens(-1n, 0, GPT_4O_MINI)).toBe(-1);
  });
});
