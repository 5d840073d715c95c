import { describe, expect, it } from "vitest";
import { formatMoney, percentOf } from "@/components/ui/money";

describe("money on the page", () => {
  it("shows dollars with cents and thousands", () => {
    expect(formatMoney("0.00")).toBe("$0.00");
    expect(formatMoney("5.00")).toBe("$5.00");
    expect(formatMoney("1234567.891")).toBe("$1,234,567.89");
    expect(formatMoney("-3.5")).toBe("−$3.50");
  });

  it("never shows a small cost as nothing", () => {
    expect(formatMoney("0.00000015")).toBe("$0.00000015");
    expect(formatMoney("0.000123456")).toBe("$0.0001235");
    expect(formatMoney("0.000000001")).toBe("$0.000000001");
    expect(formatMoney("0.99999")).toBe("$1.00");
  });

  it("is exact when asked", () => {
    expect(formatMoney("1.000000001", { exact: true })).toBe("$1.000000001");
    expect(formatMoney("1.50", { exact: true })).toBe("$1.50");
  });
});

describe("the width of a bar", () => {
  it("stays between nothing and all", () => {
    expect(percentOf("2.50", "5.00")).toBe(50);
    expect(percentOf("9.00", "5.00")).toBe(100);
    expect(percentOf("-1.00", "5.00")).toBe(0);
    expect(percentOf("0.00", "0.00")).toBe(100);
  });
});
