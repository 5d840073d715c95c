import { describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { unchargedJson } from "@/lib/gateway/answer";
import type { ModelRequest } from "@/lib/gateway/parse";
import { boundOf, type Plan, type Pools, plan } from "@/lib/gateway/plan";
import { planHit, requestHash } from "@/lib/gateway/response-cache";
import type { Caller } from "@/lib/keys/caller";
import { plainCaller } from "@/lib/testing/caller";
import { modelRequest } from "@/lib/testing/model-request";

const ASKED = { projectId: "prj_1", environment: "live", endUserId: null } as const;
const TEXT = '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}]}';

function request(changes: Partial<ModelRequest> = {}): ModelRequest {
  return modelRequest({ text: TEXT, ...changes });
}

describe("the same request", () => {
  test.each<[string, Partial<ModelRequest>]>([
    ["spaced otherwise", { text: ` ${TEXT.replaceAll(":", " : ")} ` }],
    ["its members in another order", { text: '{"messages":[{"content":"Hi","role":"user"}],"model":"gpt-4o-mini"}' }],
    ["its characters escaped", { text: TEXT.replace("Hi", "\\u0048i") }],
  ])("is the same, %s", (_how, changes) => {
    expect(requestHash(ASKED, request(changes))).toBe(requestHash(ASKED, request()));
  });

  test.each<[string, Partial<Pick<Caller, "projectId" | "environment" | "endUserId">>, Partial<ModelRequest>]>([
    ["of another project", { projectId: "prj_2" }, {}],
    ["with a test key", { environment: "test" }, {}],
    ["with an end user's key", { endUserId: "eus_1" }, {}],
    ["to another endpoint", {}, { path: "completions" }],
    ["in another dialect", {}, { dialect: "anthropic" }],
    ["with another prompt", {}, { text: TEXT.replace("Hi", "Hi ") }],
    ["for another model", {}, { text: TEXT.replace("gpt-4o-mini", "gpt-4o") }],
    ["for the same model under another name", {}, { text: TEXT.replace("gpt-4o-mini", "openai/gpt-4o-mini") }],
    ["streamed", {}, { text: TEXT.replace("{", '{"stream":true,') }],
    ["for an end user", {}, { text: TEXT.replace("{", '{"user":"u-1",') }],
    ["with metadata", {}, { text: TEXT.replace("{", '{"metadata":{"a":"b"},') }],
    ["with a member that nobody here knows", {}, { text: TEXT.replace("{", '{"unknown":1,') }],
    ["with another version of the dialect", {}, { headers: { "anthropic-version": "2023-06-01" } }],
    ["with a beta", {}, { headers: { "anthropic-beta": "2023-06-01" } }],
    ["routed", {}, { routing: { models: ["gpt-4o-mini"], namesServed: true, preferences: null, sent: "" } }],
  ])("is another one %s", (_how, asked, changes) => {
    expect(requestHash({ ...ASKED, ...asked }, request(changes))).not.toBe(requestHash(ASKED, request()));
  });

  test("is another one where only what is ours in it differs, prices to the nano-dollar included", () => {
    const hashes = [1n, 2n, null].map((prompt) =>
      requestHash(
        ASKED,
        request({
          routing: {
            models: ["gpt-4o-mini"],
            namesServed: false,
            sent: "",
            preferences: {
              order: null,
              only: null,
              ignore: [],
              allowFallbacks: true,
              sort: null,
              maxPrice: { prompt, completion: null, request: null },
            },
          },
        }),
      ),
    );
    expect(new Set(hashes).size).toBe(3);
  });

  test("is the same whatever order its headers came in", () => {
    const [one, other] = [
      { "anthropic-beta": "b", "anthropic-version": "v" },
      { "anthropic-version": "v", "anthropic-beta": "b" },
    ].map((headers) => requestHash(ASKED, request({ headers })));
    expect(one).toBe(other);
  });
});

describe("a hit", () => {
  const caller: Caller = plainCaller({ cacheTtlSeconds: 60 });
  const pools: Pools = () => ({ keys: ["sk"], baseUrl: "http://pool.test/v1" });
  function planned(name: string): Plan {
    return plan(caller, findModel(name), request({ model: name }), pools);
  }

  test("is planned for the provider and the model that made it, free and of no length", () => {
    const whole = planned("gpt-4o-mini");
    const provider = whole.attempts[0].provider;
    expect(boundOf(whole)).toBeGreaterThan(0n);
    const hit = planHit(whole, { provider, model: "gpt-4o-mini" });
    expect(hit).toMatchObject({ promptBound: 0, completionBound: 0, longestClamp: 0, model: "gpt-4o-mini" });
    expect(hit?.attempts).toMatchObject([
      { provider, billedTo: "none", credential: { kind: "none" }, isPriced: true, price: { input: 0n, output: 0n } },
    ]);
    expect(hit && boundOf(hit)).toBe(0n);
  });

  test("is none where the caller has no way to that provider or model", () => {
    const whole = planned("gpt-4o-mini");
    expect(planHit(whole, { provider: "anthropic", model: "gpt-4o-mini" })).toBeNull();
    expect(planHit(whole, { provider: whole.attempts[0].provider, model: "gpt-4o" })).toBeNull();
  });
});

describe("an answer that is given for nothing", () => {
  test.each([
    [
      "costs nothing and used nobody's key",
      '{"id":"a","usage":{"prompt_tokens":1,"cost":0.5,"is_byok":true},"n":9007199254740993}',
      '{"id":"a","usage":{"prompt_tokens":1,"cost":0,"is_byok":false},"n":9007199254740993}',
    ],
    ["has its own cost left out too", '{"usage":{"cost":1,"cost":2}}', '{"usage":{"cost":0,"cost":0,"is_byok":false}}'],
    ["stays as it is without a cost", '{"usage":{"input_tokens":1}}', '{"usage":{"input_tokens":1}}'],
    ["stays as it is without usage", '{"cost":1}', '{"cost":1}'],
    ["stays as it is where usage is null", '{"usage":null}', '{"usage":null}'],
  ])("%s", (_what, text, free) => {
    expect(unchargedJson(text)).toBe(free);
  });
});
