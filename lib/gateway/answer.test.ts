import { describe, expect, test } from "vitest";
import type { Usage } from "@/lib/catalog/price";
import { dressAnswer, usageChunk } from "@/lib/gateway/answer";

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
    expect(dressAnswer(text, 'openai/"mini"', USAGE, 0.000_000_15, true)).toBe(
      '{ "id":"c1", "created": 12345678901234567890 ,"model":"openai/\\"mini\\"","usage":{"prompt_tokens":3, "completion_tokens":2,"details":{"x":[1,{"a":"}"}]} ,"cost":1.5e-7,"is_byok":true},"new":null }',
    );
  });

  test.each([
    '{"model":"m"}',
    '{"model":"m","usage":null}',
    '{"model":"m","usage":{}}',
    '{"model":"m","usage":[]}',
    '{"model":"m","usage":"none"}',
  ])("without usage gets the counted one: %s", (text) => {
    expect(JSON.parse(dressAnswer(text, "m", { ...USAGE, estimated: true }, 1, false))).toEqual({
      model: "m",
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, cost: 1, is_byok: false, estimated: true },
    });
  });

  test("cannot name its own price: a cost that the provider sends is not the one that counts", () => {
    const dressed = dressAnswer(
      '{"model":"m","usage":{"cost":99,"prompt_tokens":3,"completion_tokens":2}}',
      "m",
      USAGE,
      0.25,
      false,
    );
    expect(JSON.parse(dressed).usage).toMatchObject({ cost: 0.25, is_byok: false });
  });
});

test("a usage chunk of our own has the form of the provider's", () => {
  expect(JSON.parse(usageChunk("gen_1", 7, "a/b", USAGE, 0.5, false))).toEqual({
    id: "gen_1",
    object: "chat.completion.chunk",
    created: 7,
    model: "a/b",
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5, cost: 0.5, is_byok: false },
  });
});
