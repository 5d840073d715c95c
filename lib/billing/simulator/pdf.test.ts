import { expect, test } from "vitest";
import { pdfOf } from "@/lib/billing/simulator/pdf";

test("a document names the place of each of its objects, and holds what it was given", () => {
  const text = pdfOf(["Invoice", "Total $21.00 (paid)", "Zoë\n"]);
  expect(text.startsWith("%PDF-1.4\n")).toBe(true);
  const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
  expect(text.slice(table, table + 9)).toBe("xref\n0 6\n");
  const places = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, place]) => Number(place));
  expect(places.map((place) => text.slice(place, place + 7))).toEqual([1, 2, 3, 4, 5].map((name) => `${name} 0 obj`));
  const stream = /\/Length (\d+) >>\nstream\n([\s\S]*?)\nendstream/.exec(text);
  expect(stream?.[2]).toHaveLength(Number(stream?.[1]));
  for (const words of ["(Invoice) Tj", "(Total $21.00 \\(paid\\)) Tj", "(Zo??) Tj"]) expect(text).toContain(words);
});
