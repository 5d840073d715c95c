import { expect, test } from "vitest";
import { prettyJson } from "@/components/usage/pretty-json";

test("JSON is laid out as JSON.stringify lays it out", () => {
  const value = { a: [1, { b: 'x, {y}: [z] \\ "q"' }], empty: {}, none: [], t: true, n: null };
  expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  expect(prettyJson(JSON.stringify(value, null, 7))).toBe(JSON.stringify(value, null, 2));
});

test("numbers and escapes stay as they were sent", () => {
  expect(prettyJson('{"n":12345678901234567890.10,"s":"\\u00e9"}')).toBe(
    '{\n  "n": 12345678901234567890.10,\n  "s": "\\u00e9"\n}',
  );
});

test("what breaks off is laid out as far as it goes", () => {
  expect(prettyJson('{"a":[1,2,"hel')).toBe('{\n  "a": [\n    1,\n    2,\n    "hel');
});

test("what is no JSON stays as it is", () => {
  const stream = 'data: {"a":1}\n\ndata: [DONE]\n\n';
  expect(prettyJson(stream)).toBe(stream);
  expect(prettyJson("")).toBe("");
});
