import OpenAI from "openai";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { parseUsd } from "@/lib/core/money";
import { DEFAULT_SCOPES } from "@/lib/keys/scopes";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { type Answer, ask, type Call, chatBody, DOORS, send, untilSettled } from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";

/** 11 prompt and 6 answer tokens of gpt-4o-mini: what the test upstream's plain answer costs. */
const PLAIN_COST = 0.00000525;
const PLAIN_COST_TEXT = "0.00000525";

/** Every read, by a path that leads to it. */
const READS = ["models", "models/gpt-4o-mini", "generation?id=gen_1", "generation/gen_1", "credits", "key"];
const OF_USAGE = READS.filter((path) => !path.startsWith("models"));

const { doors, upstream } = openDoors({ ALLOW_PRIVATE_UPSTREAMS: "true" });

function expectError(answer: Answer, status: number, type: string, code: string) {
  expect({ status: answer.status, body: answer.json }).toMatchObject({
    status,
    body: { error: { type, code, message: expect.any(String), metadata: expect.any(Object) }, status },
  });
  expect(answer.headers.get("x-request-id")).toMatch(/^gen_[0-9A-Za-z]+$/);
  expect(answer.headers.get("cache-control")).toBe("private, no-store");
}

describe.each(DOORS)("the %s door", (door) => {
  const call = (options: Call) => ask(doors[door], options);
  const read = (secret: string, path: string) => call({ secret, path: `/v1/${path}` });

  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await makeTenant({ mode: "credits" });
  });

  /** A chat, and the id of its receipt. */
  async function chat(secret: string, body: Record<string, unknown> = {}): Promise<{ answer: Answer; id: string }> {
    const answer = await call({ secret, body: chatBody(body) });
    const id = answer.headers.get("x-generation-id");
    if (!id) throw new Error("an answer without an id");
    return { answer, id };
  }

  describe("every read", () => {
    test("wants a key that is accepted now", async () => {
      const own = await makeTenant();
      for (const path of READS) {
        expectError(await call({ path: `/v1/${path}` }), 401, "authentication_error", "missing_key");
        expect((await read(own.secret, path)).status).not.toBe(401);
      }
      await setKeyStatus({ ...own, status: "inactive", actor: { userId: own.userId } });
      for (const path of READS) expectError(await read(own.secret, path), 401, "authentication_error", "key_inactive");
    });

    test("wants its scope, and names it", async () => {
      const ofModels = await addKey(tenant, { scopes: ["models:read"] });
      const ofUsage = await addKey(tenant, { scopes: ["usage:read"] });
      for (const path of READS) {
        const [wrong, right, scope] = OF_USAGE.includes(path)
          ? [ofModels, ofUsage, "usage:read"]
          : [ofUsage, ofModels, "models:read"];
        const refused = await read(wrong.secret, path);
        expectError(refused, 403, "permission_error", "insufficient_scope");
        expect(refused.json).toMatchObject({ error: { metadata: { scope } } });
        expect((await read(right.secret, path)).status).not.toBe(403);
      }
    });

    test("is a GET, below either prefix: any other method is a 405 that says so", async () => {
      for (const prefix of ["/v1/", "/api/v1/"]) {
        for (const path of READS) {
          for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
            const answer = await call({ method, path: prefix + path, secret: tenant.secret });
            expectError(answer, 405, "invalid_request_error", "method_not_allowed");
            expect(answer.headers.get("allow")).toBe("GET");
          }
        }
        for (const path of ["credits", "key", "models/gpt-4o-mini"]) {
          const answer = await call({ path: prefix + path, secret: tenant.secret });
          expect(answer.status).toBe(200);
          expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
          expect(answer.headers.get("cache-control")).toBe("private, no-store");
          expect(answer.headers.get("vary")?.toLowerCase()).toContain("authorization");
        }
      }
    });

    test("is nowhere else", async () => {
      for (const path of ["credits/now", "key/now", "generations", "model/gpt-4o-mini"])
        expectError(await read(tenant.secret, path), 404, "not_found_error", "not_found");
    });
  });

  describe("models/{id}", () => {
    const client = (secret: string) => new OpenAI({ baseURL: `${doors[door].url}/v1`, apiKey: secret, maxRetries: 0 });

    test("is the list's entry, under any of the model's names, encoded or not", async () => {
      const listed = (await client(tenant.secret).models.list()).data.find(({ id }) => id === "openai/gpt-4o-mini");
      expect(listed).toMatchObject({ object: "model", context_length: 128_000, pricing: { prompt: "0.00000015" } });
      for (const name of [
        "gpt-4o-mini",
        "openai/gpt-4o-mini",
        "openai%2Fgpt-4o-mini",
        "openai:gpt-4o-mini",
        "openai%3Agpt-4o-mini",
      ]) {
        const answer = await read(tenant.secret, `models/${name}`);
        expect([name, answer.status, answer.json]).toEqual([name, 200, listed]);
      }
      expect(await client(tenant.secret).models.retrieve("openai/gpt-4o-mini")).toMatchObject({
        id: "openai/gpt-4o-mini",
      });
    });

    test("is a 404 for what does not exist, and for what this key may not call", async () => {
      const own = await makeTenant({ mode: "api_keys" });
      expect((await read(own.secret, "models/simulator/echo")).status).toBe(200);
      for (const [secret, name] of [
        [own.secret, "openai/gpt-4o-mini"],
        [tenant.secret, "gpt-4o-minl"],
        [tenant.secret, "anthropic/gpt-4o-mini"],
      ] as const)
        expectError(await read(secret, `models/${name}`), 404, "not_found_error", "not_found");
    });
  });

  describe("generation", () => {
    test("is there as soon as the answer is, by either of its addresses", async () => {
      const { answer, id } = await chat(tenant.secret, { model: "openai/gpt-4o-mini" });
      expect(answer.json).toMatchObject({ usage: { cost: PLAIN_COST } });
      const receipt = await read(tenant.secret, `generation/${id}`);
      expect(receipt.status).toBe(200);
      expect(receipt.json).toMatchObject({
        data: {
          id,
          endpoint: "chat/completions",
          api_type: "completions",
          environment: "live",
          requested_model: "openai/gpt-4o-mini",
          model: "gpt-4o-mini",
          provider: "openai",
          provider_name: "openai",
          key_id: tenant.keyId,
          end_user: null,
          status: 200,
          outcome: "settled",
          error: null,
          streamed: false,
          cancelled: false,
          finish_reason: "stop",
          is_byok: false,
          billed_to: "credits",
          tokens: { prompt: 11, cached: 0, cache_write: 0, completion: 6, reasoning: 0, estimated: false },
          tokens_prompt: 11,
          tokens_completion: 6,
          native_tokens_prompt: 11,
          native_tokens_completion: 6,
          prices: { input_per_million: "0.15", output_per_million: "0.60" },
          hold: expect.stringMatching(/^\d+\.\d{2,9}$/),
          cost: PLAIN_COST_TEXT,
          charged: PLAIN_COST_TEXT,
          total_cost: PLAIN_COST,
          usage: PLAIN_COST,
          latency: expect.any(Number),
          time_to_first_token: null,
          created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
          attempts: [
            {
              provider: "openai",
              model: "gpt-4o-mini",
              status: 200,
              outcome: "served",
              duration_ms: expect.any(Number),
            },
          ],
        },
      });
      expect((await read(tenant.secret, `generation?id=${id}`)).json).toEqual(receipt.json);
      expect((await call({ secret: tenant.secret, path: `/api/v1/generation?id=${id}` })).json).toEqual(receipt.json);
    });

    test("of a stream is there as soon as the stream has ended, and says when the first token came", async () => {
      const { id } = await chat(tenant.secret, { stream: true });
      const receipt = await read(tenant.secret, `generation?id=${id}`);
      expect(receipt.json).toMatchObject({
        data: {
          streamed: true,
          total_cost: PLAIN_COST,
          time_to_first_token: expect.any(Number),
          finish_reason: "stop",
        },
      });
    });

    test("is there at the other door as well, a moment later", async () => {
      const { id } = await chat(tenant.secret);
      const [other] = DOORS.filter((name) => name !== door);
      if (!other) throw new Error("there is one door only");
      expect(await ask(doors[other], { secret: tenant.secret, path: `/v1/generation/${id}` })).toMatchObject({
        status: 200,
        json: { data: { id, total_cost: PLAIN_COST } },
      });
    });

    test("is read by every key of its project, and by nobody else's", async () => {
      const { id } = await chat(tenant.secret);
      const colleague = await addKey(tenant);
      const stranger = await makeTenant();
      expect((await read(colleague.secret, `generation/${id}`)).json).toMatchObject({ data: { id } });
      for (const path of [`generation/${id}`, `generation?id=${id}`])
        expectError(await read(stranger.secret, path), 404, "not_found_error", "not_found");
    });

    test("is not there under an id that nobody has, and must be named", async () => {
      const ids = [newId("gen"), newId("gen", Date.now() - 86_400_000), "gen_1", "chatcmpl-test", "a%2Fb"];
      for (const id of ids)
        expectError(await read(tenant.secret, `generation/${id}`), 404, "not_found_error", "not_found");
      for (const path of ["generation", "generation?id="]) {
        const answer = await read(tenant.secret, path);
        expectError(answer, 400, "invalid_request_error", "invalid_body");
        expect(answer.json).toMatchObject({ error: { param: "id" } });
      }
    });

    test("of what failed or was refused says so, and costs nothing", async () => {
      upstream.respond = () => ({ status: 503 });
      const failed = await chat(tenant.secret);
      expect(failed.answer.status).toBe(502);
      expect((await read(tenant.secret, `generation/${failed.id}`)).json).toMatchObject({
        data: {
          status: 502,
          outcome: "released",
          error: { code: "upstream_error" },
          billed_to: "none",
          cost: "0.00",
          total_cost: 0,
          attempts: expect.arrayContaining([expect.objectContaining({ status: 503, outcome: "failed" })]),
        },
      });
      const poor = await addKey(tenant, { usageLimit: parseUsd("0.000000001") });
      const refused = await chat(poor.secret);
      expect(refused.answer.status).toBe(401);
      expect((await read(poor.secret, `generation/${refused.id}`)).json).toMatchObject({
        data: { status: 401, outcome: "refused", error: { code: "key_limit_reached" }, total_cost: 0, attempts: [] },
      });
    });

    test("of a test key costs nothing", async () => {
      const own = await makeTenant({ environment: "test" });
      const { id } = await chat(own.secret);
      expect((await read(own.secret, `generation/${id}`)).json).toMatchObject({
        data: { environment: "test", provider: "simulator", cost: "0.00", charged: "0.00", total_cost: 0, usage: 0 },
      });
    });
  });

  describe("credits", () => {
    test("are what was given and used, what is left, and what running requests hold", async () => {
      // Beside 5 USD of welcome credits.
      const own = await makeTenant({ mode: "credits", credits: parseUsd("2.5") });
      const before = { total_credits: 7.5, total_usage: 0, balance: "7.50", held: "0.00" };
      expect((await read(own.secret, "credits")).json).toEqual({ data: before });
      upstream.respond = () => ({ hangAfter: 2 });
      const ended = new AbortController();
      const running = await send(doors[door], {
        secret: own.secret,
        body: chatBody({ stream: true }),
        signal: ended.signal,
      });
      expect(running.status).toBe(200);
      const held = (await read(own.secret, "credits")).json;
      expect(held).toMatchObject({
        data: { total_credits: 7.5, balance: "7.50", held: expect.stringMatching(/^0\.0+[1-9]/) },
      });
      ended.abort();
      await untilSettled();
      upstream.reset();
      const rich = await makeTenant({ mode: "credits" });
      await chat(rich.secret);
      // As soon as the answer is there, without waiting.
      expect((await read(rich.secret, "credits")).json).toEqual({
        data: { total_credits: 5, total_usage: PLAIN_COST, balance: "4.99999475", held: "0.00" },
      });
    });
  });

  describe("key", () => {
    test("tells of the calling key, its limits and what it has used", async () => {
      const { key, secret } = await addKey(tenant, { usageLimit: parseUsd("1"), rateLimitRpm: 100 });
      await chat(secret);
      // As soon as the answer is there, without waiting.
      const answer = await read(secret, "key");
      expect(answer.json).toMatchObject({
        data: {
          id: key.id,
          label: `${secret.slice(0, 12)}…${secret.slice(-4)}`,
          name: "test key",
          scopes: [...DEFAULT_SCOPES],
          environment: "live",
          limit: 1,
          limit_remaining: 0.99999475,
          limit_reset: null,
          usage: PLAIN_COST,
          byok_usage: 0,
          byok_usage_daily: 0,
          byok_usage_weekly: 0,
          byok_usage_monthly: 0,
          rate_limit_rpm: 100,
          rate_limit_tpm: null,
          rate_limit: { requests: 100 },
          expires_at: null,
        },
      });
      for (const window of ["usage_daily", "usage_weekly", "usage_monthly"])
        expect(answer.json).toHaveProperty(["data", window], expect.any(Number));
      expect(answer.text).not.toContain(secret);
    });

    test("counts what own provider keys served as a part of its usage, not beside it", async () => {
      const own = await makeTenant({ mode: "hybrid" });
      await chat(own.secret);
      await addProviderKey({
        ...own,
        provider: "openai",
        key: "sk-proj-customers-own-key-1234",
        baseUrl: upstream.url,
        actor: { userId: own.userId },
      });
      const { answer } = await chat(own.secret);
      expect(answer.json).toMatchObject({ usage: { is_byok: true } });
      await untilSettled();
      expect((await read(own.secret, "key")).json).toMatchObject({
        data: { usage: 2 * PLAIN_COST, byok_usage: PLAIN_COST, limit: null, limit_remaining: null },
      });
      expect((await read(own.secret, "credits")).json).toMatchObject({ data: { total_usage: PLAIN_COST } });
    });
  });
});
