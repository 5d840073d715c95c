import { expect, test } from "vitest";
import { balancesOf, balancesSchema, DEFAULT_BALANCES, storedBalances } from "@/lib/alerts/settings";
import { parseUsd } from "@/lib/core/money";

test("amounts come out largest first, each once", () => {
  expect(balancesSchema.parse(["2.50", "20", "2.5"])).toEqual([parseUsd("20"), parseUsd("2.5")]);
  expect(balancesSchema.parse([])).toEqual([]);
});

test.each([[["0"]], [["-1"]], [["x"]], [[""]], [["1", "2", "3", "4", "5", "6"]]])("%j is refused", (amounts) => {
  expect(balancesSchema.safeParse(amounts).success).toBe(false);
});

test("what was stored is read again; what nobody set, or is damaged, is the default", () => {
  expect(balancesOf(storedBalances([5n, 3n]))).toEqual([5n, 3n]);
  expect(balancesOf(storedBalances([]))).toEqual([]);
  for (const alerts of [{}, null, { low_balance: ["x"] }]) expect(balancesOf(alerts)).toEqual(DEFAULT_BALANCES);
});
