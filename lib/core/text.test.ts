import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanText } from "@/lib/core/text";

const anyText = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 40 });

test("cleaned text is never longer than asked, holds no NUL and no lone surrogate", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 30 }), (text, max) => {
      const clean = cleanText(text, max);
      expect(clean.length).toBeLessThanOrEqual(max);
      expect(clean.isWellFormed()).toBe(true);
      expect(clean).not.toContain("\u0000");
    }),
  );
});

test("text that is fit already is left alone", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
      fc.pre(text.isWellFormed() && !text.includes("\u0000"));
      expect(cleanText(text, 1_000)).toBe(text);
    }),
  );
  expect(cleanText("a\u0000b\ud83dc", 10)).toBe("a\ufffdb\ufffdc");
  expect(cleanText("abcdef", 4)).toBe("abc…");
});
