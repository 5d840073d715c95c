import { expect, test } from "vitest";
import { csvOf } from "@/lib/core/csv";

test("fields with commas, quotes and line breaks are quoted, and rows end as RFC 4180 says", () => {
  expect(
    csvOf([
      ["a", "b"],
      ['say "hi"', "1,2"],
      ["two\nlines", 3],
    ]),
  ).toBe('a,b\r\n"say ""hi""","1,2"\r\n"two\nlines",3\r\n');
});

test("a text that a spreadsheet would run has an apostrophe before it; an amount below zero is a number", () => {
  expect(csvOf([["=1+1", "+x", "-1", "@y", { amount: "-1.50" }, -2]])).toBe("'=1+1,'+x,'-1,'@y,-1.50,-2\r\n");
});
