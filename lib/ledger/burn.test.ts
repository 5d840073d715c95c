import { expect, test } from "vitest";
import { type Burnable, burn } from "@/lib/ledger/burn";

const live = (id: string, left: bigint): Burnable => ({ id, left, waitsFor: null });
const waiting = (id: string, left: bigint, ...requests: string[]): Burnable => ({
  id,
  left,
  waitsFor: new Set(requests),
});
const NONE = new Map<string, bigint>();

test("the promotion that expires first is burnt first, and never beyond what is left of it", () => {
  const promotions = [live("a", 5n), live("b", 7n)];
  expect(burn(promotions, 3n, NONE)).toEqual(new Map([["a", 3n]]));
  expect(burn(promotions, 8n, NONE)).toEqual(
    new Map([
      ["a", 5n],
      ["b", 3n],
    ]),
  );
  expect(burn(promotions, 100n, NONE)).toEqual(
    new Map([
      ["a", 5n],
      ["b", 7n],
    ]),
  );
});

test("a request that held credits at the expiry burns what has expired, before what can be used", () => {
  const promotions = [waiting("a", 5n, "x"), live("b", 7n)];
  expect(burn(promotions, 8n, new Map([["x", 6n]]))).toEqual(
    new Map([
      ["a", 5n],
      ["b", 3n],
    ]),
  );
});

test("a request that came after the expiry burns nothing of it", () => {
  expect(burn([waiting("a", 5n, "x"), live("b", 7n)], 4n, NONE)).toEqual(new Map([["b", 4n]]));
  expect(burn([waiting("a", 5n, "x")], 4n, NONE)).toEqual(NONE);
});

test("in which order the requests ended makes no difference", () => {
  const promotions = [waiting("a", 3n, "x"), waiting("b", 5n, "x", "y"), live("c", 9n)];
  const ended: [string, bigint][] = [
    ["x", 5n],
    ["y", 5n],
  ];
  const expected = new Map([
    ["a", 3n],
    ["b", 5n],
    ["c", 2n],
  ]);
  expect(burn(promotions, 10n, new Map(ended))).toEqual(expected);
  expect(burn(promotions, 10n, new Map(ended.reverse()))).toEqual(expected);
});
