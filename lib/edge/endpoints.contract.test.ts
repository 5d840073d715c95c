import OpenAI from "openai";
import { beforeAll, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { readBalance } from "@/lib/ledger/balance";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  chatBody,
  DOORS,
  POOL_KEY,
  receiptOf,
  receiptsOf,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import { PLAIN_PIECES, PLAIN_USAGE, PLAIN_VECTOR } from "@/lib/testing/upstream";

const EMBEDDER = "text-embedding-3-small";
/** 8 tokens at 0.02 USD a million, in nano-dollars and as callers read it. */
const EMBEDDING_COST = 8n * 20n;
const EMBEDDING_COST_USD = 0.00000016;
/** 11 prompt and 6 answer tokens of gpt-4o-mini. */
const PLAIN_COST = 11n * 150n + 6n * 600n;
const PLAIN_COST_USD = 0.00000525;
const PLAIN_TEXT = PLAIN_PIECES.join("");
/** What the planner adds to a prompt's tokens for whatever frames it. */
const FRAMING_TOKENS = 16n;

const { doors, upstream } = openDoors({ ALLOW_PRIVATE_UPSTREAMS: "true" });

function expectError(answer: Answer, status: number, type: string, code: string, param: string | null = null) {
  expect({ status: answer.status, body: answer.json }).toMatchObject({
    status,
    body: { error: { type, code, param, message: expect.any(String), metadata: expect.any(Object) }, status },
  });
  expect(answer.headers.get("x-request-id")).toMatch(/^gen_[0-9A-Za-z]+$/);
}

describe.each(DOORS)("the %s door", (door) => {
  const client = (secret: string, path = "/v1") =>
    new OpenAI({ baseURL: `${doors[door].url}${path}`, apiKey: secret, maxRetries: 0 });
  const post = (secret: string, path: string, body: unknown) =>
    ask(doors[door], { secret, path: `/v1/${path}`, method: "POST", body });

  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await makeTenant({ mode: "credits" });
  });

  describe("embeddings", () => {
    test.each(["/v1", "/api/v1"])(
      "come through the openai package, which asks for base64 unless told otherwise, below %s",
      async (path) => {
        const { data, response } = await client(tenant.secret, path)
          .embeddings.create({ model: EMBEDDER, input: ["one", "two"] })
          .withResponse();
        expect(data.data.map(({ index, embedding }) => [index, [...embedding]])).toEqual([
          [0, [...PLAIN_VECTOR]],
          [1, [...PLAIN_VECTOR]],
        ]);
        expect(data.model).toBe(EMBEDDER);
        expect(data.usage).toEqual({ prompt_tokens: 8, total_tokens: 8, cost: EMBEDDING_COST_USD, is_byok: false });
        expect(response.headers.get("x-turnpike-cost")).toBe("0.00000016");
        expect(response.headers.get("x-turnpike-billed-to")).toBe("credits");
        expect(upstream.calls).toMatchObject([
          { path: "/v1/embeddings", headers: { authorization: `Bearer ${POOL_KEY}` } },
        ]);
        expect(JSON.parse(upstream.calls[0]?.body ?? "")).toMatchObject({ encoding_format: "base64" });
      },
    );

    test("come as numbers where that is asked for", async () => {
      const { data } = await client(tenant.secret).embeddings.create({
        model: EMBEDDER,
        input: "one",
        encoding_format: "float",
      });
      expect(data[0]?.embedding).toEqual([...PLAIN_VECTOR]);
    });

    test("reach the upstream as they were sent, but for the model's name, which the answer gives back", async () => {
      const rest = '"input": ["žluť", "b"],  "dimensions":256, "user":"u-1","x_seed":12345678901234567890123';
      const answer = await post(tenant.secret, "embeddings", `{"model":"openai/${EMBEDDER}", ${rest} }`);
      expect(answer.json).toMatchObject({ model: `openai/${EMBEDDER}` });
      expect(upstream.calls[0]?.body).toBe(`{"model":"${EMBEDDER}", ${rest} }`);
    });

    test("hold their prompt alone: a token for each byte of the body, or as many as came as numbers", async () => {
      const ofText = JSON.stringify({ model: EMBEDDER, input: "Hello there" });
      const ofTokens = JSON.stringify({ model: EMBEDDER, input: [[100_000, 100_001], [7]] });
      for (const [body, tokens] of [
        [ofText, BigInt(Buffer.byteLength(ofText))],
        [ofTokens, 3n],
      ] as const) {
        const answer = await post(tenant.secret, "embeddings", body);
        expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({
          outcome: "settled",
          streamed: false,
          prompt_tokens: 8n,
          completion_tokens: 0n,
          hold: (tokens + FRAMING_TOKENS) * 20n,
          cost: EMBEDDING_COST,
          charged: EMBEDDING_COST,
          operator_loss: 0n,
        });
      }
    });

    test("of a provider that reports no usage are counted from the text, and say so", async () => {
      upstream.respond = () => ({ usage: null });
      const answer = await post(tenant.secret, "embeddings", { model: EMBEDDER, input: "Hello there" });
      expect(answer.json).toMatchObject({ usage: { prompt_tokens: 2, estimated: true } });
      expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({
        usage_estimated: true,
        prompt_tokens: 2n,
        completion_tokens: 0n,
        cost: 40n,
      });
    });

    test("leave a receipt that the key can read", async () => {
      const answer = await post(tenant.secret, "embeddings", { model: EMBEDDER, input: "Hello" });
      const id = answer.headers.get("x-generation-id");
      const receipt = await ask(doors[door], { secret: tenant.secret, path: `/v1/generation/${id}` });
      expect(receipt.json).toMatchObject({
        data: {
          id,
          endpoint: "embeddings",
          model: EMBEDDER,
          provider: "openai",
          tokens: { prompt: 8, completion: 0 },
          prices: { input_per_million: "0.02" },
          total_cost: EMBEDDING_COST_USD,
        },
      });
    });

    test("of the simulator's own model need no provider, cost credits, and are the same each time", async () => {
      const own = await makeTenant({ mode: "credits" });
      const embed = (encoding_format?: "float") =>
        client(own.secret).embeddings.create({
          model: "simulator/embed",
          input: "Hello",
          dimensions: 64,
          ...(encoding_format ? { encoding_format } : {}),
        });
      const [base64, float] = [await embed(), await embed("float")];
      expect(base64.data[0]?.embedding).toHaveLength(64);
      expect([...(base64.data[0]?.embedding ?? [])]).toEqual(float.data[0]?.embedding);
      expect(float.usage).toMatchObject({ prompt_tokens: 2, cost: 0.00000004 });
      await untilSettled();
      expect(await receiptsOf(own.keyId)).toMatchObject([{ charged: 40n }, { charged: 40n }]);
      expect(upstream.calls).toHaveLength(0);
    });

    test("for a test key are the simulator's, whatever the model, and cost nothing", async () => {
      const own = await makeTenant({ environment: "test" });
      const before = await readBalance(own.organizationId);
      const made = await client(own.secret).embeddings.create({ model: EMBEDDER, input: ["one", "two"] });
      expect(made.data.map(({ embedding }) => embedding.length)).toEqual([1_536, 1_536]);
      expect(made.usage).toMatchObject({ cost: 0, is_byok: false });
      const failed = await post(own.secret, "embeddings", { model: EMBEDDER, input: "[[status:503]]" });
      expectError(failed, 502, "upstream_error", "upstream_error");
      await untilSettled();
      expect(await readBalance(own.organizationId)).toEqual(before);
      expect(upstream.calls).toHaveLength(0);
    });

    test("are refused where the body is none, the model makes text, or the key may not", async () => {
      const bodies: [body: unknown, param: string | null][] = [
        [[], null],
        [{ input: "a" }, "model"],
        [{ model: EMBEDDER }, "input"],
        [{ model: EMBEDDER, input: [] }, "input"],
        [{ model: EMBEDDER, input: { text: "a" } }, "input"],
        [{ model: EMBEDDER, input: "a", stream: true }, "stream"],
      ];
      for (const [body, param] of bodies)
        expectError(await post(tenant.secret, "embeddings", body), 400, "invalid_request_error", "invalid_body", param);
      const text = await post(tenant.secret, "embeddings", { model: "gpt-4o-mini", input: "a" });
      expectError(text, 400, "invalid_request_error", "unsupported_endpoint", "model");
      expect(text.text).toContain("POST /api/v1/chat/completions");
      expect(await receiptOf(text.headers.get("x-request-id"))).toMatchObject({
        outcome: "refused",
        error_code: "unsupported_endpoint",
        cost: 0n,
      });
      const writer = await addKey(tenant, { scopes: ["completions:write"] });
      const denied = await post(writer.secret, "embeddings", "{");
      expectError(denied, 403, "permission_error", "insufficient_scope");
      expect(denied.text).toContain("embeddings:write");
      const embedder = await addKey(tenant, { scopes: ["embeddings:write"] });
      expect((await post(embedder.secret, "embeddings", { model: EMBEDDER, input: "a" })).status).toBe(200);
      expectError(
        await post(embedder.secret, "chat/completions", chatBody()),
        403,
        "permission_error",
        "insufficient_scope",
      );
    });

    test("stop at the key's limit before anything is sent", async () => {
      const poor = await addKey(tenant, { usageLimit: parseUsd("0.000001") });
      const answer = await post(poor.secret, "embeddings", { model: EMBEDDER, input: "a".repeat(100) });
      expectError(answer, 401, "authentication_error", "key_limit_reached");
      expect(upstream.calls).toHaveLength(0);
    });
  });

  describe("completions", () => {
    test.each(["/v1", "/api/v1"])("come whole through the openai package, with their cost, below %s", async (path) => {
      const { data, response } = await client(tenant.secret, path)
        .completions.create({ model: "openai/gpt-4o-mini", prompt: "Once", max_tokens: 20 })
        .withResponse();
      expect(data).toMatchObject({ object: "text_completion", model: "openai/gpt-4o-mini" });
      expect(data.choices[0]).toMatchObject({ text: PLAIN_TEXT, finish_reason: "stop" });
      expect(data.usage).toEqual({ ...PLAIN_USAGE, cost: PLAIN_COST_USD, is_byok: false });
      expect(upstream.calls[0]?.path).toBe("/v1/completions");
      expect(await receiptOf(response.headers.get("x-request-id"))).toMatchObject({
        outcome: "settled",
        prompt_tokens: 11n,
        completion_tokens: 6n,
        cost: PLAIN_COST,
        charged: PLAIN_COST,
      });
    });

    test("come in a stream, in the upstream's chunks, with the caller's name for the model", async () => {
      const { data: stream, response } = await client(tenant.secret)
        .completions.create({ model: "openai:gpt-4o-mini", prompt: "Once", max_tokens: 20, stream: true })
        .withResponse();
      const pieces: string[] = [];
      for await (const chunk of stream) {
        expect(chunk.model).toBe("openai:gpt-4o-mini");
        expect(chunk.usage ?? null).toBeNull();
        for (const choice of chunk.choices) if (choice.text !== "") pieces.push(choice.text);
      }
      expect(pieces).toEqual([...PLAIN_PIECES]);
      expect(JSON.parse(upstream.calls[0]?.body ?? "")).toMatchObject({ stream_options: { include_usage: true } });
      expect(await receiptOf(response.headers.get("x-request-id"))).toMatchObject({ streamed: true, cost: PLAIN_COST });
    });

    test("show the usage chunk, with cost, to those who asked for it, reported or counted", async () => {
      const usagesOf = async () => {
        const stream = await client(tenant.secret).completions.create({
          model: "gpt-4o-mini",
          prompt: "Once",
          max_tokens: 20,
          stream: true,
          stream_options: { include_usage: true },
        });
        const usages: unknown[] = [];
        for await (const chunk of stream) if (chunk.usage) usages.push([chunk.object, chunk.choices, chunk.usage]);
        return usages;
      };
      expect(await usagesOf()).toEqual([
        ["text_completion", [], { ...PLAIN_USAGE, cost: PLAIN_COST_USD, is_byok: false }],
      ]);
      upstream.respond = () => ({ usage: null });
      expect(await usagesOf()).toMatchObject([["text_completion", [], { estimated: true, prompt_tokens: 1 }]]);
    });

    test("reach the upstream as they were sent: echo, suffix, logprobs and what nobody here knows", async () => {
      const body =
        '{"model":"gpt-4o-mini", "prompt":["a","b"],"suffix":"end.","echo":true,"logprobs":5, "best_of":2,"max_tokens":9,"x_seed":12345678901234567890123,"logit_bias":{"50256":-100}}';
      expect((await post(tenant.secret, "completions", body)).status).toBe(200);
      expect(upstream.calls[0]?.body).toBe(body);
    });

    test("hold every choice of every prompt, those of best_of that are not shown included", async () => {
      const body = JSON.stringify({ model: "gpt-4o-mini", prompt: ["a", "b"], n: 1, best_of: 3, max_tokens: 10 });
      const answer = await post(tenant.secret, "completions", body);
      const bytes = BigInt(Buffer.byteLength(body));
      expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({
        hold: (bytes + FRAMING_TOKENS) * 150n + 2n * 3n * 10n * 600n,
      });
    });

    test("without a maximum are shortened to what is affordable, and never made longer than they would have been", async () => {
      const limited = await addKey(tenant, { usageLimit: parseUsd("0.001") });
      const answer = await post(limited.secret, "completions", { model: "gpt-4o-mini", prompt: "Once" });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("x-turnpike-max-tokens")).toBe("16");
      expect(JSON.parse(upstream.calls[0]?.body ?? "")).toMatchObject({ max_tokens: 16 });
    });

    test("of the simulator follow its directives, and a test key's cost nothing", async () => {
      const own = await makeTenant({ environment: "test" });
      const said = await client(own.secret).completions.create({ model: "gpt-4o", prompt: "Hi", echo: true });
      expect(said.choices[0]?.text).toBe("HiYou said: Hi");
      expect(said.usage).toMatchObject({ cost: 0 });
      const cut = await post(own.secret, "completions", {
        model: "simulator/echo",
        prompt: "[[tokens:30]][[cut:10]]",
        max_tokens: 30,
        stream: true,
      });
      expect(cut.text).toMatch(/data: \{"error":\{.*\}\n\ndata: \[DONE\]\n\n$/);
      expect(upstream.calls).toHaveLength(0);
    });

    test("are refused where the body is none, or the key may not", async () => {
      const bodies: [body: unknown, param: string][] = [
        [{ prompt: "a" }, "model"],
        [{ model: "gpt-4o-mini", prompt: 7 }, "prompt"],
        [{ model: "gpt-4o-mini", prompt: ["a", 1] }, "prompt"],
        [{ model: "gpt-4o-mini", prompt: "a", max_tokens: -1 }, "max_tokens"],
        [{ model: "gpt-4o-mini", prompt: "a", best_of: 0 }, "best_of"],
      ];
      for (const [body, param] of bodies)
        expectError(
          await post(tenant.secret, "completions", body),
          400,
          "invalid_request_error",
          "invalid_body",
          param,
        );
      const embedder = await addKey(tenant, { scopes: ["embeddings:write"] });
      const denied = await post(embedder.secret, "completions", "{");
      expectError(denied, 403, "permission_error", "insufficient_scope");
      expect(denied.text).toContain("completions:write");
      expect(upstream.calls).toHaveLength(0);
    });
  });

  test("a model that makes embeddings is refused by the endpoints of text, which say where it is called", async () => {
    for (const [path, body] of [
      ["chat/completions", chatBody({ model: EMBEDDER })],
      ["completions", { model: EMBEDDER, prompt: "a" }],
    ] as const) {
      const answer = await post(tenant.secret, path, body);
      expectError(answer, 400, "invalid_request_error", "unsupported_endpoint", "model");
      expect(answer.text).toContain("POST /api/v1/embeddings");
    }
    expect(upstream.calls).toHaveLength(0);
  });

  test.each(["embeddings", "completions"])("%s takes POST alone", async (path) => {
    for (const prefix of ["/v1/", "/api/v1/"]) {
      const answer = await ask(doors[door], { secret: tenant.secret, path: prefix + path, method: "GET" });
      expectError(answer, 405, "invalid_request_error", "method_not_allowed");
      expect(answer.headers.get("allow")).toBe("POST");
    }
  });
});

test("after all of it nothing is held, and the books agree to the nano-dollar", async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});
