import { Ajv2020 } from "ajv/dist/2020";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { isRecord } from "@/lib/core/is-record";
import { parseUsd } from "@/lib/core/money";
import { prisma } from "@/lib/infra/db";
import { createKey } from "@/lib/keys/create-key";
import { DEFAULT_SCOPES } from "@/lib/keys/scopes";
import { makeTenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  type Call,
  DOORS,
  eventually,
  field,
  rows,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import { startServer } from "@/lib/testing/server";

const MASTER = "master-key-for-tests-0123456789abcdef";

const { doors, databaseUrl } = openDoors({ GATEWAY_MASTER_KEY: MASTER });

test("a master key that is too short, or looks like an API key, stops the start with a line that says so", async () => {
  for (const [value, words] of [
    ["too-short", "must have 32 characters or more"],
    [`tp_live_${"a".repeat(38)}`, "must not begin with tp_"],
  ] as const) {
    const start = startServer({ env: { DATABASE_URL: databaseUrl(), GATEWAY_MASTER_KEY: value } });
    await expect(start).rejects.toThrow(new RegExp(`GATEWAY_MASTER_KEY ${words}`));
    await expect(start).rejects.not.toThrow(value);
  }
});

describe.each(DOORS)("the %s door", (door) => {
  const call = (options: Call) => ask(doors[door], options);
  const manage = (method: string, path: string, body?: unknown, secret = MASTER) =>
    call({ method, path: `/v1/${path}`, secret, ...(body === undefined ? {} : { body }) });
  /** Of this door alone: both share the default organisation. */
  const named = (name: string) => `${name}-${door}`;
  const echo = (more: Record<string, unknown> = {}) => ({
    model: "simulator/echo",
    messages: [{ role: "user", content: "Hi" }],
    max_tokens: 16,
    ...more,
  });

  test("any-llm's documented calls work word for word", async () => {
    const headers = { "x-anyllm-key": `Bearer ${MASTER}` };
    const user = named("user-123");
    const alice = await call({
      path: "/v1/users",
      headers,
      body: {
        user_id: user,
        alias: "Alice",
        metadata: { department: "Engineering", team: "ML", email: "alice@example.com" },
      },
    });
    expect(alice.status).toBe(200);
    expect(alice.json).toMatchObject({ user_id: user, alias: "Alice" });

    const haiku = { ...echo({ user }), messages: [{ role: "user", content: "Write a haiku on Jupiter" }] };
    expect((await call({ headers, body: haiku })).status).toBe(200);
    const nameless = await call({ headers, body: echo() });
    expect(nameless.status).toBe(400);
    expect(nameless.json).toMatchObject({
      error: {
        code: "user_required",
        message: "When using master key, 'user' field is required in request body",
      },
    });
    const unknown = await call({ headers, body: echo({ user: "nobody" }) });
    expect(unknown.status).toBe(404);
    expect(unknown.json).toMatchObject({ error: { code: "user_not_found", message: "User 'nobody' not found" } });

    const made = await call({ path: "/v1/keys", headers, body: { key_name: "mobile-app" } });
    expect(made.json).toMatchObject({
      id: expect.any(String),
      key: expect.stringMatching(/^tp_live_[0-9A-Za-z]{38}$/),
      key_name: "mobile-app",
      expires_at: null,
      is_active: true,
      metadata: {},
    });
    const trial = await call({
      path: "/v1/keys",
      headers,
      body: { key_name: "trial-access", expires_at: "2025-12-31T23:59:59Z" },
    });
    expect(trial.json).toMatchObject({ expires_at: "2025-12-31T23:59:59.000Z" });
    const expired = await call({ secret: String(field(trial, "key")), body: echo() });
    expect(expired.json).toMatchObject({ error: { code: "key_expired" } });

    const virtual = { "x-anyllm-key": `Bearer ${field(made, "key")}` };
    expect((await call({ headers: virtual, body: echo() })).status).toBe(200);
    const listed = await call({ path: "/v1/keys", headers });
    expect(rows(listed).map(({ id }) => id)).toContain(field(made, "id"));
    expect(listed.text).not.toContain(String(field(made, "key")));
    const path = `/v1/keys/${field(made, "id")}`;
    const off = await call({ method: "PATCH", path, headers, body: { is_active: false } });
    expect(off.json).toMatchObject({ is_active: false, status: "inactive" });
    expect((await call({ headers: virtual, body: echo() })).status).toBe(401);
    const deleted = await call({ method: "DELETE", path, headers });
    expect({ status: deleted.status, text: deleted.text }).toEqual({ status: 204, text: "" });
    expect((await call({ path, headers })).status).toBe(404);
  });

  test("OpenAI's client works with the master key, streamed and not, and the user's spend grows", async () => {
    const user = named("stream");
    await manage("POST", "users", { user_id: user });
    const client = new OpenAI({ apiKey: MASTER, baseURL: `${doors[door].url}/api/v1`, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: "simulator/echo",
      messages: [{ role: "user", content: "Hi" }],
      stream: true,
      user,
    });
    let said = "";
    for await (const chunk of stream) said += chunk.choices[0]?.delta.content ?? "";
    expect(said).toContain("Hi");
    await client.embeddings.create({ model: "simulator/embed", input: "Hi", user });
    await untilSettled();
    const spend = await eventually(
      async () => parseUsd(String(field(await manage("GET", `users/${user}`), "spend"))),
      (amount) => amount > 0n,
    );
    expect(spend).toBeGreaterThan(0n);
    expect(rows(await manage("GET", `users/${user}/usage`)).map(({ endpoint }) => endpoint)).toEqual([
      "embeddings",
      "chat/completions",
    ]);
    expect((await manage("GET", "models")).status).toBe(200);
  });

  test("no burst of requests spends past a user's budget", async () => {
    const budget = await manage("POST", "budgets", { max_budget: "0.0005", reset: "monthly" });
    const user = named("burst");
    await manage("POST", "users", { user_id: user, budget_id: field(budget, "id") });
    const key = await manage("POST", "keys", { key_name: "burst", user_id: user });
    // Fifty tokens cost some 0.00003 USD: the budget pays for about fifteen of the sixty.
    const long = { max_tokens: 60, messages: [{ role: "user", content: "[[tokens:50]]" }] };
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        index % 2 === 0
          ? call({ secret: MASTER, body: echo({ user, ...long }) })
          : call({ secret: String(field(key, "key")), body: echo(long) }),
      ),
    );
    const codes = new Set(answers.map(({ status }) => status));
    expect([...codes].every((status) => status === 200 || status === 403)).toBe(true);
    expect(codes).toContain(200);
    expect(codes).toContain(403);
    await untilSettled();
    const spend = parseUsd(String(field(await manage("GET", `users/${user}`), "spend")));
    expect(spend).toBeGreaterThan(0n);
    expect(spend).toBeLessThanOrEqual(parseUsd("0.0005"));
    expect(await auditMoney()).toEqual([]);
  });

  test("every change acts on the very next request, at either door", async () => {
    const other = doors[door === "server" ? "next" : "server"];
    const user = named("revoked");
    await manage("POST", "users", { user_id: user });
    const key = await manage("POST", "keys", { key_name: "k", user_id: user });
    const secret = String(field(key, "key"));
    const codes = async () =>
      Promise.all(
        [doors[door], other].map(async (server) => {
          const bound = await ask(server, { secret, body: echo() });
          const master = await ask(server, { secret: MASTER, body: echo({ user }) });
          return [bound.status, master.status];
        }),
      );
    const both = (bound: number, master: number) => [
      [bound, master],
      [bound, master],
    ];
    expect(await codes()).toEqual(both(200, 200));
    await manage("PATCH", `users/${user}`, { blocked: true });
    expect(await codes()).toEqual(both(403, 403));
    await manage("PATCH", `users/${user}`, { blocked: false });
    expect(await codes()).toEqual(both(200, 200));
    const budget = await manage("POST", "budgets", { max_budget: 0 });
    await manage("PATCH", `users/${user}`, { budget_id: field(budget, "id") });
    expect(await codes()).toEqual(both(403, 403));
    await manage("PATCH", `users/${user}`, { budget_id: null });
    expect(await codes()).toEqual(both(200, 200));
    await manage("PATCH", `keys/${field(key, "id")}`, { is_active: false });
    expect(await codes()).toEqual(both(401, 200));
    await manage("DELETE", `users/${user}`);
    expect(await codes()).toEqual(both(401, 404));
  });

  test("refusals have the shape of every other, below either prefix", async () => {
    for (const prefix of ["/v1/", "/api/v1/"]) {
      const missing = await call({ path: `${prefix}keys` });
      expect(missing.status).toBe(401);
      expect(missing.json).toMatchObject({
        status: 401,
        message: expect.any(String),
        error: { type: "authentication_error", code: "missing_key", metadata: {} },
      });
      expect(missing.headers.get("x-request-id")).toMatch(/^gen_/);
      expect(missing.headers.get("cache-control")).toBe("private, no-store");
      expect(missing.headers.get("vary")).toContain("X-AnyLLM-Key");
      const method = await call({ method: "PUT", path: `${prefix}projects`, secret: MASTER, body: {} });
      expect(method.status).toBe(405);
      expect(method.headers.get("allow")).toBe("POST, GET");
      const body = await call({ path: `${prefix}users`, secret: MASTER, body: { user_id: "", extra: 1 } });
      expect(body.status).toBe(422);
      expect(body.json).toMatchObject({
        error: {
          code: "invalid_body",
          metadata: { fields: { user_id: expect.any(String), extra: expect.any(String) } },
        },
      });
    }
    const large = await manage("POST", "keys", { key_name: "x", metadata: { text: "x".repeat(1_100_000) } });
    expect(large.json).toMatchObject({ status: 413, error: { code: "body_too_large" } });
    expect((await manage("POST", "keys", "{")).json).toMatchObject({ error: { code: "invalid_json" } });
    expect((await call({ path: "/v1/keys?api_key=x", secret: MASTER })).json).toMatchObject({
      error: { code: "key_in_query" },
    });
    expect((await manage("GET", "keys", undefined, `${MASTER}x`)).json).toMatchObject({
      error: { code: "invalid_key" },
    });
  });

  test("credits, key and usage are the calling key's own where it asks for them, and managed where it may", async () => {
    const tenant = await makeTenant();
    const admin = await createKey({
      organizationId: tenant.organizationId,
      projectId: tenant.projectId,
      name: "admin",
      environment: "live",
      expiresAt: null,
      usageLimit: null,
      usageLimitReset: "none",
      scopes: [...DEFAULT_SCOPES, "admin:*"],
      actor: { userId: tenant.userId },
    });
    for (const path of ["credits", "key", "usage"])
      expect((await manage("GET", path, undefined, tenant.secret)).status, path).toBe(200);
    for (const path of ["keys", "users", "audit", "pricing"]) {
      expect((await manage("GET", path, undefined, tenant.secret)).json).toMatchObject({
        status: 403,
        error: { code: "insufficient_scope", metadata: { scope: "admin:*" } },
      });
      expect((await manage("GET", path, undefined, admin.secret)).status, path).toBe(200);
    }
    expect((await manage("POST", "credits/grants", { amount: "1", reason: "x" }, admin.secret)).status).toBe(403);
    const organizationId = tenant.organizationId;
    const granted = await manage("POST", "credits/grants", {
      organization_id: organizationId,
      amount: "1",
      reason: "x",
    });
    expect(granted.json).toMatchObject({ organization_id: organizationId, amount: "1.00" });
    expect(rows(await manage("GET", "audit", undefined, admin.secret))[0]).toMatchObject({
      action: "organization.grant",
      actor: "master",
    });
    expect(await auditMoney()).toEqual([]);
  });

  test("every answer is what the OpenAPI description says it is", async () => {
    const described = await call({ path: "/api/v1/openapi.json" });
    expect(described.json).toMatchObject({ openapi: "3.1.0" });
    if (!isRecord(described.json) || !isRecord(described.json.paths)) throw new Error("no description");
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: "openapi", ...described.json });
    const { paths } = described.json;
    const seen = new Set<string>();
    const pointer = (path: string) => path.replaceAll("~", "~0").replaceAll("/", "~1");

    /** Calls it, and holds what it answers against its description. */
    async function checked(
      method: string,
      template: string,
      id: string | null,
      body?: unknown,
      query = "",
    ): Promise<Answer> {
      const path = id === null ? template : template.replace("{id}", encodeURIComponent(id));
      const answer = await manage(method, path + query, body);
      const name = `${method} ${template}`;
      expect([200, 204], `${name}: ${answer.text.slice(0, 300)}`).toContain(answer.status);
      seen.add(name);
      const place = `openapi#/paths/${pointer(`/${template}`)}/${method.toLowerCase()}`;
      if (body !== undefined) {
        const sent = ajv.getSchema(encodeURI(`${place}/requestBody/content/application~1json/schema`));
        expect(sent?.(body), `${name}: ${JSON.stringify(sent?.errors)}`).toBe(true);
      }
      if (answer.status === 204) return answer;
      const valid = ajv.getSchema(encodeURI(`${place}/responses/200/content/application~1json/schema`));
      expect(valid?.(answer.json), `${name}: ${JSON.stringify(valid?.errors)}`).toBe(true);
      return answer;
    }

    const project = String(
      field(await checked("POST", "projects", null, { name: "described", usage_limit: "5" }), "id"),
    );
    await checked("GET", "projects", null);
    await checked("GET", "projects/{id}", project);
    await checked("PATCH", "projects/{id}", project, { usage_limit: 2.5, usage_limit_reset: "daily", mode: "hybrid" });
    const tenant = await makeTenant();
    const whose = `?organization_id=${tenant.organizationId}`;
    await checked("GET", "members", null, undefined, whose);
    const { id: member } = await prisma().membership.findFirstOrThrow({ where: { userId: tenant.userId } });
    await checked("GET", "members/{id}", member, undefined, whose);
    const denying = { iam_rules: [{ type: "deny_models", value: { models: ["gpt-4o*"] } }] };
    await checked("PATCH", "members/{id}", member, denying, whose);
    await checked("PATCH", "members/{id}/limits", member, { daily: "1.5", monthly: 20 }, whose);
    await checked("GET", "members/{id}/limits", member, undefined, whose);
    await checked("PATCH", "organization/limits", null, { monthly: "100" }, whose);
    await checked("GET", "organization/limits", null, undefined, whose);
    const budget = String(
      field(await checked("POST", "budgets", null, { max_budget: 5, budget_duration_sec: 60 }), "id"),
    );
    await checked("GET", "budgets", null);
    await checked("GET", "budgets/{id}", budget);
    await checked("PATCH", "budgets/{id}", budget, { budget_duration_sec: null, reset: "weekly" });
    const user = named("described");
    await checked("POST", "users", null, { user_id: user, budget_id: budget, metadata: { a: [1, null] } });
    await checked("GET", "users", null);
    await checked("GET", "users/{id}", user);
    await checked("PATCH", "users/{id}", user, { alias: "D" });
    const made = await checked("POST", "keys", null, {
      key_name: "described",
      user_id: user,
      scopes: ["completions:write", "embeddings:write", "models:read", "usage:read"],
      usage_limit: "5",
      rate_limit_rpm: 100,
      iam_rules: [{ type: "deny_pricing", value: { max_input_price: 5 } }],
    });
    const key = String(field(made, "id"));
    const secret = String(field(made, "key"));
    await checked("GET", "keys", null);
    await checked("GET", "keys/{id}", key);
    await checked("PATCH", "keys/{id}", key, { iam_rules: [], usage_limit: null });
    const provider = await checked("POST", "provider-keys", null, {
      provider: "openai",
      key: "sk-0123456789abcdef",
      project_id: project,
    });
    await checked("GET", "provider-keys", null);
    await checked("GET", "provider-keys/{id}", String(field(provider, "id")));
    await checked("PATCH", "provider-keys/{id}", String(field(provider, "id")), { priority: 1, is_active: false });
    const price = { model_key: "openai:gpt-4o", input_price_per_million: "2.5", output_price_per_million: 10 };
    await checked("POST", "pricing", null, price);
    await checked("GET", "pricing", null);
    await checked("GET", "pricing/{id}", "openai:gpt-4o");
    await checked("DELETE", "pricing/{id}", "openai:gpt-4o");
    await checked("POST", "credits/grants", null, { amount: "1", reason: "described" });
    await checked("POST", "credits/adjustments", null, { amount: "-1", reason: "described" });

    const chat = await checked("POST", "chat/completions", null, echo({ user }));
    await checked("POST", "completions", null, { model: "simulator/echo", prompt: "Hi", max_tokens: 16, user });
    await checked("POST", "responses", null, { model: "simulator/echo", input: "Hi", max_output_tokens: 16, user });
    await checked("POST", "embeddings", null, { model: "simulator/embed", input: ["Hi"], user });
    const messages = { ...echo(), metadata: { user_id: user } };
    await checked("POST", "messages", null, messages);
    await checked("POST", "messages/count_tokens", null, echo());
    await untilSettled();
    await checked("GET", "users/{id}/usage", user);
    for (const group of ["day", "hour", "model", "provider", "key", "user"])
      await checked("GET", "usage", null, undefined, `?group_by=${group}`);
    await checked("POST", "iam/explain", null, { model: "simulator/echo" });
    await checked("GET", "models", null);
    await checked("GET", "models/{id}", "simulator/echo");
    const receipt = chat.headers.get("x-generation-id") ?? "";
    await checked("GET", "generation", null, undefined, `?id=${receipt}`);
    await checked("GET", "generation/{id}", receipt);
    await checked("GET", "credits", null);
    const own = await call({ path: "/v1/key", secret });
    const ofKey = ajv.getSchema(
      encodeURI(`openapi#/paths/${pointer("/key")}/get/responses/200/content/application~1json/schema`),
    );
    expect(ofKey?.(own.json), JSON.stringify(ofKey?.errors)).toBe(true);
    seen.add("GET key");
    await checked("GET", "audit", null);

    await checked("POST", "keys/{id}/rotate", key, { grace_period_seconds: 5 });
    await checked("DELETE", "keys/{id}", key);
    await checked("DELETE", "users/{id}", user);
    await checked("DELETE", "budgets/{id}", budget);
    await checked("DELETE", "provider-keys/{id}", String(field(provider, "id")));
    await checked("DELETE", "projects/{id}", project);

    const all = Object.entries(paths).flatMap(([path, methods]) =>
      isRecord(methods) ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice(1)}`) : [],
    );
    expect([...seen].sort()).toEqual(all.sort());
    const error = ajv.getSchema("openapi#/components/schemas/Error");
    const refused = await manage("GET", "keys/key_none");
    expect(error?.(refused.json), JSON.stringify(error?.errors)).toBe(true);
  });
});
