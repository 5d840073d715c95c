import { describe, expect, test } from "vitest";
import { findModel, qualifiedName } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { GatewayError } from "@/lib/core/errors";
import { processorMs } from "@/lib/testing/processor-time";

function refusalOf(name: string): GatewayError {
  try {
    findModel(name);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error(`${name} was found`);
}

describe("a model's name", () => {
  const named = MODELS.filter(({ vendor }) => vendor !== "openrouter");

  test("is found bare, with its vendor, with a colon, and in every other spelling", () => {
    for (const model of named) {
      for (const name of [model.name, ...model.aliases]) {
        expect(findModel(name)).toEqual({ model, provider: null });
        expect(findModel(`${model.vendor}/${name}`).model).toBe(model);
        expect(findModel(`${model.vendor}:${name}`).model).toBe(model);
      }
    }
  });

  test("before a slash or colon says which provider is to serve, where it is one that offers the model", () => {
    expect(findModel("openai/gpt-4o-mini").provider).toBe("openai");
    expect(findModel("openai:gpt-4o-mini").provider).toBe("openai");
    expect(findModel("gpt-4o-mini").provider).toBeNull();
    expect(findModel("simulator/echo").provider).toBe("simulator");
    expect(findModel("groq/gpt-oss-120b").provider).toBe("groq");
    expect(findModel("openai/gpt-oss-120b")).toEqual({ model: findModel("gpt-oss-120b").model, provider: null });
    expect(findModel("meta/llama-3.3-70b-instruct").provider).toBeNull();
    for (const model of named)
      for (const { provider } of model.offers)
        expect(findModel(`${provider}/${model.name}`)).toEqual({ model, provider });
  });

  test("may be the provider's own after the provider, and only there", () => {
    for (const model of MODELS)
      for (const { provider, upstreamModel } of model.offers)
        expect(findModel(`${provider}/${upstreamModel}`)).toEqual({ model, provider });
    expect(findModel("openrouter/openai/gpt-4o-mini")).toEqual({
      model: findModel("gpt-4o-mini").model,
      provider: "openrouter",
    });
    expect(refusalOf("meta-llama/Llama-3.3-70B-Instruct-Turbo").code).toBe("model_not_found");
  });

  test("of Bedrock's may say where it answers from: the same model, asked for by that name, at that name's price", () => {
    const model = findModel("claude-sonnet-4-5").model;
    const offer = model.offers.find(({ provider }) => provider === "bedrock");
    const names = offer?.alternatives ?? [];
    expect(names.length).toBeGreaterThan(3);
    for (const { upstreamModel, price } of names) {
      for (const name of [`bedrock/${upstreamModel}`, `bedrock:${upstreamModel}`]) {
        const found = findModel(name);
        expect({ ...found.model, offers: [] }).toEqual({ ...model, offers: [] });
        expect(found.provider).toBe("bedrock");
        expect(found.model.offers).toEqual([{ provider: "bedrock", upstreamModel, price }]);
        expect(price.input > (offer?.price.input ?? 0n)).toBe(true);
      }
      expect(refusalOf(upstreamModel).code).toBe("model_not_found");
    }
    expect(names.map(({ upstreamModel }) => upstreamModel)).toContain("eu.anthropic.claude-sonnet-4-5-20250929-v1:0");
  });

  test("of OpenRouter's own models needs openrouter/ in front", () => {
    const own = MODELS.filter(({ vendor }) => vendor === "openrouter");
    expect(own.length).toBeGreaterThan(50);
    for (const model of own) {
      expect(findModel(qualifiedName(model))).toEqual({ model, provider: "openrouter" });
      expect(refusalOf(model.name).code).toBe("model_not_found");
    }
  });

  test("of a snapshot is the model's own to rules and receipts, and its vendor alone is asked for the snapshot", () => {
    for (const model of MODELS) {
      for (const snapshot of model.snapshots) {
        for (const name of [snapshot, `${model.vendor}/${snapshot}`]) {
          const found = findModel(name).model;
          expect({ ...found, offers: [] }).toEqual({ ...model, offers: [] });
          expect(found.offers.map(({ provider, upstreamModel }) => [provider, upstreamModel])).toEqual([
            [model.vendor, snapshot],
          ]);
          expect(found.offers[0]?.price).toBe(model.offers[0]?.price);
        }
      }
    }
    expect(findModel("gpt-4o-2024-08-06").model.name).toBe("gpt-4o");
    expect(findModel("claude-sonnet-4-5-20250929").model.name).toBe("claude-sonnet-4-5");
  });

  test("is one model alone: no two share a name", () => {
    const names = MODELS.flatMap(({ name, aliases, snapshots }) => [name, ...aliases, ...snapshots]);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(MODELS.map(qualifiedName)).size).toBe(MODELS.length);
  });

  test.each([
    "gpt-4o-mini-",
    "GPT-4o-mini",
    "openai/openai/gpt-4o-mini",
    "openai/",
    "/gpt-4o-mini",
    ":gpt-4o-mini",
    "anthropic/gpt-4o-mini",
    "simulator/gpt-4o-mini",
    "openai/echo",
    "toString",
    "__proto__",
    "openai/constructor",
    "",
    " gpt-4o-mini",
    "gpt-4o-mini\u0000",
    "\ud83d",
  ])("%j means none", (name) => {
    const error = refusalOf(name);
    expect(error.code).toBe("model_not_found");
    expect(error.status).toBe(400);
    expect(error.options.param).toBe("model");
    expect(error.message.isWellFormed()).toBe(true);
    expect(error.message).not.toContain("\u0000");
  });

  test("that is nearly right brings up to three near ones, nearest first", () => {
    expect(refusalOf("gpt-4o-mni").metadata).toMatchObject({ near: expect.arrayContaining(["openai/gpt-4o-mini"]) });
    expect(refusalOf("gpt-4o-mni").message).toMatch(/^Model 'gpt-4o-mni' not found\. Did you mean openai\/gpt-4o-mini/);
    for (const name of ["gpt-4o-mni", "openai/gpt4o", "gpt-5-min", "g"]) {
      const { near } = refusalOf(name).metadata;
      expect(Array.isArray(near) && near.length <= 3).toBe(true);
    }
    expect(refusalOf("llama-3.3-70b").metadata).toMatchObject({ near: ["meta/llama-3.3-70b-instruct"] });
    expect(refusalOf("something/else-entirely-and-far-from-all").metadata).toEqual({ near: [] });
  });

  test("that is unknown costs next to nothing to look for, however long the catalogue is", () => {
    const startedAt = processorMs();
    for (let index = 0; index < 100; index++) refusalOf(`${"openrouter/some-vendor/".padEnd(190, "x")}${index}`);
    expect((processorMs() - startedAt) / 100).toBeLessThan(30);
  });

  test("of a megabyte is refused in a moment, and not repeated", () => {
    const startedAt = processorMs();
    for (const name of ["x".repeat(1_000_000), `openai/${"/".repeat(1_000_000)}`, "😀".repeat(500_000)]) {
      const error = refusalOf(name);
      expect(error.message.length).toBeLessThan(300);
      expect(JSON.stringify(error.metadata).length).toBeLessThan(300);
    }
    expect(processorMs() - startedAt).toBeLessThan(2_000);
  });
});

test("any name after a provider whose models only their owner knows is one, without a price; elsewhere it is unknown", () => {
  const found = findModel("custom/team/my-model:latest");
  expect(found).toMatchObject({
    provider: "custom",
    model: { name: "team/my-model:latest", offers: [{ provider: "custom", unpriced: true }] },
  });
  // The same object, since plans are remembered by it.
  expect(findModel("custom:team/my-model:latest").model).toBe(found.model);
  const arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123";
  for (const name of [`bedrock/${arn}`, `bedrock:${arn}`])
    expect(findModel(name).model).toMatchObject({ name: arn, offers: [{ provider: "bedrock", unpriced: true }] });
  // What Bedrock sells to everybody has a price: not to know it must not make it free.
  const sold = [
    "bedrock/anthropic.claude-3-haiku-20240307-v1:0",
    "bedrock/arn:aws:bedrock:eu-west-1::foundation-model/x",
  ];
  for (const name of ["custom/", "groq/my-model", "my-model", ...sold])
    expect(() => findModel(name)).toThrow(/not found/);
});
