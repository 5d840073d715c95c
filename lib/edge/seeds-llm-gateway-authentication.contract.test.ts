import { beforeAll, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { setRules } from "@/lib/iam/set-rules";
import { pool } from "@/lib/infra/db";
import { deleteKey } from "@/lib/keys/delete-key";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { readBalance } from "@/lib/ledger/balance";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { addKey, makePoorTenant, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  type Call,
  DOORS,
  eventually,
  field,
  POOL_KEY,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";

/*
 * LLM Gateway's page "Authentication", sentence by sentence: a test's title is the sentence that it holds us to.
 * docs/seeds.md has the table.
 */

const MASTER = "master-key-of-llm-gateways-page-0123456789";
const OWN_KEY = "sk-own-0123456789abcdefghijklmn";
/** What the upstream's plain answer costs with gpt-4o: 11 tokens in, 6 out. */
const COST = parseUsd("0.0000875");

const { doors, upstream } = openDoors({ GATEWAY_MASTER_KEY: MASTER, ALLOW_PRIVATE_UPSTREAMS: "true" });

const HELLO = { model: "gpt-4o", messages: [{ role: "user", content: "Hello!" }] };

/** The page's error body: `error` is true for whoever asks only that, and `status` and `message` are as it says. */
function expectRefusal(answer: Answer, status: number, message: string): void {
  expect(answer.status).toBe(status);
  expect(answer.json).toMatchObject({ status, message });
  expect(Boolean(field(answer, "error"))).toBe(true);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
}

const INVALID =
  "Unauthorized: Invalid Turnpike API token. Please make sure the token is not deleted or disabled. Go to the Turnpike 'API Keys' page to generate a new token.";

describe.each(DOORS)("LLM Gateway's Authentication, through the %s door", (door) => {
  const call = (options: Call) => ask(doors[door], options);
  const hello = (secret: string, more: Record<string, unknown> = {}) => call({ secret, body: { ...HELLO, ...more } });

  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await makeTenant({ mode: "credits" });
  });

  /** Gives the project a key of its own for OpenAI, at the test's upstream. */
  async function bringOwnKey({ organizationId, projectId, userId }: Tenant): Promise<void> {
    const actor = { userId };
    await addProviderKey({ organizationId, projectId, provider: "openai", key: OWN_KEY, baseUrl: upstream.url, actor });
  }
  const sentKey = () => upstream.calls.at(-1)?.headers.authorization;

  test("You must include your API key in every request.", async () => {
    for (const path of ["models", "models/gpt-4o", "generation/gen_1", "credits", "key", "usage", "keys"])
      expect((await call({ path: `/v1/${path}` })).json, path).toMatchObject({ error: { code: "missing_key" } });
    for (const path of ["chat/completions", "completions", "embeddings", "responses", "iam/explain", "keys"])
      expect((await call({ path: `/v1/${path}`, body: {} })).json, path).toMatchObject({
        error: { code: "missing_key" },
      });
    for (const path of ["messages", "messages/count_tokens"])
      expect(await call({ path: `/v1/${path}`, body: {} })).toMatchObject({
        status: 401,
        json: { type: "error", error: { type: "authentication_error" } },
      });
  });

  test("Include your API key in the Authorization header", async () => {
    const answer = await call({ headers: { authorization: `Bearer ${tenant.secret}` }, body: HELLO });
    expect(answer).toMatchObject({ status: 200, json: { model: "gpt-4o", object: "chat.completion" } });
  });

  test("Alternatively, use the x-api-key header", async () => {
    const answer = await call({ headers: { "x-api-key": tenant.secret }, body: HELLO });
    expect(answer).toMatchObject({ status: 200, json: { model: "gpt-4o", object: "chat.completion" } });
  });

  test("API keys grant full access to your account: here to what their scopes say, and no more", async () => {
    for (const path of ["keys", "users", "projects", "audit"])
      expect((await call({ secret: tenant.secret, path: `/v1/${path}` })).status, path).toBe(403);
    const { secret } = await addKey(tenant, { scopes: ["admin:*"] });
    for (const path of ["keys", "users", "projects", "audit"])
      expect((await call({ secret, path: `/v1/${path}` })).status, path).toBe(200);
    expect((await hello(secret)).json).toMatchObject({ error: { code: "insufficient_scope" } });
  });

  test("Active - Key is valid and can be used", async () => {
    const { key, secret } = await addKey(tenant);
    const listed = await call({ secret: MASTER, path: `/v1/keys/${key.id}` });
    expect(listed.json).toMatchObject({ status: "active", is_active: true });
    expect((await hello(secret)).status).toBe(200);
  });

  test("Inactive - Key has been disabled", async () => {
    const { key, secret } = await addKey(tenant);
    await setKeyStatus({ ...tenant, keyId: key.id, status: "inactive", actor: { userId: tenant.userId } });
    const listed = await call({ secret: MASTER, path: `/v1/keys/${key.id}` });
    expect(listed.json).toMatchObject({ status: "inactive", is_active: false });
    expect(await hello(secret)).toMatchObject({ status: 401, json: { error: { code: "key_inactive" } } });
  });

  test("Deleted - Key has been permanently removed", async () => {
    const { key, secret } = await addKey(tenant);
    await deleteKey({ ...tenant, keyId: key.id, actor: { userId: tenant.userId } });
    expect((await call({ secret: MASTER, path: `/v1/keys/${key.id}` })).status).toBe(404);
    expect((await hello(secret)).status).toBe(401);
    const { rows } = await pool().query("SELECT status FROM api_key WHERE id = $1", [key.id]);
    expect(rows).toEqual([{ status: "deleted" }]);
  });

  test('"usageLimit": "1000.00" is the maximum usage and "usage": "250.50" the current usage, in USD', async () => {
    const model = "gpt-4.1-mini";
    const payer = await makeTenant({ mode: "credits", credits: parseUsd("1000") });
    const path = `/v1/keys/${payer.keyId}`;
    await call({ secret: MASTER, method: "PATCH", path, body: { usage_limit: "1000.00" } });
    const price = { input_price_per_million: "0", output_price_per_million: "0", request_price: "250.50" };
    await call({ secret: MASTER, path: "/v1/pricing", body: { model_key: `openai:${model}`, ...price } });
    await eventually(
      () => call({ secret: payer.secret, path: `/v1/models/${model}` }),
      ({ text }) => text.includes("250.5"),
    );
    expect((await hello(payer.secret, { model })).status).toBe(200);
    await call({ secret: MASTER, method: "DELETE", path: `/v1/pricing/openai:${model}` });
    await untilSettled();
    expect((await call({ secret: MASTER, path })).json).toMatchObject({
      usage_limit: "1000.00",
      usage: "250.50",
      limit_remaining: "749.50",
    });
  });

  test("Once a key reaches its usage limit, requests will be rejected with a 401 Unauthorized error", async () => {
    const { secret } = await addKey(tenant, { usageLimit: parseUsd("0.0005") });
    const answers: Answer[] = [];
    do {
      answers.push(await hello(secret, { max_tokens: 6 }));
      await untilSettled();
    } while (answers.length < 10 && answers.at(-1)?.status === 200);
    const [refused, ...served] = answers.reverse();
    if (!refused) throw new Error("no answer");
    expect(served.length).toBeGreaterThan(0);
    expectRefusal(refused, 401, "Unauthorized: Turnpike API key reached its usage limit.");
    expect(refused.json).toMatchObject({ error: { type: "authentication_error", code: "key_limit_reached" } });
  });

  test("Missing API Key: 401 \"No API key provided. Expected 'Authorization: Bearer …' or 'x-api-key: …'\"", async () => {
    expectRefusal(
      await call({ body: HELLO }),
      401,
      "Unauthorized: No API key provided. Expected 'Authorization: Bearer your-api-token' header or 'x-api-key: your-api-token' header",
    );
  });

  test('Invalid API Key: 401 "Please make sure the token is not deleted or disabled."', async () => {
    for (const secret of ["YOUR_API_KEY", `${tenant.secret.slice(0, -1)}!`])
      expectRefusal(await call({ secret, body: HELLO }), 401, INVALID);
    const { key, secret } = await addKey(tenant);
    const one = { ...tenant, keyId: key.id, actor: { userId: tenant.userId } };
    await setKeyStatus({ ...one, status: "inactive" });
    expectRefusal(await hello(secret), 401, INVALID);
    await deleteKey(one);
    expectRefusal(await hello(secret), 401, INVALID);
  });

  test("API keys are associated with projects that operate in different modes", async () => {
    const paid = async (owner: Tenant) => {
      await bringOwnKey(owner);
      return (await hello(owner.secret)).headers.get("x-turnpike-billed-to");
    };
    expect(await paid(await makeTenant({ mode: "api_keys" }))).toBe("provider_key");
    expect(await paid(await makeTenant({ mode: "credits" }))).toBe("credits");
    expect(await paid(await makeTenant({ mode: "hybrid" }))).toBe("provider_key");
  });

  test("API Keys Mode: requires provider API keys to be configured. The gateway uses your provider keys.", async () => {
    const owner = await makeTenant({ mode: "api_keys" });
    const missing = await hello(owner.secret);
    expectRefusal(
      missing,
      400,
      "No API key set for provider: openai. Please add a provider key in your settings or add credits and switch to credits or hybrid mode.",
    );
    expect(upstream.calls).toEqual([]);
    await bringOwnKey(owner);
    const before = await readBalance(owner.organizationId);
    expect(await hello(owner.secret)).toMatchObject({ status: 200, json: { usage: { is_byok: true } } });
    expect(sentKey()).toBe(`Bearer ${OWN_KEY}`);
    await untilSettled();
    expect(await readBalance(owner.organizationId)).toEqual(before);
  });

  test("Credits Mode: uses the shared pool of provider keys. Requests are billed against your account credits.", async () => {
    const payer = await makeTenant({ mode: "credits" });
    await bringOwnKey(payer);
    expect(await hello(payer.secret)).toMatchObject({ status: 200, json: { usage: { is_byok: false } } });
    expect(sentKey()).toBe(`Bearer ${POOL_KEY}`);
    await untilSettled();
    expect((await readBalance(payer.organizationId)).used).toBe(COST);
    const poor = await makePoorTenant({ mode: "credits" });
    expectRefusal(await hello(poor.secret), 402, "Organization has insufficient credits");
  });

  test("Hybrid Mode: uses your provider API keys first, then falls back to credits if no key is configured.", async () => {
    const owner = await makeTenant({ mode: "hybrid" });
    expect((await hello(owner.secret)).headers.get("x-turnpike-billed-to")).toBe("credits");
    expect(sentKey()).toBe(`Bearer ${POOL_KEY}`);
    await bringOwnKey(owner);
    expect((await hello(owner.secret)).headers.get("x-turnpike-billed-to")).toBe("provider_key");
    expect(sentKey()).toBe(`Bearer ${OWN_KEY}`);
    const neither = await makePoorTenant({ mode: "hybrid" });
    expectRefusal(
      await hello(neither.secret),
      402,
      "No API key set for provider and organization has insufficient credits",
    );
  });

  describe("API keys can have IAM policies that restrict", () => {
    const ruled = async (type: "allow_models" | "allow_providers" | "allow_operations", value: object) => {
      const { key, secret } = await addKey(tenant);
      const path = `/v1/keys/${key.id}`;
      const set = await call({ secret: MASTER, method: "PATCH", path, body: { iam_rules: [{ type, value }] } });
      expect(set.status).toBe(200);
      return secret;
    };

    test("which models can be accessed", async () => {
      const secret = await ruled("allow_models", { models: ["gpt-4o-mini"] });
      expect((await hello(secret, { model: "gpt-4o-mini" })).status).toBe(200);
      expectRefusal(await hello(secret), 403, "Access denied: Model gpt-4o is not in the allowed models list");
    });

    test("which providers can be used", async () => {
      const secret = await ruled("allow_providers", { providers: ["anthropic"] });
      expectRefusal(
        await hello(secret, { model: "openai/gpt-4o" }),
        403,
        "Access denied: Provider openai is not in the allowed providers list",
      );
    });

    test("which operations are allowed", async () => {
      const secret = await ruled("allow_operations", { operations: ["models:read"] });
      expect((await call({ secret, path: "/v1/models" })).status).toBe(200);
      expectRefusal(await hello(secret), 403, "Access denied: Operation chat/completions is not allowed");
    });

    test('403 "Access denied: No providers are allowed for model … after applying IAM rules."', async () => {
      const secret = await ruled("allow_providers", { providers: ["anthropic"] });
      const answer = await hello(secret);
      expectRefusal(answer, 403, "Access denied: No providers are allowed for model gpt-4o after applying IAM rules.");
      expect(answer.json).toMatchObject({ error: { type: "permission_error", code: "iam_denied" } });
    });
  });

  test("Create new API keys periodically and delete old ones", async () => {
    const [old, fresh] = [await addKey(tenant), await addKey(tenant)];
    await deleteKey({ ...tenant, keyId: old.key.id, actor: { userId: tenant.userId } });
    expect([(await hello(old.secret)).status, (await hello(fresh.secret)).status]).toEqual([401, 200]);
  });

  test("Create different API keys for development, staging, and production environments.", async () => {
    const [development, staging, production] = [
      await addKey(tenant, { environment: "test" }),
      await addKey(tenant, { usageLimit: parseUsd("1") }),
      await addKey(tenant),
    ];
    await setRules({
      ...tenant,
      owner: { apiKeyId: staging.key.id },
      actor: { userId: tenant.userId },
      rules: [{ rule: { type: "deny_models", value: { models: ["gpt-4o"] } }, isActive: true }],
    });
    await setKeyStatus({ ...tenant, keyId: production.key.id, status: "inactive", actor: { userId: tenant.userId } });
    const billed = await hello(development.secret);
    expect([billed.status, billed.headers.get("x-turnpike-billed-to")]).toEqual([200, "none"]);
    expect((await hello(staging.secret)).status).toBe(403);
    expect((await hello(staging.secret, { model: "gpt-4o-mini" })).status).toBe(200);
    expect((await hello(production.secret)).status).toBe(401);
  });

  test("Test your API key with the models endpoint: you'll receive a list of available models.", async () => {
    const listed = await call({ path: "/v1/models", headers: { authorization: `Bearer ${tenant.secret}` } });
    expect(listed).toMatchObject({
      status: 200,
      json: { object: "list", data: expect.arrayContaining([expect.objectContaining({ id: "openai/gpt-4o" })]) },
    });
    expect((await call({ path: "/v1/models", secret: "YOUR_API_KEY" })).status).toBe(401);
  });
});

test("after all of it nothing is held, and the books agree to the nano-dollar", async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});
