import { describe, expect, test } from "vitest";
import { ENDPOINTS, findEndpoint, isReadEndpoint } from "@/lib/gateway/endpoints";

describe("a path", () => {
  test.each(["chat/completions", "completions", "embeddings", "responses", "models", "generation", "credits", "key"])(
    "that is an endpoint's leads to it (%s)",
    (path) => {
      expect(findEndpoint(path)).toEqual({ endpoint: path, id: "" });
    },
  );

  test.each([
    ["models/gpt-4o-mini", "gpt-4o-mini"],
    ["models/openai/gpt-4o-mini", "openai/gpt-4o-mini"],
    ["models/openai%2Fgpt-4o-mini", "openai/gpt-4o-mini"],
    ["models/openai:gpt-4o-mini", "openai:gpt-4o-mini"],
    ["models/openai%3Agpt-4o-mini", "openai:gpt-4o-mini"],
    ["models/a%20model%25", "a model%"],
    ["models/%7Bid%7D", "{id}"],
    ["models/{id}", "{id}"],
  ])("carries the id of a model, with slashes and colons, encoded or not (%s)", (path, id) => {
    expect(findEndpoint(path)).toEqual({ endpoint: "models/{id}", id });
  });

  test("carries the id of a generation", () => {
    expect(findEndpoint("generation/gen_0abc")).toEqual({ endpoint: "generation/{id}", id: "gen_0abc" });
  });

  test.each([
    "",
    "model",
    "models/",
    "modelsx/y",
    "generation/",
    "generations/gen_1",
    "credits/",
    "credits/1",
    "keys",
    "key/1",
    "chat",
    "chat/completions/more",
    "completions/more",
    "embeddings/",
    "models/%",
    "models/%zz",
    "models/%ff",
    "__proto__",
    "constructor",
    "toString",
  ])("that is nobody's leads nowhere (%j)", (path) => {
    expect(findEndpoint(path)).toBeNull();
  });
});

test("what reads and what is metered are told apart by the method", () => {
  expect(isReadEndpoint("chat/completions")).toBe(false);
  expect(isReadEndpoint("completions")).toBe(false);
  expect(isReadEndpoint("embeddings")).toBe(false);
  expect(isReadEndpoint("models/{id}")).toBe(true);
  expect(isReadEndpoint("key")).toBe(true);
});

test("the scopes are those of the contract", () => {
  const scopes = Object.fromEntries(Object.entries(ENDPOINTS).map(([name, { scope }]) => [name, scope]));
  expect(scopes).toMatchObject({
    "chat/completions": "completions:write",
    completions: "completions:write",
    embeddings: "embeddings:write",
    models: "models:read",
    "models/{id}": "models:read",
    generation: "usage:read",
    "generation/{id}": "usage:read",
    credits: "usage:read",
    key: "usage:read",
  });
});
