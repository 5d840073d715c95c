import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import type { Usage } from "@/lib/catalog/price";
import { usd } from "@/lib/core/money";
import { costText, dressAnswer, usageChunk, visibleCost } from "@/lib/gateway/answer";
import type { Metered } from "@/lib/gateway/meter";
import type { Attempt } from "@/lib/gateway/plan";

const USAGE: Usage = {
  promptTokens: 3,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  completionTokens: 2,
  reasoningTokens: 0,
  estimated: false,
};

describe("a provider's answer", () => {
  test("gets the caller's name for the model and the cost, and stays else as it came", () => {
    const text =
      '{ "id":"c1", "created": 12345678901234567890 ,"model":"gpt-4o-mini-2024-07-18","usage":{"prompt_tokens":3, "completion_tokens":2,"details":{"x":[1,{"a":"}"}]} },"new":null }';
    expect(dressAnswer(text, JSON.parse(text), 'openai/"mini"', USAGE, 0.000_000_15, true)).toBe(
      '{ "id":"c1", "created": 12345678901234567890 ,"model":"openai/\\"mini\\"","usage":{"prompt_tokens":3, "completion_tokens":2,"details":{"x":[1,{"a":"}"}]} ,"cost":1.5e-7,"is_byok":true},"new":null }',
    );
  });

  test.each([
    '{"model":"m"}',
    '{"model":"m","usage":null}',
    '{"model":"m","usage":{}}',
    '{"model":"m","usage":[]}',
    '{"model":"m","usage":"none"}',
    '{"model":"m","usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}',
  ])("without usage gets the counted one: %s", (text) => {
    expect(JSON.parse(dressAnswer(text, JSON.parse(text), "m", { ...USAGE, estimated: true }, 1, false))).toEqual({
      model: "m",
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, cost: 1, is_byok: false, estimated: true },
    });
  });

  test("cannot name its own price: a cost that the provider sends is not the one that counts", () => {
    const text = '{"model":"m","usage":{"cost":99,"prompt_tokens":3,"completion_tokens":2}}';
    const dressed = dressAnswer(text, JSON.parse(text), "m", USAGE, 0.25, false);
    expect(JSON.parse(dressed).usage).toMatchObject({ cost: 0.25, is_byok: false });
  });

  test("may speak of a model and of usage wherever it likes", () => {
    const names = fc.constantFrom("model", "usage", '"model":', '{"usage":{}}', "\\", 'x"', "plain");
    const said = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        names,
        fc.integer(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(names, tie("value"), { maxKeys: 3 }),
      ),
    })).value;
    const usage = fc.dictionary(fc.constantFrom("prompt_tokens", "model", "}"), fc.oneof(fc.integer(), names), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(
        fc.shuffledSubarray(["model", "usage", "a", "b"]),
        usage,
        said,
        said,
        fc.boolean(),
        (order, reported, a, b, spaced) => {
          const members: Record<string, unknown> = { model: "theirs", usage: reported, a, b };
          const value = Object.fromEntries(order.map((name) => [name, members[name]]));
          const text = JSON.stringify(value, null, spaced ? 1 : 0);
          const { usage: dressedUsage, ...rest } = JSON.parse(dressAnswer(text, value, "ours", USAGE, 1, true));
          const { usage: _usage, ...restBefore } = value;
          expect(rest).toEqual({ ...restBefore, model: "ours" });
          expect(dressedUsage).toMatchObject({ cost: 1, is_byok: true, ...(order.includes("usage") ? reported : {}) });
        },
      ),
    );
  });
});

test.each(["chat.completion.chunk", "text_completion"] as const)(
  "a usage chunk of our own has the form of the provider's (%s)",
  (object) => {
    expect(JSON.parse(usageChunk("gen_1", object, 7, "a/b", USAGE, 0.5, false))).toEqual({
      id: "gen_1",
      object,
      created: 7,
      model: "a/b",
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, cost: 0.5, is_byok: false },
    });
  },
);

describe("what an answer cost", () => {
  const metered: Metered = { usage: USAGE, cost: usd(1_500n), charged: usd(0n), operatorLoss: usd(0n), charges: [] };
  const attempt = (isPriced: boolean): Attempt => ({
    model: findModel("gpt-4o-mini").model,
    provider: "openai",
    upstreamModel: "m",
    price: { input: 1n, output: 1n },
    isPriced,
    contextWindow: 1_000,
    maxOutput: 1_000,
    credential: { kind: "none" },
    baseUrl: null,
    billedTo: "provider_key",
    feeBps: 0,
  });

  test("is said where it is known, and nothing is said of it where the model has no price", () => {
    expect(costText(metered, attempt(true), "live")).toBe("0.0000015");
    expect(visibleCost(metered, attempt(true), "live")).toBe(0.000_001_5);
    expect(costText(metered, attempt(false), "live")).toBeNull();
    expect(visibleCost(metered, attempt(false), "live")).toBeNull();
    const text = '{"model":"m","usage":{"prompt_tokens":3}}';
    expect(JSON.parse(dressAnswer(text, JSON.parse(text), "m", USAGE, null, true)).usage).toEqual({
      prompt_tokens: 3,
      cost: null,
      is_byok: true,
    });
  });

  test("is nothing for a test key, whatever the model", () => {
    for (const isPriced of [true, false]) {
      expect(costText(metered, attempt(isPriced), "test")).toBe("0.00");
      expect(visibleCost(metered, attempt(isPriced), "test")).toBe(0);
    }
  });
});
