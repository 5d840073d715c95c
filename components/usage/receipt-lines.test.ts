import { describe, expect, it } from "vitest";
import { lineAmount } from "@/components/usage/receipt-lines";

describe("an amount on a receipt", () => {
  it("is exact, however small", () => {
    expect(lineAmount(1, "0.15")).toBe("0.00000015");
    expect(lineAmount(1, "0.000000001")).toBe("0.000000000000001");
    expect(lineAmount(386, "0.60")).toBe("0.0002316");
  });

  it("has two decimals at least", () => {
    expect(lineAmount(0, "10.00")).toBe("0.00");
    expect(lineAmount(2_000_000, "10.00")).toBe("20.00");
  });
});
