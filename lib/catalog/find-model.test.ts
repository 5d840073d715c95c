import { describe, expect, test } from "vitest";
import { findModel, qualifiedName } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";
import { GatewayError } from "@/lib/core/errors";

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
  test.each(MODELS.map((model) => [model.name, model]))(
    "%s is found bare, with its vendor, and with a colon",
    (name, model) => {
      expect(findModel(name)).toEqual({ model, provider: null });
      expect(findModel(`${model.vendor}/${name}`).model).toBe(model);
      expect(findModel(`${model.vendor}:${name}`).model).toBe(model);
    },
  );

  test("before a slash or colon says which provider is to serve, where it is one that offers the model", () => {
    expect(findModel("openai/gpt-4o-mini").provider).toBe("openai");
    expect(findModel("openai:gpt-4o-mini").provider).toBe("openai");
    expect(findModel("gpt-4o-mini").provider).toBeNull();
    expect(findModel("simulator/echo").provider).toBe("simulator");
  });

  test("is one model alone: no two share a name", () => {
    expect(new Set(MODELS.map(({ name }) => name)).size).toBe(MODELS.length);
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
    expect(refusalOf("something/else-entirely-and-far-from-all").metadata).toEqual({ near: [] });
  });

  test("of a megabyte is refused in a moment, and not repeated", () => {
    const startedAt = performance.now();
    for (const name of ["x".repeat(1_000_000), `openai/${"/".repeat(1_000_000)}`, "😀".repeat(500_000)]) {
      const error = refusalOf(name);
      expect(error.message.length).toBeLessThan(300);
      expect(JSON.stringify(error.metadata).length).toBeLessThan(300);
    }
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
