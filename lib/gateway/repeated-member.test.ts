import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DECISIVE_MEMBERS, repeatedMember } from "@/lib/gateway/repeated-member";
import { processorMs } from "@/lib/testing/processor-time";

/** A name with some of its letters as escapes, which JSON reads as the same name. */
const spelled = (name: string) =>
  fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((escaped) => {
    const letters = [...name].map((letter, index) =>
      escaped[index] && /[a-z_]/.test(letter)
        ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`
        : JSON.stringify(letter).slice(1, -1),
    );
    return `"${letters.join("")}"`;
  });

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...DECISIVE_MEMBERS) },
  fc.constantFrom("temperature", "Model", "model ", "user", "__proto__", 'mod"el', ""),
);

/** Values that hold the names nested, and in texts that look like members. */
const valueText = fc.oneof(
  fc.constantFrom(
    '"gpt-4o-mini"',
    "true",
    "16",
    '"model"',
    '"\\"model\\":1,\\"model\\":2"',
    '"\\u006dodel\\\\"',
    '{"model":1,"model":2,"n":{"n":1}}',
    '[{"role":"user","content":"\\",\\"stream\\":true"},{"model":[]},"n","n"]',
    "[]",
    "{ }",
  ),
  fc.json(),
);
const space = fc.constantFrom("", " ", "\n\t");

const member = name.chain((key) =>
  fc.record({ key: fc.constant(key), keyText: spelled(key), valueText, before: space, between: space }),
);

/** The slow way: every pair of members is compared. */
function slowly(keys: readonly string[]): string | null {
  const decisive: readonly string[] = DECISIVE_MEMBERS;
  return keys.find((key, index) => decisive.includes(key) && keys.slice(0, index).includes(key)) ?? null;
}

describe("a decisive name that stands twice", () => {
  test("is found exactly when it does, at the top level, however it is spelled", () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(member, { maxLength: 8 }), (members) => {
        const text = `{${members
          .map(
            ({ keyText, valueText: value, before, between }) =>
              `${before}${keyText}${between}:${before}${value}${between}`,
          )
          .join(",")}}`;
        JSON.parse(text);
        const expected = slowly(members.map(({ key }) => key));
        if (expected !== null) found += 1;
        expect(repeatedMember(text)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
    expect(found).toBeGreaterThan(100);
  });

  test.each(DECISIVE_MEMBERS)("is found for %s, plain and escaped", (key) => {
    const escaped = `\\u${key.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}${key.slice(1)}`;
    expect(repeatedMember(`{"${key}":1,"a":[],"${key}":2}`)).toBe(key);
    expect(repeatedMember(`{"${key}":1,"${escaped}":1}`)).toBe(key);
    expect(repeatedMember(`{"${key}":1,"a":{"${key}":1},"b":[{"${key}":1}],"c":"\\"${key}\\":1"}`)).toBeNull();
  });

  test("is looked for in about the time that parsing takes, also in a body of many megabytes", () => {
    const content = 'He said "hi",\nand "model": "x", and left. '.repeat(1_000);
    const text = JSON.stringify({
      model: "m",
      messages: Array.from({ length: 200 }, () => ({ role: "user", content })),
    });
    const timeOf = (work: () => unknown) => {
      const times = [0, 1, 2, 3, 4].map(() => {
        const startedAt = processorMs();
        work();
        return processorMs() - startedAt;
      });
      return Math.min(...times);
    };
    const parsing = timeOf(() => JSON.parse(text));
    // It takes about as long. A busy machine is no failure; a search that is quadratic is.
    expect(timeOf(() => expect(repeatedMember(text)).toBeNull())).toBeLessThan(parsing * 10);
  });
});
