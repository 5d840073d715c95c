import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idTime, newId, randomBase62, toBase62 } from "@/lib/core/ids";

/** Every time that eight base62 digits hold. */
const times = fc.integer({ min: 0, max: 62 ** 8 - 1 });

describe("an id", () => {
  test("reads as what it names, in letters and digits alone", () => {
    expect(newId("gen")).toMatch(/^gen_[0-9A-Za-z]{22}$/);
    expect(newId("key")).toMatch(/^key_[0-9A-Za-z]{22}$/);
  });

  test("carries its time to the millisecond", () => {
    fc.assert(
      fc.property(times, (time) => {
        expect(idTime(newId("gen", time))).toBe(time);
      }),
    );
  });

  test("sorts by its time, as text, byte by byte", () => {
    fc.assert(
      fc.property(times, times, (a, b) => {
        fc.pre(a !== b);
        expect(newId("gen", a) < newId("gen", b)).toBe(a < b);
      }),
    );
  });

  test("is its own: a hundred thousand of one millisecond are all different", () => {
    const now = Date.now();
    expect(new Set(Array.from({ length: 100_000 }, () => newId("gen", now))).size).toBe(100_000);
  });

  test("of somebody else's making has no time", () => {
    for (const text of [
      "",
      "gen_",
      "gen_short",
      `gen_${"a".repeat(23)}`,
      `GEN_${"a".repeat(22)}`,
      "a".repeat(22),
      `gen_${"ä".repeat(22)}`,
    ]) {
      expect(idTime(text), text).toBeNull();
    }
  });
});

describe("base62", () => {
  test("random text has the length asked for and uses every character about equally often", () => {
    const length = 620_000;
    const counts = new Map<string, number>();
    for (const character of randomBase62(length)) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(62);
    expect([...counts.values()].reduce((a, b) => a + b)).toBe(length);
    // Ten thousand each are expected, with a standard deviation below 100; modulo bias would add a quarter to some.
    for (const [character, count] of counts) expect(Math.abs(count - 10_000), character).toBeLessThan(700);
  });

  test("a number is padded with zeros to its width", () => {
    expect(toBase62(0, 6)).toBe("000000");
    expect(toBase62(61, 6)).toBe("00000z");
    expect(toBase62(62, 6)).toBe("000010");
    expect(toBase62(2 ** 32 - 1, 6)).toBe("4gfFC3");
  });
});
