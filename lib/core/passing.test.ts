import { expect, test } from "vitest";
import { Passing } from "@/lib/core/passing";

test("holds what was added and not yet removed", () => {
  const passing = new Passing<string>();
  const places = ["a", "b", "c"].map((thing) => passing.add(thing));
  passing.remove(places[1] ?? -1);
  expect([...passing]).toEqual(["a", "c"]);
  expect(passing.size).toBe(2);
});

test("a freed place is used again, so it grows no larger than what was in it at once", () => {
  const passing = new Passing<number>();
  const kept = passing.add(0);
  const places = new Set<number>();
  for (let thing = 1; thing <= 1_000; thing += 1) {
    const place = passing.add(thing);
    places.add(place);
    passing.remove(place);
  }
  expect(places.size).toBe(1);
  expect(places).not.toContain(kept);
  expect([...passing]).toEqual([0]);
});
