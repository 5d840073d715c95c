import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dropJsonMembers, jsonMembers, setJsonMembers } from "@/lib/core/json-members";
import { processorMs } from "@/lib/testing/processor-time";

/** One member as somebody might write it: all of its text is kept, so that what stays can be compared byte by byte. */
interface Written {
  key: string;
  keyText: string;
  valueText: string;
  /** Around the key, the colon and the value. */
  spaces: readonly [string, string, string, string];
}

const space = fc.string({ unit: fc.constantFrom(" ", "\n", "\r", "\t"), maxLength: 2 });
const key = fc.oneof(
  fc.constantFrom(
    "model",
    "usage",
    "stream",
    "a",
    "",
    "constructor",
    "toString",
    "hasOwnProperty",
    'quo"te',
    "back\\slash",
    "\\",
    '\\"',
    "{",
    "}",
    ",",
    ":",
    "ключ",
    "😀",
    "\ud83d",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);

function escapedWhole(text: string): string {
  return `"${[...Array(text.length).keys()].map((index) => `\\u${text.charCodeAt(index).toString(16).padStart(4, "0")}`).join("")}"`;
}

const keyText = (name: string) => fc.constantFrom(JSON.stringify(name), escapedWhole(name));
const valueText = fc.oneof(
  fc.constantFrom(
    "12345678901234567890123",
    "1e39",
    "-0.10000000000000000000001E-7",
    "true",
    "null",
    '"}"',
    '"\\""',
    '"\\\\"',
    '"\\\\\\""',
    '"{\\"model\\":1}"',
    '{"model":{"model":[{"model":"}"}]}}',
    "[]",
    "{}",
    '[ "a,b" , {"usage" : 1} ]',
    '"\\u0000\\ud83d"',
  ),
  fc.json(),
  fc.jsonValue().map((value) => JSON.stringify(value, null, 2)),
);

const member: fc.Arbitrary<Written> = key.chain((name) =>
  fc.record({
    key: fc.constant(name),
    keyText: keyText(name),
    valueText,
    spaces: fc.tuple(space, space, space, space),
  }),
);
const members = fc.uniqueArray(member, { selector: (written) => written.key, maxLength: 6 });

function render(written: readonly Written[], inside: string, added: readonly string[] = []): string {
  const own = written.map(
    ({ keyText: name, valueText: value, spaces: [a, b, c, d] }) => `${a}${name}${b}:${c}${value}${d}`,
  );
  const rest = added.length === 0 ? "" : `${own.length > 0 ? "," : ""}${added.join(",")}`;
  return `${own.length > 0 ? own.join(",") : inside}${rest}`;
}

/** New values by key, as `setJsonMembers` takes them. */
const edits = fc
  .uniqueArray(fc.tuple(key, valueText), { selector: ([name]) => name, maxLength: 4 })
  .map((pairs) => new Map(pairs));

/** An object with exactly these own members, whatever they are called. */
function asRecord(pairs: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries(pairs);
}

describe("setting members of a JSON object in its text", () => {
  test("changes the values of those members and not one byte beside them", () => {
    fc.assert(
      fc.property(members, edits, space, space, space, (written, values, before, inside, after) => {
        const text = `${before}{${render(written, inside)}}${after}`;
        const changed = written.map((one) => ({ ...one, valueText: values.get(one.key) ?? one.valueText }));
        const present = new Set(written.map((one) => one.key));
        const added = [...values]
          .filter(([name]) => !present.has(name))
          .map(([name, value]) => `${JSON.stringify(name)}:${value}`);
        expect(setJsonMembers(text, asRecord(values))).toBe(`${before}{${render(changed, inside, added)}}${after}`);
      }),
      { numRuns: 500 },
    );
  });

  test("means the same as parsing, setting and writing anew", () => {
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.jsonValue(), { noNullPrototype: true }),
        edits,
        fc.constantFrom(0, 1, 2, "\t"),
        (object, values, indent) => {
          const expected = new Map<string, unknown>(Object.entries(JSON.parse(JSON.stringify(object))));
          for (const [name, value] of values) expected.set(name, JSON.parse(value));
          const text = setJsonMembers(JSON.stringify(object, null, indent), asRecord(values));
          expect(new Map(Object.entries(JSON.parse(text)))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("keeps numbers that a JavaScript number cannot hold", () => {
    expect(setJsonMembers('{"seed":12345678901234567890,"model":"a","temperature":1e39}', { model: '"b"' })).toBe(
      '{"seed":12345678901234567890,"model":"b","temperature":1e39}',
    );
  });

  test("sets every one of equal keys, so that no reader of it picks an old value", () => {
    expect(setJsonMembers('{"model":"a","n":1,"model":"c"}', { model: '"b"' })).toBe('{"model":"b","n":1,"model":"b"}');
  });

  test("touches nothing that is nested under the same name", () => {
    expect(setJsonMembers('{"metadata":{"model":"x"},"messages":[{"model":"y"}]}', { model: '"b"' })).toBe(
      '{"metadata":{"model":"x"},"messages":[{"model":"y"}],"model":"b"}',
    );
  });

  test("with nothing to set gives the text back", () => {
    expect(setJsonMembers(' { "a" : 1 } ', {})).toBe(' { "a" : 1 } ');
  });

  test("takes a body of many megabytes in a moment", () => {
    const text = JSON.stringify({
      messages: [{ content: '\\"'.repeat(2_000_000) }],
      list: Array.from({ length: 200_000 }, (_, index) => index),
      model: "a",
    });
    const startedAt = processorMs();
    expect(setJsonMembers(text, { model: '"b"' }).endsWith('"model":"b"}')).toBe(true);
    expect(processorMs() - startedAt).toBeLessThan(3_000);
  });
});

test("the members of an object are found with the exact text of their values", () => {
  fc.assert(
    fc.property(members, space, (written, inside) => {
      const text = `{${render(written, inside)}}`;
      const found = jsonMembers(text).map(({ key: name, valueStart, valueEnd }) => [
        name,
        text.slice(valueStart, valueEnd),
      ]);
      expect(found).toEqual(written.map((one) => [one.key, one.valueText]));
    }),
    { numRuns: 300 },
  );
});

describe("dropJsonMembers", () => {
  test("leaves the named members out, at the top level alone, and keeps the text of the others", () => {
    const text = ' {"a" : 1.10 ,"b":{"a":[1, 2]},"a":"},{" , "c":12345678901234567890} ';
    expect(dropJsonMembers(text, ["a"])).toBe('{"b":{"a":[1, 2]},"c":12345678901234567890}');
    expect(dropJsonMembers(text, ["b", "c"])).toBe('{"a" : 1.10,"a":"},{"}');
    expect(dropJsonMembers(text, ["a", "b", "c"])).toBe("{}");
  });

  test("gives a text without them back as it is", () => {
    for (const text of [" { } ", '{"b": {"a":1} }']) expect(dropJsonMembers(text, ["a"])).toBe(text);
  });
});
