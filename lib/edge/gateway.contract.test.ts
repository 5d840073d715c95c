import { request as httpRequest } from "node:http";
import OpenAI from "openai";
import { beforeAll, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { pool } from "@/lib/infra/db";
import { rotateKey } from "@/lib/keys/rotate-key";
import { generateSecret } from "@/lib/keys/secret";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { readBalance } from "@/lib/ledger/balance";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { addKey, makePoorTenant, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  type Call,
  chatBody,
  DOORS,
  eventually,
  insideOneMinute,
  POOL_KEY,
  receiptOf,
  receiptsOf,
  send,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import { PLAIN_PIECES, PLAIN_USAGE, type TestUpstream } from "@/lib/testing/upstream";

const MAX_BODY_BYTES = 2_000_000;
const UPSTREAM_TIMEOUT_MS = 2_000;

const MISSING_KEY =
  "Unauthorized: No API key provided. Expected 'Authorization: Bearer your-api-token' header or 'x-api-key: your-api-token' header";
const INVALID_KEY =
  "Unauthorized: Invalid Turnpike API token. Please make sure the token is not deleted or disabled. Go to the Turnpike 'API Keys' page to generate a new token.";

/** 11 prompt and 6 answer tokens of gpt-4o-mini, in nano-dollars. */
const PLAIN_COST = 11n * 150n + 6n * 600n;
const PLAIN_TEXT = PLAIN_PIECES.join("");

const { doors, upstream } = openDoors({
  MAX_BODY_BYTES: String(MAX_BODY_BYTES),
  UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS),
  ALLOW_PRIVATE_UPSTREAMS: "true",
});

/** Checks the whole error shape of CONTRACT section 9. */
function expectError(answer: Answer, status: number, type: string, code: string, message?: string | RegExp) {
  const text =
    message === undefined ? expect.any(String) : message instanceof RegExp ? expect.stringMatching(message) : message;
  expect({ status: answer.status, body: answer.json }).toEqual({
    status,
    body: {
      error: expect.objectContaining({ message: text, type, code, metadata: expect.any(Object) }),
      status,
      message: text,
    },
  });
  expect(answer.json).toHaveProperty("error.param");
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  expectCommonHeaders(answer.headers);
}

function expectCommonHeaders(headers: Headers) {
  expect(headers.get("x-request-id")).toMatch(/^gen_[0-9A-Za-z]+$/);
  expect(headers.get("x-generation-id")).toBe(headers.get("x-request-id"));
  expect(headers.get("cache-control")).toContain("no-store");
  const vary = headers.get("vary")?.toLowerCase() ?? "";
  for (const name of ["authorization", "x-api-key", "x-anyllm-key"]) expect(vary).toContain(name);
}

describe.each(DOORS)("the %s door", (door) => {
  const client = (secret: string, path = "/v1") =>
    new OpenAI({ baseURL: `${doors[door].url}${path}`, apiKey: secret, maxRetries: 0 });
  const call = (options: Call) => ask(doors[door], options);

  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await makeTenant({ mode: "credits" });
  });

  describe("answers", () => {
    test("a whole completion through the openai package carries its cost and nobody's own key", async () => {
      const { data, response } = await client(tenant.secret)
        .chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] })
        .withResponse();
      expect(data.choices[0]?.message.content).toBe(PLAIN_TEXT);
      expect(data.model).toBe("gpt-4o-mini");
      expect(data.usage).toEqual({ ...PLAIN_USAGE, cost: 0.00000525, is_byok: false });
      expectCommonHeaders(response.headers);
      expect(response.headers.get("cache-control")).toBe("private, no-store");
      expect(response.headers.get("x-turnpike-cost")).toBe("0.00000525");
      expect(response.headers.get("x-turnpike-billed-to")).toBe("credits");
      expect(response.headers.get("x-ratelimit-limit-requests")).toBeNull();
    });

    test("a streamed completion through the openai package comes in the upstream's chunks", async () => {
      const stream = await client(tenant.secret).chat.completions.create({
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: "Hi" }],
        stream: true,
      });
      const pieces: string[] = [];
      for await (const chunk of stream) {
        expect(chunk.usage ?? null).toBeNull();
        expect(chunk.model).toBe("gpt-4o-mini");
        for (const choice of chunk.choices) if (choice.delta.content) pieces.push(choice.delta.content);
      }
      expect(pieces).toEqual([...PLAIN_PIECES]);
      expect(JSON.parse(upstream.calls[0]?.body ?? "")).toMatchObject({ stream_options: { include_usage: true } });
    });

    test("the usage chunk, with cost, reaches those who asked for it", async () => {
      const stream = await client(tenant.secret).chat.completions.create({
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: "Hi" }],
        stream: true,
        stream_options: { include_usage: true },
      });
      const usages: unknown[] = [];
      for await (const chunk of stream) if (chunk.usage) usages.push([chunk.choices.length, chunk.usage]);
      expect(usages).toEqual([[0, { ...PLAIN_USAGE, cost: 0.00000525, is_byok: false }]]);
    });

    test("a stream arrives as it is made, not in the end", async () => {
      upstream.respond = () => ({ gapMs: 120 });
      const stream = await client(tenant.secret).chat.completions.create({
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: "Hi" }],
        stream: true,
      });
      // How much of it the upstream had sent when a piece of it was here.
      const sent: number[] = [];
      for await (const chunk of stream)
        if (chunk.choices[0]?.delta.content) sent.push(upstream.calls[0]?.chunksSent ?? 0);
      expect(sent).toHaveLength(PLAIN_PIECES.length);
      expect(sent[0]).toBeLessThan(sent.at(-1) ?? 0);
    });

    test("a stream's bytes are the upstream's, but for the usage chunk", async () => {
      const answer = await call({ secret: tenant.secret, body: chatBody({ stream: true }) });
      expect(answer.headers.get("content-type")).toMatch(/^text\/event-stream/);
      expect(answer.headers.get("x-accel-buffering")).toBe("no");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      const events = answer.text.split("\n\n").filter((event) => event !== "");
      expect(events).toHaveLength(PLAIN_PIECES.length + 3);
      expect(events.at(-1)).toBe("data: [DONE]");
      expect(events[1]).toBe(
        'data: {"id":"chatcmpl-test","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"Hello"},"logprobs":null,"finish_reason":null}]}',
      );
    });

    test("both prefixes serve the same, without a redirect", async () => {
      for (const path of ["/v1/chat/completions", "/api/v1/chat/completions"]) {
        const answer = await call({ path, secret: tenant.secret, body: chatBody() });
        expect([path, answer.status]).toEqual([path, 200]);
      }
      for (const path of ["/v1/models", "/api/v1/models"]) {
        const answer = await call({ path, secret: tenant.secret });
        expect([path, answer.status]).toEqual([path, 200]);
      }
    });

    test.each(["gpt-4o-mini", "openai/gpt-4o-mini", "openai:gpt-4o-mini"])(
      "the model may be named %s; the answer carries that name, the upstream its own",
      async (model) => {
        const whole = await client(tenant.secret).chat.completions.create({
          model,
          messages: [{ role: "user", content: "Hi" }],
        });
        expect(whole.model).toBe(model);
        const stream = await client(tenant.secret).chat.completions.create({
          model,
          messages: [{ role: "user", content: "Hi" }],
          stream: true,
        });
        for await (const chunk of stream) expect(chunk.model).toBe(model);
        expect(upstream.calls.map((received) => JSON.parse(received.body).model)).toEqual([
          "gpt-4o-mini",
          "gpt-4o-mini",
        ]);
      },
    );

    test("the receipt has the id of the answer, its tokens, its price and who paid", async () => {
      const before = await readBalance(tenant.organizationId);
      const answer = await call({ secret: tenant.secret, body: chatBody() });
      const receipt = await receiptOf(answer.headers.get("x-request-id"));
      expect(receipt).toMatchObject({
        outcome: "settled",
        status: 200,
        environment: "live",
        requested_model: "gpt-4o-mini",
        streamed: false,
        cancelled: false,
        billed_to: "credits",
        prompt_tokens: 11n,
        completion_tokens: 6n,
        usage_estimated: false,
        cost: PLAIN_COST,
        charged: PLAIN_COST,
        operator_loss: 0n,
      });
      expect((await readBalance(tenant.organizationId)).used - before.used).toBeGreaterThanOrEqual(PLAIN_COST);
    });

    test("a provider that reports no usage is counted from the text, and the answer says so", async () => {
      upstream.respond = () => ({ usage: null });
      const whole = await call({ secret: tenant.secret, body: chatBody() });
      expect(whole.json).toMatchObject({ usage: { estimated: true, is_byok: false, cost: expect.any(Number) } });
      const receipt = await receiptOf(whole.headers.get("x-request-id"));
      expect(receipt).toMatchObject({ usage_estimated: true, outcome: "settled" });
      expect(receipt.cost).toBeGreaterThan(0n);
      const streamed = await call({
        secret: tenant.secret,
        body: chatBody({ stream: true, stream_options: { include_usage: true } }),
      });
      expect(streamed.text).toContain('"estimated":true');
      expect((await receiptOf(streamed.headers.get("x-request-id"))).cost).toBe(receipt.cost);
    });

    test("what exceeds the hold is the operator's loss, never the customer's", async () => {
      upstream.respond = () => ({ usage: { prompt_tokens: 11, completion_tokens: 50_000, total_tokens: 50_011 } });
      const answer = await call({ secret: tenant.secret, body: chatBody() });
      const receipt = await receiptOf(answer.headers.get("x-request-id"));
      expect(receipt.charged).toBe(receipt.hold);
      expect(receipt.cost).toBe(receipt.hold);
      expect(receipt.operator_loss).toBe(11n * 150n + 50_000n * 600n - receipt.hold);
    });

    test("tools make the round trip", async () => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "Use get_weather please" }];
      const tools: OpenAI.ChatCompletionTool[] = [
        {
          type: "function",
          function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
        },
      ];
      const first = await client(tenant.secret).chat.completions.create({ model: "simulator/echo", messages, tools });
      const message = first.choices[0]?.message;
      const tool = message?.tool_calls?.[0];
      expect(first.choices[0]?.finish_reason).toBe("tool_calls");
      expect(tool).toMatchObject({ type: "function", function: { name: "get_weather", arguments: '{"city":"text"}' } });
      if (!message || !tool) throw new Error("no tool was called");
      const second = await client(tenant.secret).chat.completions.create({
        model: "simulator/echo",
        messages: [...messages, message, { role: "tool", tool_call_id: tool.id, content: "sunny" }],
      });
      expect(second.choices[0]?.message.content).toBe("The tool answered: sunny");
      const streamed = client(tenant.secret).chat.completions.stream({ model: "simulator/echo", messages, tools });
      const whole = await streamed.finalChatCompletion();
      expect(whole.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { arguments: '{"city":"text"}' } });
      expect(upstream.calls).toHaveLength(0);
    });
  });

  describe("requests", () => {
    test("fields that the gateway does not know, and numbers that JavaScript cannot hold, reach the upstream as they came", async () => {
      const rest =
        '"messages": [ {"role":"user","content":"Hi \\u00e9 \\ud83d\\ude00","x_note":{"deep":[1.0,2.50,-0]}} ],  "seed":12345678901234567890123, "temperature":1e39,"top_p":0.10, "x_unknown":{"b":1,"a":[null,true]},"logit_bias":{"50256":-100}';
      await call({ secret: tenant.secret, body: `{"model":"gpt-4o-mini", ${rest}, "max_tokens":16 }` });
      expect(upstream.calls[0]?.body).toBe(`{"model":"gpt-4o-mini", ${rest}, "max_tokens":16 }`);
      await call({
        secret: tenant.secret,
        body: `{"model":"openai/gpt-4o-mini", ${rest}, "stream":true, "stream_options":{"include_obfuscation":false}}`,
      });
      const streamed = upstream.calls[1]?.body ?? "";
      expect(streamed).toContain(rest);
      expect(JSON.parse(streamed)).toMatchObject({
        model: "gpt-4o-mini",
        stream_options: { include_obfuscation: false, include_usage: true },
      });
    });

    test("no header of the caller's goes upstream, and the pool's key does", async () => {
      await call({
        secret: tenant.secret,
        body: chatBody(),
        headers: {
          cookie: "session=abc",
          "x-api-key": tenant.secret,
          "openai-organization": "org-mine",
          "x-forwarded-for": "10.1.2.3",
          "x-custom": "mine",
          "user-agent": "my client",
          referer: "https://example.test/secret",
        },
      });
      const headers = upstream.calls[0]?.headers ?? {};
      expect(headers.authorization).toBe(`Bearer ${POOL_KEY}`);
      expect(Object.keys(headers).sort()).toEqual(
        ["authorization", "connection", "content-length", "content-type", "host", "user-agent"].sort(),
      );
      expect(JSON.stringify(headers)).not.toContain(tenant.secret);
      expect(headers["user-agent"]).not.toContain("my client");
    });

    test("a body in several pieces without a length is read", async () => {
      const answer = await new Promise<number | undefined>((resolve, reject) => {
        const request = httpRequest(
          `${doors[door].url}/v1/chat/completions`,
          { method: "POST", headers: { authorization: `Bearer ${tenant.secret}`, "content-type": "application/json" } },
          (response) => {
            response.resume();
            response.on("end", () => resolve(response.statusCode));
          },
        );
        request.on("error", reject);
        const text = JSON.stringify(chatBody());
        request.write(text.slice(0, 10));
        setTimeout(() => request.end(text.slice(10)), 50);
      });
      expect(answer).toBe(200);
    });

    test("what is not JSON is invalid_json", async () => {
      for (const body of ["", "{", '{"model":"gpt-4o-mini",}', "nonsense", '{"a":"\u0001"}']) {
        const answer = await call({ secret: tenant.secret, method: "POST", body });
        expectError(answer, 400, "invalid_request_error", "invalid_json");
      }
      expect(upstream.calls).toHaveLength(0);
    });

    test("what is no chat request is invalid_body and names the field", async () => {
      const cases: [body: unknown, param: string | null][] = [
        [[], null],
        ["null", null],
        [{ messages: [{ role: "user", content: "Hi" }] }, "model"],
        [chatBody({ model: 7 }), "model"],
        [chatBody({ messages: "Hi" }), "messages"],
        [chatBody({ messages: [] }), "messages"],
        [chatBody({ messages: [{ role: "user", content: 7 }] }), "messages[0].content"],
        [chatBody({ max_tokens: -1 }), "max_tokens"],
        [chatBody({ max_tokens: "many" }), "max_tokens"],
        [chatBody({ n: 1.5 }), "n"],
        [chatBody({ n: 0 }), "n"],
        [chatBody({ stream: "yes" }), "stream"],
      ];
      for (const [body, param] of cases) {
        const answer = await call({ secret: tenant.secret, body });
        expectError(answer, 400, "invalid_request_error", "invalid_body");
        expect(answer.json).toHaveProperty("error.param", param);
      }
      expect(upstream.calls).toHaveLength(0);
    });

    test("a body over the limit is refused, announced or not, and one below it is not", async () => {
      const big = JSON.stringify(chatBody({ messages: [{ role: "user", content: "a".repeat(MAX_BODY_BYTES) }] }));
      expectError(await call({ secret: tenant.secret, body: big }), 413, "invalid_request_error", "body_too_large");
      const unannounced = await new Promise<number | undefined>((resolve, reject) => {
        const request = httpRequest(
          `${doors[door].url}/v1/chat/completions`,
          { method: "POST", headers: { authorization: `Bearer ${tenant.secret}`, "content-type": "application/json" } },
          (response) => {
            response.resume();
            resolve(response.statusCode);
            request.destroy();
          },
        );
        request.on("error", reject);
        request.write(big.slice(0, 1_000_000));
        request.write(big.slice(1_000_000));
      });
      expect(unannounced).toBe(413);
      expect(upstream.calls).toHaveLength(0);
      const fits = chatBody({ model: "gpt-4.1-mini", messages: [{ role: "user", content: "a".repeat(900_000) }] });
      expect((await call({ secret: tenant.secret, body: fits })).status).toBe(200);
    });

    test("another content type is 415", async () => {
      const answer = await call({ secret: tenant.secret, body: "model=gpt", headers: { "content-type": "text/csv" } });
      expectError(answer, 415, "invalid_request_error", "unsupported_media_type");
    });

    test("an unknown model is refused with near names", async () => {
      const answer = await call({ secret: tenant.secret, body: chatBody({ model: "openai/gpt-4o-mimi" }) });
      expectError(answer, 400, "invalid_request_error", "model_not_found", /openai\/gpt-4o-mini/);
      expect(answer.json).toMatchObject({
        error: { param: "model", metadata: { near: expect.arrayContaining(["openai/gpt-4o-mini"]) } },
      });
      const other = await call({ secret: tenant.secret, body: chatBody({ model: "mistral/gpt-4o-mini" }) });
      expectError(other, 400, "invalid_request_error", "model_not_found");
    });
  });

  describe("paths and methods", () => {
    test("an unknown path is a 404 in the error shape", async () => {
      for (const path of ["/v1/nope", "/api/v1/nope", "/v1/chat", "/api/v1/chat/completions/more"]) {
        expectError(await call({ path, secret: tenant.secret }), 404, "not_found_error", "not_found");
        expectError(await call({ path, secret: tenant.secret, body: {} }), 404, "not_found_error", "not_found");
      }
    });

    test("a wrong method is a 405 that names the right one", async () => {
      for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const answer = await call({ method, path: "/v1/chat/completions", secret: tenant.secret });
        expectError(answer, 405, "invalid_request_error", "method_not_allowed");
        expect(answer.headers.get("allow")).toBe("POST");
      }
      const models = await call({ method: "POST", path: "/api/v1/models", secret: tenant.secret, body: {} });
      expectError(models, 405, "invalid_request_error", "method_not_allowed");
      expect(models.headers.get("allow")).toBe("GET");
    });
  });

  describe("credentials", () => {
    const models = (headers: Record<string, string>) => call({ path: "/v1/models", headers });

    test("none is a 401 that says how to send one", async () => {
      expectError(await call({ path: "/v1/models" }), 401, "authentication_error", "missing_key", MISSING_KEY);
      expectError(await call({ body: chatBody() }), 401, "authentication_error", "missing_key", MISSING_KEY);
    });

    test("a malformed header is a 401 at once, with no fall-through to the next", async () => {
      const good = { "x-api-key": tenant.secret };
      const cases: Record<string, string>[] = [
        { authorization: tenant.secret, ...good },
        { authorization: `Basic ${tenant.secret}`, ...good },
        { authorization: "Bearer", ...good },
        { authorization: `Bearer ${tenant.secret} x`, ...good },
        { "x-anyllm-key": tenant.secret, authorization: `Bearer ${tenant.secret}` },
        { "x-anyllm-key": "Basic abc", ...good },
      ];
      for (const headers of cases) {
        expectError(await models(headers), 401, "authentication_error", "malformed_header");
      }
    });

    test("X-AnyLLM-Key goes before Authorization, and that before x-api-key", async () => {
      const wrong = "sk-somebody-elses";
      const bearer = `Bearer ${tenant.secret}`;
      const served: Record<string, string>[] = [
        { "x-anyllm-key": bearer, authorization: `Bearer ${wrong}`, "x-api-key": wrong },
        { "x-anyllm-key": "", authorization: bearer, "x-api-key": wrong },
        { authorization: bearer, "x-api-key": wrong },
        { authorization: `bearer ${tenant.secret}` },
        { authorization: `BEARER ${tenant.secret}` },
        { "x-api-key": tenant.secret },
      ];
      for (const headers of served) expect([headers, (await models(headers)).status]).toEqual([headers, 200]);
      const refused: Record<string, string>[] = [
        { "x-anyllm-key": `Bearer ${wrong}`, authorization: bearer, "x-api-key": tenant.secret },
        { authorization: `Bearer ${wrong}`, "x-api-key": tenant.secret },
      ];
      for (const headers of refused) {
        expectError(await models(headers), 401, "authentication_error", "invalid_key", INVALID_KEY);
      }
    });

    test("a key in the query string is refused, also a good one", async () => {
      for (const query of [`key=${tenant.secret}`, `api_key=${tenant.secret}`, `x=${tenant.secret}`]) {
        const answer = await call({ path: `/v1/models?${query}`, secret: tenant.secret });
        expectError(answer, 400, "invalid_request_error", "key_in_query");
        expect(answer.text).not.toContain(tenant.secret);
      }
      expect(doors[door].output()).not.toContain(tenant.secret);
    });

    test("a wrong checksum, an unknown, a disabled, a deleted and a rotated key all read the same", async () => {
      const flipped = tenant.secret.slice(0, -1) + (tenant.secret.endsWith("0") ? "1" : "0");
      const own = await makeTenant();
      const owner = { organizationId: own.organizationId, keyId: own.keyId, actor: { userId: own.userId } };
      for (const secret of [flipped, generateSecret("live").secret, "sk-none", "tp_live_short"]) {
        expectError(await call({ secret, body: chatBody() }), 401, "authentication_error", "invalid_key", INVALID_KEY);
      }
      expect((await call({ secret: own.secret, body: chatBody() })).status).toBe(200);
      await setKeyStatus({ ...owner, status: "inactive" });
      for (const answer of [
        await call({ secret: own.secret, body: chatBody() }),
        await call({ path: "/v1/models", secret: own.secret }),
      ]) {
        expectError(answer, 401, "authentication_error", "key_inactive", INVALID_KEY);
      }
      await setKeyStatus({ ...owner, status: "active" });
      expect((await call({ secret: own.secret, body: chatBody() })).status).toBe(200);
      const rotated = await rotateKey({ ...owner, gracePeriodSeconds: 0 });
      expectError(
        await call({ secret: own.secret, body: chatBody() }),
        401,
        "authentication_error",
        "invalid_key",
        INVALID_KEY,
      );
      expect((await call({ secret: rotated.secret, body: chatBody() })).status).toBe(200);
    });

    test("a disabled key learns nothing about its body", async () => {
      const own = await makeTenant();
      expect((await call({ secret: own.secret, body: chatBody() })).status).toBe(200);
      await setKeyStatus({ ...own, actor: { userId: own.userId }, status: "inactive" });
      for (const body of ["{", chatBody({ messages: 7 }), chatBody({ model: "no-such-model" })]) {
        expectError(await call({ secret: own.secret, body }), 401, "authentication_error", "key_inactive", INVALID_KEY);
      }
    });

    test("an expired key says so", async () => {
      const own = await makeTenant();
      expect((await call({ secret: own.secret, body: chatBody() })).status).toBe(200);
      await pool().query(
        "UPDATE api_key SET expires_at = now() - interval '1 second', version = version + 1 WHERE id = $1",
        [own.keyId],
      );
      expectError(
        await call({ secret: own.secret, body: chatBody() }),
        401,
        "authentication_error",
        "key_expired",
        "Unauthorized: Turnpike API key has expired.",
      );
    });

    test("a missing scope is a 403 that names it, before anything about the body", async () => {
      const reader = await addKey(tenant, { scopes: ["models:read"] });
      const writer = await addKey(tenant, { scopes: ["completions:write"] });
      const denied = await call({ secret: reader.secret, body: "{" });
      expectError(denied, 403, "permission_error", "insufficient_scope", /completions:write/);
      expectError(
        await call({ path: "/v1/models", secret: writer.secret }),
        403,
        "permission_error",
        "insufficient_scope",
        /models:read/,
      );
      expect((await call({ path: "/v1/models", secret: reader.secret })).status).toBe(200);
      expect((await call({ secret: writer.secret, body: chatBody() })).status).toBe(200);
    });
  });

  describe("models", () => {
    test("lists what the key may call, through the openai package", async () => {
      const listed = await client(tenant.secret, "/api/v1").models.list();
      expect(listed.data.map((model) => model.id)).toEqual(
        expect.arrayContaining(["openai/gpt-4o-mini", "simulator/echo"]),
      );
      expect(listed.data.find((model) => model.id === "openai/gpt-4o-mini")).toMatchObject({
        object: "model",
        owned_by: "openai",
        context_length: 128_000,
        max_output_tokens: 16_384,
        providers: ["openai"],
        pricing: { prompt: "0.00000015", completion: "0.0000006" },
        capabilities: expect.arrayContaining(["tools"]),
      });
    });

    test("leaves out what the project has no provider key for", async () => {
      const own = await makeTenant({ mode: "api_keys" });
      const listed = await client(own.secret).models.list();
      expect(listed.data.map((model) => model.id)).toEqual(["simulator/echo", "simulator/embed"]);
    });
  });

  describe("test keys", () => {
    test("are served by the simulator, cost nothing and leave the credits alone", async () => {
      const own = await makeTenant({ environment: "test" });
      const before = await readBalance(own.organizationId);
      const { data, response } = await client(own.secret)
        .chat.completions.create({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] })
        .withResponse();
      expect(data.choices[0]?.message.content).toBe("You said: Hi");
      expect(data.usage).toMatchObject({ cost: 0, is_byok: false });
      expect(response.headers.get("x-turnpike-billed-to")).toBe("none");
      const streamed = await client(own.secret).chat.completions.create({
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: "Hi" }],
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of streamed) if (chunk.usage) expect(chunk.usage).toMatchObject({ cost: 0 });
      expect(upstream.calls).toHaveLength(0);
      const receipt = await receiptOf(response.headers.get("x-request-id"));
      expect(receipt).toMatchObject({ environment: "test", billed_to: "none", charged: 0n, outcome: "settled" });
      await untilSettled();
      expect(await readBalance(own.organizationId)).toEqual(before);
    });

    test("follow the simulator's directives", async () => {
      const own = await makeTenant({ environment: "test" });
      const answer = (content: string, more: object = {}) =>
        call({
          secret: own.secret,
          body: chatBody({ messages: [{ role: "user", content }], max_tokens: 100, ...more }),
        });
      expect((await answer("[[tokens:50]]")).json).toMatchObject({ usage: { completion_tokens: 50 } });
      expectError(await answer("[[status:503]]"), 502, "upstream_error", "upstream_error");
      expect((await answer("[[tokens:9]][[no-usage]]")).json).toMatchObject({ usage: { estimated: true } });
      const cut = await answer("[[tokens:30]][[cut:10]]", { stream: true });
      expect(cut.status).toBe(200);
      expect(cut.text).toMatch(/data: \{"error":\{.*\}\n\ndata: \[DONE\]\n\n$/);
    });
  });

  describe("project modes", () => {
    test("an own key serves and is billed to nobody's credits", async () => {
      const own = await makeTenant({ mode: "api_keys" });
      const ownKey = "sk-proj-customers-own-key-1234";
      await addProviderKey({
        ...own,
        provider: "openai",
        key: ownKey,
        baseUrl: upstream.url,
        actor: { userId: own.userId },
      });
      const before = await readBalance(own.organizationId);
      const answer = await call({ secret: own.secret, body: chatBody() });
      expect(answer.json).toMatchObject({ usage: { is_byok: true, cost: 0.00000525 } });
      expect(answer.headers.get("x-turnpike-billed-to")).toBe("provider_key");
      expect(upstream.calls[0]?.headers.authorization).toBe(`Bearer ${ownKey}`);
      const receipt = await receiptOf(answer.headers.get("x-request-id"));
      expect(receipt).toMatchObject({ is_byok: true, billed_to: "provider_key", cost: PLAIN_COST, charged: 0n });
      await untilSettled();
      expect(await readBalance(own.organizationId)).toEqual(before);
    });

    test("api_keys without a provider key says what to do", async () => {
      const own = await makeTenant({ mode: "api_keys" });
      expectError(
        await call({ secret: own.secret, body: chatBody() }),
        400,
        "invalid_request_error",
        "provider_key_missing",
        "No API key set for provider: openai. Please add a provider key in your settings or add credits and switch to credits or hybrid mode.",
      );
      expect(upstream.calls).toHaveLength(0);
    });

    test("hybrid without own key and credits says that both are missing", async () => {
      const own = await makePoorTenant({ mode: "hybrid" });
      expectError(
        await call({ secret: own.secret, body: chatBody() }),
        402,
        "billing_error",
        "insufficient_credits",
        "No API key set for provider and organization has insufficient credits",
      );
      expect(upstream.calls).toHaveLength(0);
    });
  });

  describe("limits", () => {
    test("credits that do not pay even for the prompt are a 402", async () => {
      const own = await makePoorTenant({ mode: "credits" });
      const answer = await call({ secret: own.secret, body: chatBody() });
      expectError(answer, 402, "billing_error", "insufficient_credits", "Organization has insufficient credits");
      expect(answer.json).toMatchObject({ error: { metadata: { limit: "0.00", used: "0.00", held: "0.00" } } });
      expect(upstream.calls).toHaveLength(0);
    });

    test("a maximum that is not affordable is a 402 that says what is", async () => {
      const own = await makePoorTenant({ mode: "credits", credits: parseUsd("0.003") });
      const answer = await call({ secret: own.secret, body: chatBody({ max_tokens: 16_000 }) });
      expectError(
        answer,
        402,
        "billing_error",
        "insufficient_credits",
        /^This request requires more credits, or fewer max_tokens\. You requested up to 16000 tokens, but can only afford \d+\.$/,
      );
      const affordable = Number(/afford (\d+)\./.exec(answer.text)?.[1]);
      const fitting = await call({ secret: own.secret, body: chatBody({ max_tokens: affordable }) });
      expect(fitting.status).toBe(200);
    });

    test("without a maximum the answer is clamped to what is affordable, and the caller is told", async () => {
      const own = await makePoorTenant({ mode: "credits", credits: parseUsd("0.003") });
      const answer = await call({ secret: own.secret, body: chatBody({ max_tokens: undefined }) });
      expect(answer.status).toBe(200);
      const clamp = Number(answer.headers.get("x-turnpike-max-tokens"));
      expect(clamp).toBeGreaterThan(4_500);
      expect(clamp).toBeLessThan(5_000);
      expect(JSON.parse(upstream.calls[0]?.body ?? "")).toMatchObject({ max_completion_tokens: clamp });
    });

    test("a key's limit is a 401 with the meter's numbers", async () => {
      const { secret } = await addKey(tenant, { usageLimit: parseUsd("0.00002") });
      const answers = [];
      for (let index = 0; index < 5; index += 1) {
        answers.push(await call({ secret, body: chatBody({ max_tokens: 6 }) }));
        await untilSettled();
      }
      expect(answers[0]?.status).toBe(200);
      const last = answers.at(-1);
      if (!last) throw new Error("no answer");
      expectError(
        last,
        401,
        "authentication_error",
        "key_limit_reached",
        "Unauthorized: Turnpike API key reached its usage limit.",
      );
      expect(last.json).toMatchObject({
        error: { metadata: { limit: "0.00002", held: "0.00", used: expect.any(String), resets_at: null } },
      });
    });

    test("a rate is told in headers, and past it 429 says when to come back", async () => {
      const { secret, key } = await addKey(tenant, { rateLimitRpm: 3 });
      await insideOneMinute(10);
      const remaining = [];
      for (let index = 0; index < 3; index += 1) {
        const answer = await call({ secret, body: chatBody() });
        expect(answer.status).toBe(200);
        expect(answer.headers.get("x-ratelimit-limit-requests")).toBe("3");
        expect(answer.headers.get("x-ratelimit-reset-requests")).toMatch(/^\d+s$/);
        remaining.push(answer.headers.get("x-ratelimit-remaining-requests"));
      }
      expect(remaining).toEqual(["2", "1", "0"]);
      const over = await call({ secret, body: chatBody() });
      expectError(over, 429, "rate_limit_error", "rate_limited");
      const seconds = Number(over.headers.get("retry-after"));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
      expect(upstream.calls).toHaveLength(3);
      const refused = await eventually(
        () => receiptsOf(key.id),
        (rows) => rows.length === 4,
      );
      expect(refused.at(-1)).toMatchObject({
        outcome: "refused",
        status: 429,
        error_code: "rate_limited",
        charged: 0n,
      });
    });
  });

  describe("failures upstream", () => {
    const both = [{ stream: false }, { stream: true }];
    const failing = async (
      script: ReturnType<TestUpstream["respond"]>,
      more: Record<string, unknown>,
    ): Promise<Answer> => {
      upstream.respond = () => script;
      return call({ secret: tenant.secret, body: chatBody(more) });
    };

    test.each(both)("its 400 is ours with its text, secrets removed and cut to 400 characters (%o)", async (more) => {
      const text = `Bad thing with sk-proj-abcdefghijklmnop1234 and Bearer eyJabc.def.ghi in it ${"x".repeat(900)}`;
      const answer = await failing({ status: 400, body: JSON.stringify({ error: { message: text } }) }, more);
      expectError(answer, 400, "invalid_request_error", "invalid_body", /^Bad thing with/);
      expect(answer.text).not.toContain("abcdefghijkl");
      expect(answer.text).not.toContain("eyJabc");
      const message =
        answer.json && typeof answer.json === "object" && "message" in answer.json ? String(answer.json.message) : "";
      expect(message.length).toBeLessThanOrEqual(400);
      const receipt = await receiptOf(answer.headers.get("x-request-id"));
      expect(receipt).toMatchObject({ outcome: "released", status: 400, cost: 0n, charged: 0n });
    });

    test.each(both)("its other answers are mapped (%o)", async (more) => {
      const cases: [upstreamStatus: number, status: number, type: string, code: string][] = [
        [422, 400, "invalid_request_error", "invalid_body"],
        [401, 502, "upstream_error", "upstream_auth"],
        [403, 502, "upstream_error", "upstream_auth"],
        [404, 400, "invalid_request_error", "model_not_found"],
        [500, 502, "upstream_error", "upstream_error"],
        [503, 502, "upstream_error", "upstream_error"],
        [302, 502, "upstream_error", "upstream_error"],
      ];
      for (const [upstreamStatus, status, type, code] of cases) {
        const answer = await failing({ status: upstreamStatus, headers: { location: "http://127.0.0.1:9/" } }, more);
        expectError(answer, status, type, code);
      }
    });

    test("the words of a refused pool key are not passed on", async () => {
      const answer = await failing(
        { status: 401, body: JSON.stringify({ error: { message: `Incorrect API key provided: ${POOL_KEY}` } }) },
        {},
      );
      expect(answer.text).not.toContain("Incorrect");
      expect(answer.text).not.toContain(POOL_KEY);
    });

    test.each(both)("its 429 comes through with its Retry-After (%o)", async (more) => {
      const answer = await failing({ status: 429, headers: { "retry-after": "17" } }, more);
      expectError(answer, 429, "rate_limit_error", "upstream_rate_limited");
      expect(answer.headers.get("retry-after")).toBe("17");
    });

    test.each(both)("no answer in time is a 504, nothing charged (%o)", async (more) => {
      const answer = await failing({ hangAfter: 0 }, more);
      expectError(answer, 504, "upstream_error", "upstream_timeout");
      expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({
        outcome: "released",
        status: 504,
        charged: 0n,
      });
      await eventually(
        () => upstream.calls[0]?.state,
        (state) => state === "closed",
      );
    });

    test.each(both)("a connection that breaks before the answer is a 502, nothing charged (%o)", async (more) => {
      const answer = await failing({ breakAfter: 0 }, more);
      expectError(answer, 502, "upstream_error", "upstream_error");
      expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ outcome: "released", charged: 0n });
    });

    test.each(both)("an answer that is no JSON and no stream is a 502, nothing charged (%o)", async (more) => {
      const answer = await failing({ status: 200, body: "<html>busy</html>" }, more);
      expectError(answer, 502, "upstream_error", "upstream_error");
      expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ charged: 0n });
    });

    test("a stream that breaks off ends with one error event, and what came is charged", async () => {
      const answer = await failing({ breakAfter: 4 }, { stream: true });
      expect(answer.status).toBe(200);
      const events = answer.text.split("\n\n").filter((event) => event !== "");
      expect(events.at(-1)).toBe("data: [DONE]");
      expect(JSON.parse(events.at(-2)?.slice(6) ?? "")).toMatchObject({
        error: { type: "upstream_error", code: "upstream_error" },
      });
      expect(events.filter((event) => event.includes('"error"'))).toHaveLength(1);
      expect(events).toHaveLength(6);
      const receipt = await receiptOf(answer.headers.get("x-request-id"));
      expect(receipt).toMatchObject({ outcome: "settled", status: 502, usage_estimated: true });
      expect(receipt.charged).toBeGreaterThan(0n);
      expect(receipt.charged).toBeLessThanOrEqual(receipt.hold);
    });

    test("a stream that falls silent is ended with an error event", async () => {
      const answer = await failing({ hangAfter: 3 }, { stream: true });
      expect(answer.text).toMatch(/data: \{"error":\{[^\n]*"upstream_timeout"[^\n]*\n\ndata: \[DONE\]\n\n$/);
      expect((await receiptOf(answer.headers.get("x-request-id"))).status).toBe(504);
    });
  });

  test("x-request-id of the caller's does not replace ours", async () => {
    const response = await send(doors[door], {
      path: "/v1/models",
      secret: tenant.secret,
      headers: { "x-request-id": "mine-1" },
    });
    await response.text();
    expect(response.headers.get("x-request-id")).toMatch(/^gen_/);
  });

  test("nothing that was printed holds a key", () => {
    const printed = doors[door].output();
    expect(printed).not.toMatch(/tp_(live|test)_[0-9A-Za-z]{20}/);
    expect(printed).not.toContain(POOL_KEY);
  });
});

test("after all of this the money agrees", async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});
