import { expect, test } from "vitest";
import { amountSchema, idSchema, pageQuery, rulesSchema, timeSchema } from "@/lib/edge/management/schemas";
import { endUserNameSchema } from "@/lib/end-users/schemas";
import { metadataSchema } from "@/lib/keys/metadata-schema";

test("an amount is read exactly, from text or from a JSON number, and from the least on", () => {
  const amount = amountSchema(1n);
  for (const [sent, nanos] of [
    ["1.25", 1_250_000_000n],
    [1.25, 1_250_000_000n],
    [0.1, 100_000_000n],
    ["0.000000001", 1n],
    [1000, 1_000_000_000_000n],
    // JavaScript and Python write these with an exponent.
    [0.0000001, 100n],
    [5e-9, 5n],
  ] as const)
    expect(amount.parse(sent)).toBe(nanos);
  for (const sent of ["", "-1", 0, "0", 1e-10, 1e21, "1e3", "1,5", true, Number.NaN])
    expect(amount.safeParse(sent).success, String(sent)).toBe(false);
  expect(amountSchema(0n).parse(0)).toBe(0n);
});

test("a time without a zone is UTC's, and one with a zone is that moment", () => {
  for (const [sent, time] of [
    ["2025-12-31T23:59:59Z", "2025-12-31T23:59:59.000Z"],
    ["2025-12-31T23:59:59", "2025-12-31T23:59:59.000Z"],
    ["2025-12-31T23:59:59.5+02:00", "2025-12-31T21:59:59.500Z"],
  ] as const)
    expect(timeSchema.parse(sent).toISOString()).toBe(time);
  for (const sent of ["tomorrow", "2025-12-31", "2025-13-01T00:00:00Z", 5])
    expect(timeSchema.safeParse(sent).success).toBe(false);
});

test("what PostgreSQL cannot hold is refused before it gets there", () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);
  expect(metadataSchema.safeParse({ a: nested(31) }).success).toBe(true);
  const deep = JSON.parse(`{"a":${"[".repeat(6_000)}${"]".repeat(6_000)}}`);
  for (const tooDeep of [{ a: nested(32) }, deep])
    expect(metadataSchema.safeParse(tooDeep).error?.issues[0]?.message).toBe("Metadata is at most 32 levels deep");
  expect(metadataSchema.parse({ a: [1, { b: null }], é: "😀" })).toEqual({ a: [1, { b: null }], é: "😀" });
  for (const sent of [{ a: "\u0000" }, { "\u0000": 1 }, { a: ["\ud800"] }, { a: "x".repeat(17_000) }, [], "x"])
    expect(metadataSchema.safeParse(sent).success).toBe(false);
  expect(endUserNameSchema.parse("ünïcode/😀 x")).toBe("ünïcode/😀 x");
  for (const sent of ["", "\u0000", "a\nb", "\ud800", "x".repeat(201)])
    expect(endUserNameSchema.safeParse(sent).success).toBe(false);
  for (const sent of ["", "a b", "\u0000", "x".repeat(101)]) expect(idSchema.safeParse(sent).success).toBe(false);
});

test("rules are read by their type, active unless they say otherwise, and null means none", () => {
  expect(
    rulesSchema.parse([
      { type: "allow_models", value: { models: ["gpt-4o*", "anthropic/claude-*"] } },
      { type: "deny_pricing", value: { pricing_type: "paid", max_input_price: 2.5 }, status: "inactive" },
    ]),
  ).toEqual([
    { rule: { type: "allow_models", value: { models: ["gpt-4o*", "anthropic/claude-*"] } }, isActive: true },
    { rule: { type: "deny_pricing", value: { pricing_type: "paid", max_input_price: 2.5 } }, isActive: false },
  ]);
  const value = { models: ["gpt-4o"] };
  const read = { id: "rule_1", type: "deny_models", value, status: "active", created_at: "2026-11-21T00:00:00.000Z" };
  expect(rulesSchema.parse([read])).toEqual([{ id: "rule_1", rule: { type: "deny_models", value }, isActive: true }]);
  expect(
    rulesSchema.parse([{ type: "deny_ips", value: { cidrs: ["10.0.0.0/8", "2001:db8::/32", "::1"] } }]),
  ).toHaveLength(1);
  expect(rulesSchema.parse(null)).toEqual([]);
  for (const rule of [
    { type: "allow_everything", value: {} },
    { type: "allow_models", value: { providers: ["openai"] } },
    { type: "allow_models", value: { models: [] } },
    { type: "allow_models", value: { models: ["a\u0000"] } },
    { type: "allow_pricing", value: {} },
    { type: "allow_ips", value: { cidrs: ["10.0.0.0/33"] } },
    { type: "allow_ips", value: { cidrs: ["example.com"] } },
    { type: "allow_models", value: { models: ["x"] }, status: "maybe" },
    { type: "allow_models", value: { models: ["x"] }, note: "x" },
  ])
    expect(rulesSchema.safeParse([rule]).success, JSON.stringify(rule)).toBe(false);
});

test("a page has bounds, and a hundred rows where nothing is said", () => {
  expect(pageQuery.parse({})).toEqual({ skip: 0, limit: 100 });
  expect(pageQuery.parse({ skip: "5", limit: "1000" })).toEqual({ skip: 5, limit: 1000 });
  for (const sent of [
    { limit: "0" },
    { limit: "1001" },
    { limit: "1.5" },
    { skip: "-1" },
    { skip: "" },
    { limit: "x" },
    { limit: "0x10" },
    { limit: "1e2" },
  ])
    expect(pageQuery.safeParse(sent).success).toBe(false);
});
