import OpenAI from "openai";
import { beforeEach, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { ask, auditMoney, type Call, DOORS, eventually, field, rows, untilSettled } from "@/lib/testing/gateway";
import { registerSecret } from "@/lib/testing/leaks";
import { openDoors } from "@/lib/testing/open-doors";

/*
 * any-llm-gateway's page "Authentication", sentence by sentence: a test's title is the sentence that it holds us to.
 * docs/seeds.md has the table.
 */

/** The page's own example of a master key. */
const MASTER = "Zx8Q_vKm3nR7wP2sT9yU5iO1eA6hD4fG0bN8cL3jM5k";

const { doors, upstream } = openDoors({ GATEWAY_MASTER_KEY: MASTER });

const own = (key: string) => ({ "x-anyllm-key": `Bearer ${key}` });
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

const haiku = (model: string, on: string, more: Record<string, unknown> = {}) => ({
  model,
  messages: [{ role: "user", content: `Write a haiku on ${on}` }],
  ...more,
});

describe.each(DOORS)("any-llm-gateway's Authentication, through the %s door", (door) => {
  const call = (options: Call) => ask(doors[door], options);
  const manage = (method: string, path: string, body?: unknown) =>
    call({ method, path: `/v1/${path}`, headers: own(MASTER), ...(body === undefined ? {} : { body }) });

  /** A key as the page makes one, with its secret. */
  async function makeKey(body: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
    const made = await manage("POST", "keys", { key_name: "mobile-app", ...body });
    expect(made.status).toBe(200);
    const secret = String(field(made, "key"));
    registerSecret(secret);
    return { id: String(field(made, "id")), secret };
  }

  /** What a user has spent, once nothing runs any more. */
  async function spendOf(user: string): Promise<bigint> {
    await untilSettled();
    return parseUsd(String(field(await manage("GET", `users/${user}`), "spend")));
  }

  // Both doors share one organisation, and each makes the page's user-123 anew.
  beforeEach(() => manage("DELETE", "users/user-123"));

  test("any-llm-gateway offers two authentication methods", async () => {
    const { secret } = await makeKey();
    for (const key of [MASTER, secret])
      expect((await call({ path: "/v1/models", headers: own(key) })).status).toBe(200);
    for (const key of [`${MASTER}x`, `${secret}x`, "gw-0123456789"])
      expect((await call({ path: "/v1/models", headers: own(key) })).status).toBe(401);
  });

  test("Virtual API Keys: multiple scoped keys, automatic per-key tracking", async () => {
    const [web, job] = [await makeKey({ key_name: "web" }), await makeKey({ key_name: "job" })];
    const reader = await makeKey({ key_name: "reader", scopes: ["models:read"] });
    for (const { secret } of [web, web, job])
      expect((await call({ headers: own(secret), body: haiku("gpt-4o-mini", "Saturn") })).status).toBe(200);
    const refused = await call({ headers: own(reader.secret), body: haiku("gpt-4o-mini", "Saturn") });
    expect(refused.json).toMatchObject({ error: { code: "insufficient_scope" } });
    await untilSettled();
    const usage = rows(await manage("GET", "usage?group_by=key&limit=1000"));
    const of = (id: string) => usage.find(({ group }) => group === id);
    expect([of(web.id)?.requests, of(job.id)?.requests]).toEqual([2, 1]);
    expect(of(web.id)?.cost).toBe("0.0000105");
    expect(of(job.id)?.cost).toBe("0.00000525");
  });

  test("X-AnyLLM-Key (preferred): the gateway's native authentication header", async () => {
    const { secret } = await makeKey();
    for (const path of ["/v1/models", "/api/v1/models", "/v1/key"])
      expect((await call({ path, headers: own(secret) })).status, path).toBe(200);
  });

  test("Authorization: standard HTTP authorization header for OpenAI client compatibility", async () => {
    const { secret } = await makeKey();
    expect((await call({ path: "/v1/models", headers: bearer(secret) })).status).toBe(200);
    expect((await call({ path: "/v1/users", headers: bearer(MASTER) })).status).toBe(200);
  });

  test("Both headers use the Bearer <token> format.", async () => {
    const { secret } = await makeKey();
    for (const name of ["x-anyllm-key", "authorization"]) {
      for (const value of [secret, `Basic ${secret}`, `Bearer ${secret} x`, "Bearer"])
        expect(await call({ path: "/v1/models", headers: { [name]: value } })).toMatchObject({
          status: 401,
          json: { error: { code: "malformed_header" } },
        });
      expect((await call({ path: "/v1/models", headers: { [name]: `bearer ${secret}` } })).status).toBe(200);
    }
  });

  test("When both headers are present, X-AnyLLM-Key takes precedence.", async () => {
    const { secret } = await makeKey();
    const wrong = "gw-somebody-elses";
    const both = (first: string, second: string) =>
      call({ path: "/v1/models", headers: { ...own(first), ...bearer(second) } });
    expect((await both(secret, wrong)).status).toBe(200);
    expect(await both(wrong, secret)).toMatchObject({ status: 401, json: { error: { code: "invalid_key" } } });
  });

  test("Using the Authorization header allows you to use the gateway with OpenAI-compatible clients", async () => {
    await manage("POST", "users", { user_id: "user-123", alias: "Alice" });
    const { secret } = await makeKey();
    for (const [apiKey, more] of [
      [MASTER, { user: "user-123" }],
      [secret, {}],
    ] as const) {
      const client = new OpenAI({ baseURL: `${doors[door].url}/v1`, apiKey, maxRetries: 0 });
      const completion = await client.chat.completions.create({
        model: "openai:gpt-4o-mini",
        messages: [{ role: "user", content: "Hello!" }],
        ...more,
      });
      expect(completion.choices[0]?.message.content).toContain("Hello");
    }
  });

  test("POST /v1/users creates a user, with an alias", async () => {
    const alice = await call({
      path: "/v1/users",
      headers: own(MASTER),
      body: { user_id: "user-123", alias: "Alice" },
    });
    expect(alice.status).toBe(200);
    expect(alice.json).toMatchObject({ user_id: "user-123", alias: "Alice", metadata: {}, spend: "0.00" });
    expect(await manage("POST", "users", { user_id: "user-123" })).toMatchObject({ status: 409 });
  });

  test("POST /v1/users: with optional metadata", async () => {
    const metadata = { department: "Engineering", team: "ML", email: "alice@example.com" };
    const alice = await manage("POST", "users", { user_id: "user-123", alias: "Alice", metadata });
    expect(alice).toMatchObject({ status: 200, json: { user_id: "user-123", alias: "Alice", metadata } });
    expect((await manage("GET", "users/user-123")).json).toMatchObject({ metadata });
  });

  test("When using the master key, you must specify which user is making the request using the user field", async () => {
    await manage("POST", "users", { user_id: "user-123", alias: "Alice" });
    const body = haiku("openai:gpt-4o-mini", "Jupiter", { user: "user-123" });
    expect(await call({ headers: own(MASTER), body })).toMatchObject({
      status: 200,
      json: { model: "openai:gpt-4o-mini" },
    });
    expect(await call({ headers: own(MASTER), body: { ...body, user: "user-456" } })).toMatchObject({
      status: 404,
      json: { error: { code: "user_not_found", message: "User 'user-456' not found" } },
    });
  });

  test("The user field tells the gateway which user's budget and spend tracking to update.", async () => {
    const budget = await manage("POST", "budgets", { max_budget: "0.001" });
    await manage("POST", "users", { user_id: "user-123", budget_id: field(budget, "id") });
    const other = `other-${door}`;
    await manage("POST", "users", { user_id: other });
    const ask = (max_tokens: number) =>
      call({ headers: own(MASTER), body: haiku("gpt-4o-mini", "Jupiter", { user: "user-123", max_tokens }) });
    expect((await ask(16)).status).toBe(200);
    expect(await spendOf("user-123")).toBe(parseUsd("0.00000525"));
    expect(await spendOf(other)).toBe(0n);
    expect(await ask(16_000)).toMatchObject({
      status: 403,
      json: { error: { code: "budget_exceeded", message: "User 'user-123' has exceeded budget limit" } },
    });
    const unbudgeted = haiku("gpt-4o-mini", "Jupiter", { user: other, max_tokens: 16_000 });
    expect((await call({ headers: own(MASTER), body: unbudgeted })).status).toBe(200);
  });

  test("Without this field, the request will be rejected.", async () => {
    for (const more of [{}, { user: null }, { user: "" }])
      expect(await call({ headers: own(MASTER), body: haiku("openai:gpt-4o-mini", "Jupiter", more) })).toMatchObject({
        status: 400,
        json: {
          error: {
            code: "user_required",
            message: "When using master key, 'user' field is required in request body",
          },
        },
      });
    expect(upstream.calls).toEqual([]);
  });

  test("Virtual API keys provide scoped access for making completion requests without exposing the master key.", async () => {
    const { secret } = await makeKey();
    expect((await call({ headers: own(secret), body: haiku("gpt-4o-mini", "Saturn") })).status).toBe(200);
    for (const path of ["keys", "users", "budgets", "projects", "provider-keys", "pricing", "audit"])
      expect(await call({ path: `/v1/${path}`, headers: own(secret) })).toMatchObject({
        status: 403,
        json: { error: { code: "insufficient_scope", metadata: { scope: "admin:*" } } },
      });
    expect(upstream.calls.map(({ headers }) => headers.authorization)).not.toContain(`Bearer ${secret}`);
  });

  test("Each virtual key can have expiration dates, metadata, and associated users for automatic usage tracking.", async () => {
    await manage("POST", "users", { user_id: "user-123" });
    const asked = {
      key_name: "alice's",
      user_id: "user-123",
      expires_at: "2999-12-31T23:59:59.000Z",
      metadata: { device: "phone" },
    };
    const { id, secret } = await makeKey(asked);
    expect((await manage("GET", `keys/${id}`)).json).toMatchObject(asked);
    expect((await call({ headers: own(secret), body: haiku("gpt-4o-mini", "Saturn") })).status).toBe(200);
    expect(await spendOf("user-123")).toBe(parseUsd("0.00000525"));
    expect(rows(await manage("GET", "users/user-123/usage?limit=1"))).toMatchObject([{ key_id: id, status: 200 }]);
  });

  test("POST /v1/keys creates a virtual key with a descriptive name, and answers as the example does", async () => {
    const made = await call({ path: "/v1/keys", headers: own(MASTER), body: { key_name: "mobile-app" } });
    expect(made.status).toBe(200);
    expect(made.json).toMatchObject({
      id: expect.any(String),
      key: expect.stringMatching(/^tp_live_[0-9A-Za-z]{38}$/),
      key_name: "mobile-app",
      created_at: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/),
      expires_at: null,
      is_active: true,
      metadata: {},
    });
    expect(await manage("POST", "keys", {})).toMatchObject({ status: 422, json: { error: { code: "invalid_body" } } });
  });

  test("Save the key value immediately: it's only shown once and cannot be retrieved later.", async () => {
    const { id, secret } = await makeKey();
    const answers = [
      await manage("GET", `keys/${id}`),
      await manage("PATCH", `keys/${id}`, { metadata: { seen: true } }),
      await manage("GET", "keys?limit=1000"),
      await manage("GET", "audit?limit=1000"),
      await call({ path: "/v1/key", headers: own(secret) }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain(secret);
      expect(answer.text).not.toContain('"key":');
    }
  });

  test("Create a key that automatically expires on a specific date", async () => {
    const trial = { key_name: "trial-access", expires_at: "2025-12-31T23:59:59Z" };
    const made = await manage("POST", "keys", trial);
    expect(made).toMatchObject({ status: 200, json: { expires_at: "2025-12-31T23:59:59.000Z" } });
    const headers = own(String(field(made, "key")));
    expect(await call({ headers, body: haiku("gpt-4o-mini", "Saturn") })).toMatchObject({
      status: 401,
      json: { error: { code: "key_expired", message: "Unauthorized: Turnpike API key has expired." } },
    });
    await manage("PATCH", `keys/${field(made, "id")}`, { expires_at: "2999-12-31T23:59:59Z" });
    expect((await call({ headers, body: haiku("gpt-4o-mini", "Saturn") })).status).toBe(200);
  });

  test("Making requests with a virtual key is simpler: no user field is required", async () => {
    const { secret } = await makeKey();
    const answer = await call({ headers: own(secret), body: haiku("openai:gpt-5-mini", "Saturn") });
    expect(answer).toMatchObject({ status: 200, json: { model: "openai:gpt-5-mini" } });
    expect(JSON.parse(upstream.calls[0]?.body ?? "{}")).toMatchObject({ model: "gpt-5-mini" });
  });

  test("The gateway automatically tracks usage based on the virtual key used.", async () => {
    const { id, secret } = await makeKey();
    expect((await manage("GET", `keys/${id}`)).json).toMatchObject({ usage: "0.00", last_used_at: null });
    await call({ headers: own(secret), body: haiku("gpt-4o-mini", "Saturn") });
    await untilSettled();
    const key = await eventually(
      () => manage("GET", `keys/${id}`),
      (answer) => field(answer, "last_used_at") !== null,
    );
    expect(key.json).toMatchObject({ usage: "0.00000525" });
  });

  test("GET /v1/keys lists all keys", async () => {
    const made = [await makeKey({ key_name: "first" }), await makeKey({ key_name: "second" })];
    const listed = rows(await call({ path: "/v1/keys", headers: own(MASTER) }));
    expect(listed.slice(0, 2).map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse());
  });

  test("Deactivate a key: PATCH /v1/keys/<virtual_key_id> with is_active false", async () => {
    const { id, secret } = await makeKey();
    expect((await call({ path: "/v1/models", headers: own(secret) })).status).toBe(200);
    expect((await manage("PATCH", `keys/${id}`, { is_active: false })).json).toMatchObject({ is_active: false });
    expect((await call({ path: "/v1/models", headers: own(secret) })).status).toBe(401);
    expect((await manage("PATCH", `keys/${id}`, { is_active: true })).json).toMatchObject({ is_active: true });
    expect((await call({ path: "/v1/models", headers: own(secret) })).status).toBe(200);
  });

  test("Delete a key: DELETE /v1/keys/<virtual_key_id>", async () => {
    const { id, secret } = await makeKey();
    const gone = await call({ method: "DELETE", path: `/v1/keys/${id}`, headers: own(MASTER) });
    expect({ status: gone.status, text: gone.text }).toEqual({ status: 204, text: "" });
    expect((await call({ path: "/v1/models", headers: own(secret) })).status).toBe(401);
    for (const method of ["GET", "DELETE"]) expect((await manage(method, `keys/${id}`)).status).toBe(404);
  });

  test("The actual key values are never returned in list or get operations for security reasons.", async () => {
    const { id, secret } = await makeKey();
    for (const path of ["keys", `keys/${id}`]) {
      const answer = await manage("GET", path);
      expect(answer.text).toContain(id);
      expect(answer.text).not.toContain(secret);
      expect(answer.text).toContain(`${secret.slice(0, 12)}…${secret.slice(-4)}`);
    }
  });
});

test("after all of it nothing is held, and the books agree to the nano-dollar", async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});
