import { expect, test } from "vitest";
import { budgetWords, inUnits, startsAgainWords, timedBy } from "@/components/end-users/budget-words";
import { createBudgetSchema, resetOf } from "@/lib/end-users/schemas";

test("a budget is said in a few words, whatever its reset", () => {
  expect(budgetWords({ maxBudget: "5.00", reset: "monthly" })).toBe("$5.00 a month");
  expect(budgetWords({ maxBudget: "5.00", reset: "none" })).toBe("$5.00 in total");
  expect(budgetWords({ maxBudget: "0.50", reset: { seconds: 172_800 } })).toBe("$0.50 every 2 days");
  expect(budgetWords({ maxBudget: null, reset: "none" })).toBe("Not limited");
  expect(budgetWords({ maxBudget: null, reset: "daily" })).toBe("Not limited, counted anew every day");
  expect(startsAgainWords({ seconds: 3_600 })).toBe("every hour");
  expect(startsAgainWords("weekly")).toBe("every Monday");
});

test("a duration is said in the longest unit that is exact", () => {
  expect(inUnits(90_000)).toMatchObject({ count: 25, unit: { label: "hours" } });
  expect(inUnits(61)).toMatchObject({ count: 61, unit: { label: "seconds" } });
});

test("what the form shows of a reset is what it sends back", () => {
  for (const reset of ["none", "weekly", { seconds: 90 }] as const) expect(resetOf(timedBy(reset))).toEqual(reset);
});

test("an interval without a duration is refused at its field", () => {
  const wanted = { organizationId: "org_1", maxBudget: "5", period: "interval", durationSeconds: null };
  expect(createBudgetSchema.safeParse(wanted).error?.issues).toMatchObject([{ path: ["durationSeconds"] }]);
  expect(createBudgetSchema.safeParse({ ...wanted, durationSeconds: 60 }).success).toBe(true);
  expect(createBudgetSchema.safeParse({ ...wanted, period: "daily" }).success).toBe(true);
});
