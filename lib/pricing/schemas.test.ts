import { describe, expect, test } from "vitest";
import { GatewayError } from "@/lib/core/errors";
import { modelKeyOf } from "@/lib/pricing/model-key";
import { priceOverrideSchema } from "@/lib/pricing/schemas";

const parse = (changes: Record<string, unknown>) =>
  priceOverrideSchema.safeParse({
    modelKey: "openai:gpt-4o-mini",
    inputPricePerMillion: "1",
    outputPricePerMillion: "2",
    ...changes,
  });

describe("a price", () => {
  test.each<[string | number, bigint]>([
    ["0", 0n],
    ["0.15", 150_000_000n],
    [" 2.5 ", 2_500_000_000n],
    [0.1, 100_000_000n],
    [1e-7, 100n],
    [100_000, 100_000_000_000_000n],
  ])("is read to the nano-dollar: %j", (price, nanos) => {
    const parsed = parse({ inputPricePerMillion: price });
    expect(parsed.success && parsed.data.inputPricePerMillion).toBe(nanos);
  });

  test.each([
    "",
    "-1",
    -1,
    "1e3",
    "1,5",
    "0.0000000001",
    2.5e-9,
    0.1234567891,
    100_001,
    "100000.000000001",
    Number.NaN,
    null,
    {},
    true,
  ])("is not %j", (price) => {
    expect(parse({ inputPricePerMillion: price }).success).toBe(false);
  });

  test("may be left out where it is not needed, and none that is unknown is taken", () => {
    expect(parse({ cachedInputPricePerMillion: null }).success).toBe(true);
    expect(parse({ outputPricePerMillion: undefined }).success).toBe(false);
    expect(parse({ audioPricePerMillion: "1" }).success).toBe(false);
  });
});

describe("the key of an override", () => {
  test.each([
    ["openai:gpt-4o-mini", "openai:gpt-4o-mini"],
    ["openai/gpt-4o-mini-2024-07-18", "openai:gpt-4o-mini"],
    ["openrouter/anthropic/claude-sonnet-4.6", "openrouter:claude-sonnet-4-6"],
    ["custom:my/model", "custom:my/model"],
    ["simulator:echo", "simulator:echo"],
  ])("of %s is %s", (name, key) => {
    expect(modelKeyOf(name)).toBe(key);
  });

  test.each(["gpt-4o-mini", "openai:no-such-model", "nobody:gpt-4o-mini", "custom:", ":", "openai"])(
    "cannot be %j, and the refusal says why",
    (name) => {
      expect(() => modelKeyOf(name)).toThrow(GatewayError);
      expect(() => modelKeyOf(name)).toThrow(expect.objectContaining({ code: "invalid_fields" }));
    },
  );
});
