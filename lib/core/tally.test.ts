import { expect, test } from "vitest";
import { Tally } from "@/lib/core/tally";

test("a tally counts each value once, at the first bound that it does not exceed", () => {
  const tally = new Tally([1, 10, 100]);
  for (const value of [0, 1, 1.5, 10, 100, 101]) tally.note(value);
  expect(tally).toMatchObject({ counts: [2, 2, 1], count: 6, sum: 213.5 });
});
