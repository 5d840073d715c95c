import { expect, test } from "vitest";
import { cacheTimeOptions, cacheTimeWords } from "@/components/projects/cache-time";
import { cacheSecondsSchema } from "@/lib/projects/schemas";

test.each([
  [1, "1 second"],
  [10, "10 seconds"],
  [60, "1 minute"],
  [90, "90 seconds"],
  [5_400, "90 minutes"],
  [3_600, "1 hour"],
  [86_400, "24 hours"],
])("%i seconds are %s", (seconds, words) => {
  expect(cacheTimeWords(seconds)).toBe(words);
});

test("every time that is offered can be set, and the one that is set is among them, once and in its place", () => {
  for (const { value } of cacheTimeOptions(60)) expect(cacheSecondsSchema.safeParse(Number(value)).success).toBe(true);
  expect(cacheTimeOptions(60).filter(({ value }) => value === "60")).toHaveLength(1);
  const values = cacheTimeOptions(90).map(({ value }) => value);
  expect(values.slice(0, 4)).toEqual(["10", "60", "90", "300"]);
});
