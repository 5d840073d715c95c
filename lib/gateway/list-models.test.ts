import { expect, test } from "vitest";
import { qualifiedName } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { listModels } from "@/lib/gateway/list-models";
import type { Pools } from "@/lib/gateway/plan";
import type { Caller } from "@/lib/keys/caller";
import { plainCaller } from "@/lib/testing/caller";

const caller: Caller = plainCaller({ scopes: ["models:read"] });

const everything: Pools = () => ({ keys: ["sk"], baseUrl: "https://upstream.example/v1" });
const only =
  (...providers: string[]): Pools =>
  (provider) => ({ keys: providers.includes(provider) ? ["sk"] : [] });

test("the list says of every model what it costs, what it may hold, what it can do and who serves it", () => {
  const { data } = listModels(caller, everything, "");
  expect(data.map(({ id }) => id)).toEqual(MODELS.map(qualifiedName));
  for (const model of data) {
    expect(model).toMatchObject({
      object: "model",
      context_length: expect.any(Number),
      max_output_tokens: expect.any(Number),
      capabilities: expect.any(Array),
      architecture: { input_modalities: expect.arrayContaining(["text"]) },
      pricing: { prompt: expect.stringMatching(/^0(\.\d+)?$/), completion: expect.stringMatching(/^0(\.\d+)?$/) },
    });
    expect(model.providers.length).toBeGreaterThan(0);
  }
});

test("the list names the providers that would serve this caller alone, and the price of the first", () => {
  const mini = (pools: Pools) => listModels(caller, pools, "").data.find(({ id }) => id === "openai/gpt-4o-mini");
  expect(mini(only("openai"))).toMatchObject({ providers: ["openai"], pricing: { prompt: "0.00000015" } });
  expect(mini(only("openrouter", "openai"))?.providers).toEqual(["openai", "openrouter"]);
  expect(mini(only())).toBeUndefined();
});

test("the list has the tiers of long prompts", () => {
  const { data } = listModels(caller, only("google"), "");
  expect(data.find(({ id }) => id === "google/gemini-2.5-pro")?.pricing).toMatchObject({
    prompt: "0.00000125",
    input_per_million: "1.25",
    tiers: [{ prompt_tokens_above: 200_000, prompt: "0.0000025", completion: "0.000015" }],
  });
});
