import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatUsd, maxUsd, minUsd, parseUsd, usd, usdToNumber } from "@/lib/core/money";

/** Everything that `parseUsd` reads: nine digits before the point, nine after it. */
const amounts = fc.bigInt({ min: -999_999_999_999_999_999n, max: 999_999_999_999_999_999n });

describe("an amount of money", () => {
  test("is read to the nano-dollar", () => {
    expect(parseUsd("1.25")).toBe(1_250_000_000n);
    expect(parseUsd("0.000000001")).toBe(1n);
    expect(parseUsd(" 5000 ")).toBe(5_000_000_000_000n);
    expect(parseUsd("-0.1")).toBe(-100_000_000n);
    expect(parseUsd("999999999.999999999")).toBe(999_999_999_999_999_999n);
  });

  test("is written exactly, with two digits after the point or as many as it needs", () => {
    expect(formatUsd(1_250_000_000n)).toBe("1.25");
    expect(formatUsd(0n)).toBe("0.00");
    expect(formatUsd(150n)).toBe("0.00000015");
    expect(formatUsd(-5_000_000_000n)).toBe("-5.00");
    expect(formatUsd(9_223_372_036_854_775_807n)).toBe("9223372036.854775807");
  });

  test("comes back the same from its text, whatever it is", () => {
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(parseUsd(formatUsd(amount))).toBe(amount);
      }),
    );
  });

  test("has one text only: another amount never reads the same", () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        fc.pre(a !== b);
        expect(formatUsd(a)).not.toBe(formatUsd(b));
      }),
    );
  });

  test.each([
    "",
    ".",
    ".5",
    "1.",
    "1,25",
    "1e3",
    "0x10",
    "+1",
    "--1",
    "1.2.3",
    "1.0000000001",
    "1234567890",
    "NaN",
    "١",
  ])("is not guessed from %j", (text) => {
    expect(() => parseUsd(text)).toThrow(RangeError);
  });

  test("as a JSON number has every nano-dollar below eight million USD", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 7_999_999_999_999_999n }), (amount) => {
        expect(parseUsd(usdToNumber(amount).toFixed(9))).toBe(amount);
      }),
    );
  });

  test("is compared as a whole number", () => {
    const [less, more] = [usd(9_007_199_254_740_993n), usd(9_007_199_254_740_994n)];
    expect([minUsd(less, more), maxUsd(less, more), minUsd(more, less), maxUsd(more, less)]).toEqual([
      less,
      more,
      less,
      more,
    ]);
  });
});
