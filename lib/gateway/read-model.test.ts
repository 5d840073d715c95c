import { describe, expect, test } from "vitest";
import { MODELS } from "@/lib/catalog/models";
import { listModels } from "@/lib/gateway/list-models";
import type { Pools } from "@/lib/gateway/plan";
import { readModel } from "@/lib/gateway/read-model";
import type { Caller } from "@/lib/keys/caller";
import { plainCaller } from "@/lib/testing/caller";

const caller: Caller = plainCaller({ scopes: ["models:read"] });
const pools: Pools = () => ({ keys: ["sk-pool"], baseUrl: undefined });
const empty: Pools = () => ({ keys: [], baseUrl: undefined });

describe("a model", () => {
  test("is the list's entry, under any of its names", () => {
    const listed = listModels(caller, pools, "").data.find(({ name }) => name === "gpt-4o-mini");
    expect(listed).toMatchObject({ id: "openai/gpt-4o-mini", object: "model", context_length: 128_000 });
    for (const name of ["gpt-4o-mini", "openai/gpt-4o-mini", "openai:gpt-4o-mini"])
      expect(readModel(caller, name, pools, "")).toEqual(listed);
  });

  test("is found by every id of the list", () => {
    const { data } = listModels(caller, pools, "");
    expect(data).toHaveLength(MODELS.length);
    for (const entry of data) expect(readModel(caller, entry.id, pools, "")).toEqual(entry);
  });

  test("that the caller may not call is not there, and says so in the words for one that does not exist", () => {
    const refusal = (name: string, from: Pools) => {
      try {
        return readModel(caller, name, from, "");
      } catch (error) {
        return error;
      }
    };
    const ending = "not found. GET /api/v1/models lists what this key may call.";
    expect(refusal("gpt-4o-mini", empty)).toMatchObject({
      code: "not_found",
      status: 404,
      message: `Model 'gpt-4o-mini' ${ending}`,
    });
    expect(refusal("gpt-4o-minl", pools)).toMatchObject({
      code: "not_found",
      status: 404,
      message: `Model 'gpt-4o-minl' ${ending}`,
    });
    expect(refusal("simulator/echo", empty)).toMatchObject({ id: "simulator/echo" });
    expect(refusal("x".repeat(10_000), pools)).toMatchObject({ code: "not_found" });
  });
});
