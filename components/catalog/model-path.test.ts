import { expect, test } from "vitest";
import { modelIdOf, modelPath } from "@/components/catalog/model-path";
import { qualifiedName } from "@/lib/catalog/find-model";
import { MODELS } from "@/lib/catalog/models";

test("the address of every model leads back to it", () => {
  for (const id of MODELS.map(qualifiedName)) {
    const address = modelPath("/models", id);
    expect(address).toMatch(/^\/models\/[^:?#]+$/);
    expect(modelIdOf(address.split("/").slice(2))).toBe(id);
  }
});

test("an address that is no text names no model", () => {
  expect(modelIdOf(["openai", "%E0%A4%A"])).toBeNull();
});
