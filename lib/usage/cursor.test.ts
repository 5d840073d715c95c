import { expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { fromCursor, toCursor } from "@/lib/usage/cursor";

test("a cursor leads back to its place", () => {
  const position = { createdAt: new Date("2026-11-21T12:00:00.123Z"), id: newId("gen") };
  expect(fromCursor(toCursor(position))).toEqual(position);
});

test.each(["", "abc", "1.", ".gen_1", "1.gen_1'; drop"])("%j is refused", (text) => {
  expect(() => fromCursor(text)).toThrow("The page address is damaged");
});
