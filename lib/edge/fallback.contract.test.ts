import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { setEnvironment } from "@/lib/infra/config";
import { pool } from "@/lib/infra/db";
import { readBalance } from "@/lib/ledger/balance";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { makeTenant, type Tenant, type TenantOptions } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  chatBody,
  DOORS,
  eventually,
  POOL_KEY,
  receiptOf,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors, openUpstream } from "@/lib/testing/open-doors";
import { PLAIN_PIECES, type UpstreamScript } from "@/lib/testing/upstream";

const AZURE_KEY = "fallback-azure-0123456789";
const OWN_KEY = "sk-proj-fallback-own-key-0123456789";
/** 11 prompt and 6 answer tokens of gpt-4o-mini, in nano-dollars. */
const COST = 11n * 150n + 6n * 600n;
const TEXT = PLAIN_PIECES.join("");
/** How long a circuit stays open after its first failures. */
const COOL_DOWN_MS = 5_000;

/** Where the tenants' own keys lead, and the pool's. */
const own = openUpstream();
const azure = openUpstream();
const { doors, upstream: openai } = openDoors(() => ({
  AZURE_API_KEY: AZURE_KEY,
  AZURE_BASE_URL: azure.url,
  ALLOW_PRIVATE_UPSTREAMS: "true",
}));

// No welcome credits: a tenant has what its test says.
beforeAll(() => setEnvironment({ TURNPIKE_EMBEDDED_DATABASE: "false" }));
afterAll(() => setEnvironment({ TURNPIKE_EMBEDDED_DATABASE: "true" }));

afterEach(() => untilSettled());
afterAll(async () => {
  expect(await auditMoney()).toEqual([]);
});

/** A tenant with a key of its own for OpenAI. */
async function makeOwner(options: TenantOptions): Promise<Tenant & { providerKeyId: string }> {
  const tenant = await makeTenant(options);
  const { organizationId, projectId, userId } = tenant;
  const { id } = await addProviderKey({
    organizationId,
    projectId,
    provider: "openai",
    key: OWN_KEY,
    baseUrl: own.url,
    actor: { userId },
  });
  return { ...tenant, providerKeyId: id };
}

async function attemptsOf({ headers }: Answer) {
  const requestId = headers.get("x-request-id");
  await receiptOf(requestId);
  const { rows } = await pool().query<{
    attempts: { provider: string; status: number | null; outcome: string; providerKeyId: string | null }[];
  }>("SELECT attempts FROM request WHERE id = $1", [requestId]);
  return rows[0]?.attempts;
}

describe.each(DOORS)("when a way fails, behind the %s door,", (name) => {
  const call = (tenant: Tenant, overrides: Record<string, unknown> = {}) =>
    ask(doors[name], { secret: tenant.secret, body: chatBody(overrides) });

  const FAILURES: [string, UpstreamScript][] = [
    ["is revoked", { status: 401 }],
    ["has no money", { status: 402 }],
    ["is forbidden", { status: 403 }],
    ["is limited", { status: 429 }],
    ["meets a fault", { status: 500 }],
    ["meets an error with status 200", { body: '{"error":{"message":"sorry"}}' }],
    ["meets a connection that breaks", { breakAfter: 0 }],
  ];

  describe("a hybrid project's own key", () => {
    test("serves while it can: credits are held, and none are taken", async () => {
      const tenant = await makeOwner({ mode: "hybrid", credits: parseUsd("1") });
      const before = await readBalance(tenant.organizationId);
      own.respond = () => ({ delayMs: 1_000 });
      const running = call(tenant);
      await eventually(
        () => own.calls.length,
        (calls) => calls > 0,
      );
      expect((await readBalance(tenant.organizationId)).held).toBeGreaterThan(0n);
      const answer = await running;
      expect(answer).toMatchObject({ status: 200, json: { usage: { is_byok: true } } });
      expect(answer.headers.get("x-turnpike-billed-to")).toBe("provider_key");
      expect(openai.calls).toHaveLength(0);
      await untilSettled();
      expect(await readBalance(tenant.organizationId)).toEqual(before);
    });

    test.each(FAILURES)("gives way to the pool's where it %s, which credits pay for", async (_, script) => {
      const tenant = await makeOwner({ mode: "hybrid", credits: parseUsd("1") });
      own.respond = () => script;
      const answer = await call(tenant);
      expect(answer).toMatchObject({
        status: 200,
        json: { choices: [{ message: { content: TEXT } }], usage: { is_byok: false, cost: 0.00000525 } },
      });
      expect(answer.headers.get("x-turnpike-billed-to")).toBe("credits");
      expect(own.calls.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${OWN_KEY}`]);
      expect(openai.calls.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${POOL_KEY}`]);
      expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({
        outcome: "settled",
        is_byok: false,
        billed_to: "credits",
        cost: COST,
        charged: COST,
      });
      expect(await attemptsOf(answer)).toMatchObject([
        { provider: "openai", outcome: "failed", providerKeyId: tenant.providerKeyId },
        { provider: "openai", outcome: "served", status: 200, providerKeyId: null },
      ]);
      await untilSettled();
      expect(await readBalance(tenant.organizationId)).toMatchObject({ used: COST, held: 0n });
    });

    test("gives way in streams too, before the first event, and is asked last afterwards", async () => {
      const tenant = await makeOwner({ mode: "hybrid", credits: parseUsd("1") });
      own.respond = () => ({ status: 401 });
      const client = new OpenAI({ apiKey: tenant.secret, baseURL: `${doors[name].url}/v1`, maxRetries: 0 });
      for (let round = 0; round < 2; round += 1) {
        const stream = await client.chat.completions.create({
          model: "gpt-4o-mini",
          messages: [{ role: "user", content: "Hi" }],
          max_tokens: 16,
          stream: true,
        });
        let text = "";
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
        expect(text).toBe(TEXT);
      }
      expect([own.calls.length, openai.calls.length]).toEqual([1, 2]);
      await untilSettled();
      expect((await readBalance(tenant.organizationId)).used).toBe(2n * COST);
    });

    test("does not give way for a request that is wrong", async () => {
      const tenant = await makeOwner({ mode: "hybrid", credits: parseUsd("1") });
      own.respond = () => ({ status: 400 });
      expect(await call(tenant)).toMatchObject({ status: 400, json: { error: { code: "invalid_body" } } });
      expect(openai.calls).toHaveLength(0);
    });

    test.each([
      ["allow_fallbacks is false", { allow_fallbacks: false }],
      ["it is also false beside an order", { allow_fallbacks: false, order: ["openai"] }],
    ])("does not give way where %s, and no credits are held", async (_, provider) => {
      const tenant = await makeOwner({ mode: "hybrid", credits: parseUsd("1") });
      const before = await readBalance(tenant.organizationId);
      own.respond = () => ({ status: 401, delayMs: 500 });
      const running = call(tenant, { provider });
      await eventually(
        () => own.calls.length,
        (calls) => calls > 0,
      );
      expect((await readBalance(tenant.organizationId)).held).toBe(0n);
      expect(await running).toMatchObject({ status: 502, json: { error: { code: "upstream_auth" } } });
      expect([...openai.calls, ...azure.calls]).toEqual([]);
      expect(await readBalance(tenant.organizationId)).toEqual(before);
    });

    test("serves an organisation without credits, and alone", async () => {
      const tenant = await makeOwner({ mode: "hybrid" });
      for (const overrides of [{}, { max_tokens: undefined }, { stream: true }]) {
        const answer = await call(tenant, overrides);
        expect(answer.status).toBe(200);
        expect(answer.headers.get("x-turnpike-billed-to")).toBe("provider_key");
        expect(answer.headers.get("x-turnpike-max-tokens")).toBeNull();
      }
      own.respond = () => ({ status: 401 });
      const failed = await call(tenant);
      expect(failed).toMatchObject({ status: 502, json: { error: { code: "upstream_auth" } } });
      expect(await attemptsOf(failed)).toHaveLength(1);
      expect(openai.calls).toHaveLength(0);
      await untilSettled();
      expect(await readBalance(tenant.organizationId)).toMatchObject({ used: 0n, held: 0n });
    });
  });

  test.each(FAILURES)("a project that pays nobody never uses the pool, where its key %s", async (_, script) => {
    const tenant = await makeOwner({ mode: "api_keys", credits: parseUsd("1") });
    const before = await readBalance(tenant.organizationId);
    own.respond = () => script;
    const answer = await call(tenant);
    expect(answer.status).toBe(script.status === 429 ? 429 : 502);
    expect(answer.headers.get("x-turnpike-billed-to")).toBeNull();
    expect([...openai.calls, ...azure.calls]).toEqual([]);
    await untilSettled();
    expect(await readBalance(tenant.organizationId)).toEqual(before);
  });

  test("all ways down: the last one's failure is the answer, and nothing is charged", async () => {
    const tenant = await makeOwner({ mode: "hybrid", credits: parseUsd("1") });
    own.respond = () => ({ status: 401 });
    openai.respond = () => ({ status: 503 });
    const answer = await call(tenant);
    expect(answer).toMatchObject({ status: 502, json: { error: { code: "upstream_error" } } });
    expect(await attemptsOf(answer)).toMatchObject([
      { status: 401, outcome: "failed" },
      { status: 503, outcome: "failed" },
    ]);
    expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ outcome: "released", charged: 0n });
    await untilSettled();
    expect(await readBalance(tenant.organizationId)).toMatchObject({ used: 0n, held: 0n });
  });

  describe("in a project that pays with credits", () => {
    let tenant: Tenant;
    beforeAll(async () => {
      tenant = await makeTenant({ mode: "credits", credits: parseUsd("5") });
    });

    test.each([
      ["a whole answer", {}, { body: '{"error":{"message":"overloaded"}}' }],
      ["a stream", { stream: true }, { body: 'data: {"error":{"message":"overloaded"}}\n\ndata: [DONE]\n\n' }],
    ])("%s that is an error goes on to the next provider", async (_, overrides, script) => {
      openai.respond = () => script;
      const answer = await call(tenant, overrides);
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain("overloaded");
      expect([openai.calls.length, azure.calls.length]).toEqual([1, 1]);
      expect(await attemptsOf(answer)).toMatchObject([
        { provider: "openai", status: 200, outcome: "failed" },
        { provider: "azure", status: 200, outcome: "served" },
      ]);
      // The circuit forgets its failures for the test that follows.
      openai.reset();
      await call(tenant, { provider: { only: ["openai"] } });
    });

    test("a provider that fails again and again is asked last, until one probe finds it well", async () => {
      openai.respond = () => ({ status: 503 });
      for (let count = 0; count < 7; count += 1) expect((await call(tenant)).status).toBe(200);
      expect([openai.calls.length, azure.calls.length]).toEqual([5, 7]);
      const ready = await ask(doors[name], { path: "/health/readiness" });
      expect(ready.status).toBe(200);
      // Where it is the only way it is asked all the same.
      const only = { provider: { only: ["openai"] } };
      expect(await call(tenant, only)).toMatchObject({ status: 502, json: { error: { code: "upstream_error" } } });
      expect(openai.calls).toHaveLength(6);

      await sleep(COOL_DOWN_MS + 200);
      openai.reset();
      // The probe is out until the others have been answered.
      openai.respond = () => ({ delayMs: 3_000 });
      const answers = await Promise.all(Array.from({ length: 5 }, () => call(tenant)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect([openai.calls.length, azure.calls.length]).toEqual([1, 7 + 4]);
      openai.reset();
      await call(tenant);
      expect([openai.calls.length, azure.calls.length]).toEqual([1, 7 + 4]);
    });

    test("a provider's limits never read as ours, and its Retry-After is in seconds, an hour at most", async () => {
      const headers = {
        "retry-after": new Date(Date.now() + 86_400_000).toUTCString(),
        "x-ratelimit-limit-requests": "7",
        "x-ratelimit-remaining-requests": "3",
        "x-ratelimit-remaining-tokens": "5",
        "x-ratelimit-reset-requests": "1s",
      };
      openai.respond = () => ({ status: 429, headers });
      azure.respond = () => ({ headers });
      const served = await call(tenant);
      const limited = await call(tenant, { provider: { only: ["openai"] } });
      expect([served.status, limited.status]).toEqual([200, 429]);
      expect(limited.headers.get("retry-after")).toBe("3600");
      expect(limited).toMatchObject({ json: { error: { code: "upstream_rate_limited" } } });
      for (const answer of [served, limited])
        expect([...answer.headers.keys()].filter((header) => header.startsWith("x-ratelimit"))).toEqual([]);
      openai.reset();
      await call(tenant, { provider: { only: ["openai"] } });
    });
  });

  test("no key is in what was logged of all this", () => {
    const printed = doors[name].output();
    expect(printed).toContain("a provider key is tried last for a while");
    for (const key of [OWN_KEY, POOL_KEY, AZURE_KEY]) expect(printed).not.toContain(key);
  });
});
