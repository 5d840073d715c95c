import { expect, test } from "vitest";
import { normalisedJson } from "@/lib/core/normalised-json";

test.each([
  ["spacing", '{"a":[1,2],"b":{"c":null}}', ' {\n "a" : [ 1 ,\t2 ] ,\r\n "b" : { "c" : null } } '],
  ["the order of members, at every depth", '{"a":1,"b":[{"c":1,"d":2}]}', '{"b":[{"d":2,"c":1}],"a":1}'],
  ["how characters are escaped", '{"é\\"\\n/":"\u{1F40E}"}', '{"\\u00e9\\u0022\\u000a\\/":"\\ud83d\\udc0e"}'],
])("two texts that differ only in %s have one form, which says the same", (_what, one, other) => {
  expect(normalisedJson(other)).toBe(normalisedJson(one));
  expect(JSON.parse(normalisedJson(other))).toEqual(JSON.parse(one));
});

test.each([
  ["the order in a list", "[1,2]", "[2,1]"],
  ["a number that JavaScript cannot tell apart", '{"seed":9007199254740993}', '{"seed":9007199254740992}'],
  ["how a number is written", '{"temperature":1}', '{"temperature":1.0}'],
  ["a number and its text", "[1]", '["1"]'],
  ["a null and nothing", '{"a":null}', "{}"],
  ["which of two equal names comes last", '{"a":1,"a":2}', '{"a":2,"a":1}'],
  ["spaces inside a string", '["a b"]', '["a  b"]'],
  ["what only looks like structure", '{"a":"},{"}', '{"a":"}, {"}'],
  ["where a string ends", '["a\\\\","b"]', '["a\\\\\\",","b"]'],
  ["empty things", "[[],{}]", "[{},[]]"],
])("two texts that differ in %s have different forms", (_what, one, other) => {
  expect(normalisedJson(other)).not.toBe(normalisedJson(one));
});

test.each(["null", "true", "-1.5e+10", '"text"', "[]", "{}", '{"":[{}]}', '["\\ud800"]'])(
  "%s stays what it is, and its form is its own form",
  (text) => {
    expect(normalisedJson(text)).toBe(text);
    expect(normalisedJson(normalisedJson(` ${text} `))).toBe(text);
  },
);

test("depth and length are no danger", () => {
  const deep = `${'{"a":['.repeat(100_000)}1${"]}".repeat(100_000)}`;
  expect(normalisedJson(deep) === deep).toBe(true);
  const long = JSON.stringify({ b: "\\x".repeat(500_000), a: Array(50_000).fill(1) });
  expect(JSON.parse(normalisedJson(long))).toEqual(JSON.parse(long));
});
