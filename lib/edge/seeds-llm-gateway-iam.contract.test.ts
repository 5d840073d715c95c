import { beforeAll, describe, expect, test } from "vitest";
import { isRecord } from "@/lib/core/is-record";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  type Call,
  DOORS,
  eventually,
  field,
  receiptsOf,
  rows,
  untilSettled,
} from "@/lib/testing/gateway";
import { registerSecret } from "@/lib/testing/leaks";
import { openDoors } from "@/lib/testing/open-doors";

/*
 * LLM Gateway's page "API Keys & IAM Rules", sentence by sentence: a test's title is the sentence that it holds us to.
 * docs/seeds.md has the table.
 */

const MASTER = "master-key-of-llm-gateways-other-page-0123";
/** What the upstream's plain answer costs with gpt-4o-mini: 11 tokens in, 6 out. */
const COST = "0.00000525";

const { doors, upstream } = openDoors({ GATEWAY_MASTER_KEY: MASTER, ALLOW_PRIVATE_UPSTREAMS: "true" });

const HELLO = { messages: [{ role: "user", content: "Hello!" }], max_tokens: 16 };

describe.each(DOORS)("LLM Gateway's API Keys & IAM Rules, through the %s door", (door) => {
  const call = (options: Call) => ask(doors[door], options);
  const manage = (method: string, path: string, body?: unknown) =>
    call({ secret: MASTER, method, path: `/v1/${path}`, ...(body === undefined ? {} : { body }) });
  const hello = (secret: string, model = "gpt-4o-mini") => call({ secret, body: { ...HELLO, model } });

  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await makeTenant({ mode: "credits" });
  });

  /** A key of the tenant's, made over HTTP. */
  async function makeKey(body: Record<string, unknown> = {}): Promise<{ id: string; secret: string; path: string }> {
    const made = await manage("POST", "keys", { key_name: "k", project_id: tenant.projectId, ...body });
    expect(made.status).toBe(200);
    const [id, secret] = [String(field(made, "id")), String(field(made, "key"))];
    registerSecret(secret);
    return { id, secret, path: `keys/${id}` };
  }

  /** A key with one rule, and the rule's id. */
  async function ruled(type: string, value: object): Promise<{ secret: string; path: string; ruleId: unknown }> {
    const { secret, path } = await makeKey();
    const set = await manage("PATCH", path, { iam_rules: [{ type, value }] });
    expect(set).toMatchObject({ status: 200, json: { iam_rules: [{ type, value }] } });
    const [rule] = rows({ ...set, json: field(set, "iam_rules") });
    return { secret, path, ruleId: rule?.id };
  }

  /** The page's error body, with more in `error` than its `true`. */
  function expectDenied(answer: Answer, message: string): void {
    expect(answer).toMatchObject({
      status: 403,
      json: { status: 403, message, error: { type: "permission_error", code: "iam_denied", message } },
    });
  }

  test("Basic API Key Management: Create, list, update, and delete API keys", async () => {
    const { id, path } = await makeKey({ key_name: "first" });
    expect(rows(await manage("GET", `keys?project_id=${tenant.projectId}`)).map((key) => key.id)).toContain(id);
    expect((await manage("PATCH", path, { key_name: "second" })).json).toMatchObject({ id, key_name: "second" });
    expect((await manage("DELETE", path)).status).toBe(204);
    expect(rows(await manage("GET", `keys?project_id=${tenant.projectId}`)).map((key) => key.id)).not.toContain(id);
  });

  test("Usage Tracking: Monitor API key usage and costs", async () => {
    const { id, secret, path } = await makeKey();
    await hello(secret);
    await untilSettled();
    expect((await manage("GET", path)).json).toMatchObject({ usage: COST });
    expect(rows(await manage("GET", `usage?key_id=${id}`))).toMatchObject([
      { requests: 1, errors: 0, prompt_tokens: 11, completion_tokens: 6, cost: COST, charged: COST },
    ]);
    expect((await call({ secret, path: "/v1/key" })).json).toMatchObject({ data: { usage: Number(COST) } });
  });

  test("Status Management: Enable/disable keys without deletion", async () => {
    const { id, secret, path } = await makeKey();
    await manage("PATCH", path, { is_active: false });
    expect((await hello(secret)).status).toBe(401);
    expect((await manage("GET", path)).json).toMatchObject({ id, status: "inactive" });
    await manage("PATCH", path, { is_active: true });
    expect((await hello(secret)).status).toBe(200);
  });

  test("At this time, API keys can only be created via the dashboard: here over the API too", async () => {
    const { id, secret } = await makeKey({ key_name: "from a script", usage_limit: "5" });
    expect((await hello(secret)).status).toBe(200);
    expect((await manage("GET", `keys/${id}`)).json).toMatchObject({ key_name: "from a script", usage_limit: "5.00" });
  });

  test("API keys are shown in full only once during creation.", async () => {
    const { id, secret, path } = await makeKey();
    for (const answer of [await manage("GET", path), await manage("PATCH", path, {}), await manage("GET", "keys")]) {
      expect(answer.text).toContain(id);
      expect(answer.text).not.toContain(secret);
    }
  });

  test("Once you have an API key, use it in the Authorization header of your requests", async () => {
    const answer = await call({
      path: "/v1/chat/completions",
      headers: { authorization: `Bearer ${tenant.secret}` },
      body: { model: "gpt-4o", messages: [{ role: "user", content: "Hello!" }] },
    });
    expect(answer).toMatchObject({ status: 200, json: { model: "gpt-4o" } });
    expect(await call({ secret: "llmgtwy_your_api_key_here", path: "/v1/models" })).toMatchObject({
      status: 401,
      json: { error: { code: "invalid_key" } },
    });
  });

  test("You can disable an API key to stop it from being used, but it is not deleted and can be re-enabled later.", async () => {
    const { secret, path } = await makeKey();
    const both = async () =>
      Promise.all(DOORS.map(async (name) => (await ask(doors[name], { secret, path: "/v1/models" })).status));
    expect(await both()).toEqual([200, 200]);
    await manage("PATCH", path, { is_active: false });
    expect(await both()).toEqual([401, 401]);
    expect((await manage("GET", path)).status).toBe(200);
    await manage("PATCH", path, { is_active: true });
    expect(await both()).toEqual([200, 200]);
  });

  test("Usage includes both costs from credits and usage from your own provider keys", async () => {
    const owner = await makeTenant({ mode: "hybrid" });
    expect((await hello(owner.secret)).headers.get("x-turnpike-billed-to")).toBe("credits");
    const { organizationId, projectId, userId } = owner;
    await addProviderKey({
      organizationId,
      projectId,
      provider: "openai",
      key: "sk-own-0123456789abcdefghijklmn",
      baseUrl: upstream.url,
      actor: { userId },
    });
    expect((await hello(owner.secret)).headers.get("x-turnpike-billed-to")).toBe("provider_key");
    await untilSettled();
    expect((await manage("GET", `keys/${owner.keyId}`)).json).toMatchObject({ usage: "0.0000105" });
    expect((await call({ secret: owner.secret, path: "/v1/key" })).json).toMatchObject({
      data: { usage: 0.0000105, byok_usage: Number(COST) },
    });
  });

  test("You can set a maximum usage limit for each API key: when it is reached, requests will return an error.", async () => {
    const { secret, path } = await makeKey({ usage_limit: "0.00001" });
    const free = await makeKey();
    expect(await hello(secret)).toMatchObject({
      status: 401,
      json: { error: { code: "key_limit_reached", metadata: { limit: "0.00001" } } },
    });
    expect(upstream.calls).toEqual([]);
    expect((await hello(free.secret)).status).toBe(200);
    await manage("PATCH", path, { usage_limit: "1" });
    expect((await hello(secret)).status).toBe(200);
  });

  test("Allow Models: Only allow access to specific models", async () => {
    const { secret } = await ruled("allow_models", { models: ["gpt-4o-mini"] });
    expect((await hello(secret)).status).toBe(200);
    expectDenied(await hello(secret, "gpt-4o"), "Access denied: Model gpt-4o is not in the allowed models list");
  });

  test("Deny Models: Block access to specific models", async () => {
    const { secret } = await ruled("deny_models", { models: ["gpt-4o"] });
    expect((await hello(secret)).status).toBe(200);
    expectDenied(await hello(secret, "gpt-4o"), "Access denied: Model gpt-4o is in the denied models list");
  });

  test("Allow Providers: Only allow access to specific providers", async () => {
    const { secret } = await ruled("allow_providers", { providers: ["openai"] });
    expect((await hello(secret)).status).toBe(200);
    expectDenied(
      await hello(secret, "anthropic/claude-sonnet-4-5"),
      "Access denied: Provider anthropic is not in the allowed providers list",
    );
  });

  test("Deny Providers: Block access to specific providers", async () => {
    const { secret } = await ruled("deny_providers", { providers: ["openai"] });
    expect((await hello(secret, "simulator/echo")).status).toBe(200);
    expectDenied(
      await hello(secret, "openai/gpt-4o-mini"),
      "Access denied: Provider openai is in the denied providers list",
    );
  });

  test("Allow Pricing: Set constraints on what pricing tiers are allowed", async () => {
    const { secret } = await ruled("allow_pricing", { max_input_price: 1, max_output_price: 1 });
    expect((await hello(secret)).status).toBe(200);
    expectDenied(
      await hello(secret, "gpt-4o"),
      "Access denied: Model input price exceeds maximum allowed (2.50 > 1.00)",
    );
  });

  test("Deny Pricing: Block specific pricing tiers", async () => {
    const { secret } = await ruled("deny_pricing", { max_output_price: 1 });
    expect((await hello(secret)).status).toBe(200);
    expectDenied(
      await hello(secret, "gpt-4o"),
      "Access denied: Model output price exceeds maximum allowed (10.00 > 1.00)",
    );
  });

  test("Free vs Paid: Allow or deny access to free vs paid models", async () => {
    const free = await ruled("allow_pricing", { pricing_type: "free" });
    expectDenied(await hello(free.secret), "Access denied: Only free models are allowed");
    const paid = await ruled("deny_pricing", { pricing_type: "paid" });
    expectDenied(await hello(paid.secret), "Access denied: Only free models are allowed");
    const notFree = await ruled("deny_pricing", { pricing_type: "free" });
    expect((await hello(notFree.secret)).status).toBe(200);
  });

  test("When API keys encounter IAM rule violations, the API returns specific error messages", async () => {
    const { secret, ruleId } = await ruled("allow_models", { models: ["gpt-4o-mini"] });
    const answer = await hello(secret, "gpt-4o");
    expectDenied(answer, "Access denied: Model gpt-4o is not in the allowed models list");
    expect(answer.json).toMatchObject({ error: { metadata: { rule_id: ruleId } } });
    expect(upstream.calls).toEqual([]);
  });

  test("Common error scenarios: model, provider, price, a disabled or deleted key, a usage limit", async () => {
    const said = async (secret: string) => {
      const { status, json } = await hello(secret);
      return [status, isRecord(json) && isRecord(json.error) ? json.error.code : null];
    };
    const disabled = await makeKey();
    await manage("PATCH", disabled.path, { is_active: false });
    const deleted = await makeKey();
    await manage("DELETE", deleted.path);
    const scenarios = [
      (await ruled("allow_models", { models: ["gpt-4o"] })).secret,
      (await ruled("deny_providers", { providers: ["openai", "azure", "openrouter"] })).secret,
      (await ruled("allow_pricing", { max_input_price: 0.1 })).secret,
      disabled.secret,
      deleted.secret,
      (await makeKey({ usage_limit: "0.000001" })).secret,
    ];
    expect(await Promise.all(scenarios.map(said))).toEqual([
      [403, "iam_denied"],
      [403, "iam_denied"],
      [403, "iam_denied"],
      [401, "key_inactive"],
      [401, "key_inactive"],
      [401, "key_limit_reached"],
    ]);
  });

  test("Backward Compatibility: Existing keys continue to work without restrictions", async () => {
    const existing = await makeKey();
    await ruled("deny_models", { models: ["*"] });
    expect((await hello(existing.secret)).status).toBe(200);
    expect((await hello(existing.secret, "gpt-4o")).status).toBe(200);
  });

  test("Gradual Migration: Add IAM rules incrementally", async () => {
    const { secret, path } = await makeKey();
    const statuses = async () => [(await hello(secret)).status, (await hello(secret, "gpt-4o")).status];
    const first = { type: "deny_models", value: { models: ["gpt-4o"] } };
    const second = { type: "allow_pricing", value: { max_input_price: 0.1 } };
    expect(await statuses()).toEqual([200, 200]);
    await manage("PATCH", path, { iam_rules: [first] });
    expect(await statuses()).toEqual([200, 403]);
    await manage("PATCH", path, { iam_rules: [first, second] });
    expect(await statuses()).toEqual([403, 403]);
    await manage("PATCH", path, { iam_rules: [{ ...first, status: "inactive" }] });
    expect(await statuses()).toEqual([200, 200]);
  });

  test("Testing: Test IAM rules in development before applying to production", async () => {
    const rule = { type: "deny_models", value: { models: ["gpt-4o"] } };
    const development = await makeKey({ environment: "test", iam_rules: [rule] });
    expectDenied(await hello(development.secret, "gpt-4o"), "Access denied: Model gpt-4o is in the denied models list");
    const explained = await call({ secret: development.secret, path: "/v1/iam/explain", body: { model: "gpt-4o" } });
    expect(explained.json).toMatchObject({ decision: "deny", rules: [{ type: "deny_models", verdict: "deny" }] });
    expect((await hello(tenant.secret, "gpt-4o")).status).toBe(200);
  });

  test("Monitoring: Monitor for access denied errors after implementing rules", async () => {
    const rule = { type: "deny_models", value: { models: ["gpt-4o"] } };
    const { id, secret } = await makeKey({ iam_rules: [rule] });
    await hello(secret, "gpt-4o");
    await untilSettled();
    const kept = await eventually(
      () => receiptsOf(id),
      (receipts) => receipts.length === 1,
    );
    expect(kept).toMatchObject([{ outcome: "refused", status: 403, error_code: "iam_denied", charged: 0n }]);
    const summed = await eventually(
      () => manage("GET", `usage?key_id=${id}`),
      (answer) => rows(answer).length === 1,
    );
    expect(rows(summed)).toMatchObject([{ requests: 1, errors: 1, cost: "0.00" }]);
  });

  test("API keys without IAM rules have unrestricted access to all models and providers.", async () => {
    const { secret } = await makeKey();
    const listed = field(await call({ secret, path: "/v1/models" }), "data");
    const names = ["openai/gpt-4o", "openai/gpt-4o-mini", "openai/text-embedding-3-small", "simulator/echo"];
    for (const id of names) expect(listed).toContainEqual(expect.objectContaining({ id }));
    expect((await call({ secret, path: "/v1/iam/explain", body: { model: "gpt-4o" } })).json).toMatchObject({
      decision: "allow",
      rules: [],
    });
  });
});

test("after all of it nothing is held, and the books agree to the nano-dollar", async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});
