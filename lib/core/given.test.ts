import { expect, test } from "vitest";
import { given } from "@/lib/core/given";

test("what was left out is left out, and null is not", () => {
  expect(given({ a: undefined, b: null, c: 0 })).toEqual({ b: null, c: 0 });
  expect("a" in given({ a: undefined })).toBe(false);
});
