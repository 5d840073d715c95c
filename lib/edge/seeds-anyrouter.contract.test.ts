import Anthropic from "@anthropic-ai/sdk";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_SCOPES, type Scope } from "@/lib/keys/scopes";
import { SECRET_PATTERN } from "@/lib/keys/secret";
import { readBalance } from "@/lib/ledger/balance";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  ask,
  auditMoney,
  type Call,
  DOORS,
  field,
  insideOneMinute,
  POOL_KEY,
  receiptOf,
  rows,
  untilSettled,
} from "@/lib/testing/gateway";
import { registerSecret } from "@/lib/testing/leaks";
import { openDoors } from "@/lib/testing/open-doors";

/*
 * AnyRouter's page "Authentication", sentence by sentence: a test's title is the sentence that it holds us to.
 * docs/seeds.md has the table.
 */

const OPENROUTER_KEY = "sk-or-pool-0123456789abcdefghij";
const OWN_KEY = "sk-own-0123456789abcdefghijklmn";
const FEE_BPS = 500n;
/** What the upstream's plain answer costs with gpt-4o-mini: 11 tokens in, 6 out; and the fee of that, rounded up. */
const COST = 11n * 150n + 6n * 600n;
const FEE = (COST * FEE_BPS + 9_999n) / 10_000n;

const { doors, upstream } = openDoors((upstreamUrl) => ({
  OPENROUTER_API_KEY: OPENROUTER_KEY,
  OPENROUTER_BASE_URL: upstreamUrl,
  ALLOW_PRIVATE_UPSTREAMS: "true",
  BYOK_FEE_BPS: String(FEE_BPS),
}));

const HI = { messages: [{ role: "user", content: "hi" }], max_tokens: 16 };

/** A body that each endpoint serves with a model that is built in, by its path below /api/v1/. */
const BODIES: Readonly<Record<string, object>> = {
  "chat/completions": { model: "simulator/echo", ...HI },
  completions: { model: "simulator/echo", prompt: "hi", max_tokens: 16 },
  messages: { model: "simulator/echo", ...HI },
  embeddings: { model: "simulator/embed", input: "hi" },
};

describe.each(DOORS)("AnyRouter's Authentication, through the %s door", (door) => {
  const call = (options: Call) => ask(doors[door], options);

  let tenant: Tenant;
  let admin: string;
  beforeAll(async () => {
    tenant = await makeTenant({ mode: "credits" });
    admin = (await addKey(tenant, { scopes: [...DEFAULT_SCOPES, "admin:*"] })).secret;
  });

  /** A key as the organisation's own admin makes one, with its secret. */
  async function makeKey(body: Record<string, unknown> = {}): Promise<{ id: string; secret: string }> {
    const made = await call({ secret: admin, path: "/api/v1/keys", body: { key_name: "ci-smoketest", ...body } });
    expect(made.status).toBe(200);
    const secret = String(field(made, "key"));
    registerSecret(secret);
    return { id: String(field(made, "id")), secret };
  }

  /** The endpoints that a key is served at, of all those that the page's table of scopes names. */
  async function servedWith(scope: Scope): Promise<string[]> {
    const made = await call({
      secret: tenant.secret,
      path: "/api/v1/chat/completions",
      body: BODIES["chat/completions"],
    });
    const generation = `generation/${made.headers.get("x-generation-id")}`;
    const { secret } = await addKey(tenant, { scopes: [scope] });
    const answers = await Promise.all([
      ...Object.entries(BODIES).map(
        async ([path, body]) => [path, await call({ secret, path: `/api/v1/${path}`, body })] as const,
      ),
      ...["models", "models/gpt-4o-mini", generation, "credits", "keys", "provider-keys", "projects"].map(
        async (path) => [path.replace(/gen_.*/, ":id"), await call({ secret, path: `/api/v1/${path}` })] as const,
      ),
    ]);
    for (const [path, { status, text }] of answers)
      if (status !== 200) expect([path, status, text.includes("lacks the scope")]).toEqual([path, 403, true]);
    return answers.filter(([, { status }]) => status === 200).map(([path]) => path);
  }

  test("Every request must carry an Authorization: Bearer <key> header.", async () => {
    for (const path of ["models", "credits", "keys"]) {
      expect(await call({ path: `/api/v1/${path}` })).toMatchObject({
        status: 401,
        json: { error: { code: "missing_key" } },
      });
      expect((await call({ path: `/api/v1/${path}`, headers: { authorization: `Bearer ${admin}` } })).status).toBe(200);
    }
    for (const [path, body] of Object.entries(BODIES)) {
      expect((await call({ path: `/api/v1/${path}`, body })).status).toBe(401);
      const headers = { authorization: `Bearer ${tenant.secret}` };
      expect((await call({ path: `/api/v1/${path}`, body, headers })).status, path).toBe(200);
    }
  });

  test("AnyRouter-issued keys are prefixed with ar-: Turnpike's with tp_live_ and tp_test_", async () => {
    expect((await makeKey()).secret).toMatch(/^tp_live_/);
    expect((await makeKey({ environment: "test" })).secret).toMatch(/^tp_test_/);
    expect(
      await call({ path: "/api/v1/models", secret: "ar-live-abc123def456ghi789jkl012mno345pqr678stu901vwx" }),
    ).toMatchObject({
      status: 401,
      json: { error: { code: "invalid_key" } },
    });
  });

  test("The prefix lets you tell AnyRouter keys apart from upstream provider keys", async () => {
    const { secret } = await makeKey();
    expect(secret).toMatch(SECRET_PATTERN);
    for (const theirs of [
      POOL_KEY,
      OPENROUTER_KEY,
      OWN_KEY,
      "sk-ant-api03-abc",
      "AIzaSyA0123456789",
      "gsk_0123456789",
      "xai-0123",
    ])
      expect(theirs).not.toMatch(SECRET_PATTERN);
  });

  test("POST /api/v1/chat/completions with Authorization: Bearer and the model openai/gpt-4-turbo", async () => {
    const answer = await call({
      path: "/api/v1/chat/completions",
      headers: { authorization: `Bearer ${tenant.secret}` },
      body: { model: "openai/gpt-4-turbo", messages: [{ role: "user", content: "hi" }] },
    });
    expect(answer).toMatchObject({ status: 200, json: { model: "openai/gpt-4-turbo" } });
    expect(upstream.calls[0]?.headers.authorization).toBe(`Bearer ${OPENROUTER_KEY}`);
  });

  test("The Anthropic Messages API passthrough at /api/v1/messages accepts x-api-key instead", async () => {
    const answer = await call({
      path: "/api/v1/messages",
      headers: { "x-api-key": tenant.secret, "anthropic-version": "2023-06-01" },
      body: BODIES.messages,
    });
    expect(answer).toMatchObject({ status: 200, json: { type: "message", role: "assistant" } });
    const client = new Anthropic({ apiKey: tenant.secret, baseURL: `${doors[door].url}/api`, maxRetries: 0 });
    const message = await client.messages.create({
      model: "simulator/echo",
      max_tokens: 16,
      messages: [{ role: "user", content: "hi" }],
    });
    expect(message.content[0]).toMatchObject({ type: "text", text: "You said: hi" });
  });

  test("You can set: Name — a human label", async () => {
    const { secret } = await makeKey({ key_name: "production-backend" });
    expect((await call({ secret, path: "/api/v1/key" })).json).toMatchObject({ data: { name: "production-backend" } });
  });

  test("You can set: Scopes — restrict the key to specific endpoints or models", async () => {
    const { secret } = await makeKey({
      scopes: ["completions:write"],
      iam_rules: [{ type: "allow_models", value: { models: ["gpt-4o-mini"] } }],
    });
    const chat = (model: string) => call({ secret, body: { model, ...HI } });
    expect((await chat("gpt-4o-mini")).status).toBe(200);
    expect(await chat("gpt-4o")).toMatchObject({ status: 403, json: { error: { code: "iam_denied" } } });
    expect(await call({ secret, path: "/api/v1/embeddings", body: BODIES.embeddings })).toMatchObject({
      status: 403,
      json: { error: { code: "insufficient_scope", metadata: { scope: "embeddings:write" } } },
    });
  });

  test("You can set: Expiry — optional hard expiration date", async () => {
    const past = await makeKey({ expires_at: "2026-01-01T00:00:00Z" });
    expect(await call({ secret: past.secret, path: "/api/v1/models" })).toMatchObject({
      status: 401,
      json: { error: { code: "key_expired" } },
    });
    for (const expires_at of ["2999-01-01T00:00:00Z", null]) {
      const { secret } = await makeKey({ expires_at });
      expect((await call({ secret, path: "/api/v1/models" })).status).toBe(200);
    }
  });

  test("You can set: Rate limit override — cap requests-per-minute on this key", async () => {
    const { secret } = await makeKey({ rate_limit_rpm: 2 });
    await insideOneMinute(10);
    const chat = () => call({ secret, body: BODIES["chat/completions"] });
    expect([(await chat()).status, (await chat()).status]).toEqual([200, 200]);
    const over = await chat();
    expect(over).toMatchObject({ status: 429, json: { error: { code: "rate_limited" } } });
    expect(Number(over.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await call({ secret: tenant.secret, body: BODIES["chat/completions"] })).status).toBe(200);
  });

  test("The full key is shown once: AnyRouter only retains the prefix after the dialog closes", async () => {
    const { id, secret } = await makeKey();
    const shown = await call({ secret: admin, path: `/api/v1/keys/${id}` });
    expect(shown.json).toMatchObject({ key_preview: `${secret.slice(0, 12)}…${secret.slice(-4)}` });
    for (const path of [`keys/${id}`, "keys", "audit"])
      expect((await call({ secret: admin, path: `/api/v1/${path}` })).text).not.toContain(secret);
  });

  test("If a key leaks, rotate it immediately", async () => {
    const { id, secret } = await makeKey();
    expect((await call({ secret, path: "/api/v1/models" })).status).toBe(200);
    const rotated = await call({ secret: admin, method: "POST", path: `/api/v1/keys/${id}/rotate` });
    expect(rotated).toMatchObject({ status: 200, json: { id } });
    registerSecret(String(field(rotated, "key")));
    for (const other of DOORS) expect((await ask(doors[other], { secret, path: "/api/v1/models" })).status).toBe(401);
    expect((await call({ secret: String(field(rotated, "key")), path: "/api/v1/models" })).status).toBe(200);
  });

  test("Rotating keys: create a new key with the same scopes, deploy it, verify its traffic, delete the old key", async () => {
    const scopes = ["completions:write", "usage:read"];
    const old = await makeKey({ scopes });
    const chat = (secret: string) => call({ secret, body: BODIES["chat/completions"] });
    expect((await chat(old.secret)).status).toBe(200);
    const fresh = await makeKey({ scopes });
    expect([(await chat(old.secret)).status, (await chat(fresh.secret)).status]).toEqual([200, 200]);
    await untilSettled();
    const usage = rows(await call({ secret: admin, path: "/api/v1/usage?group_by=key&limit=1000" }));
    expect(usage.find(({ group }) => group === fresh.id)).toMatchObject({ requests: 1, errors: 0 });
    expect((await call({ secret: admin, method: "DELETE", path: `/api/v1/keys/${old.id}` })).status).toBe(204);
    expect([(await chat(old.secret)).status, (await chat(fresh.secret)).status]).toEqual([401, 200]);
  });

  test("Because keys are opaque and independent from upstream provider keys, rotation is zero-downtime", async () => {
    const owner = await makeTenant({ mode: "api_keys" });
    const manager = (await addKey(owner, { scopes: ["admin:*", ...DEFAULT_SCOPES] })).secret;
    const key = { provider: "openai", key: OWN_KEY, base_url: upstream.url };
    await call({ secret: manager, path: "/api/v1/provider-keys", body: key });
    const chat = (secret: string) => call({ secret, body: { model: "gpt-4o-mini", ...HI } });
    expect((await chat(owner.secret)).status).toBe(200);
    const grace = { grace_period_seconds: 60 };
    const rotated = await call({ secret: manager, path: `/api/v1/keys/${owner.keyId}/rotate`, body: grace });
    const fresh = String(field(rotated, "key"));
    registerSecret(fresh);
    for (const secret of [owner.secret, fresh, owner.secret]) expect((await chat(secret)).status).toBe(200);
    expect(upstream.calls.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill(`Bearer ${OWN_KEY}`));
  });

  describe("BYOK", () => {
    let owner: Tenant;
    beforeAll(async () => {
      owner = await makeTenant({ mode: "hybrid" });
      const manager = (await addKey(owner, { scopes: ["admin:*"] })).secret;
      const body = { provider: "openai", key: OWN_KEY, base_url: upstream.url };
      const added = await call({ secret: manager, path: "/api/v1/provider-keys", body });
      expect(added).toMatchObject({ status: 200, json: { last_four: OWN_KEY.slice(-4), base_url: upstream.url } });
      expect(added.text).not.toContain(OWN_KEY);
    });

    test("If you prefer to pay providers directly, attach your own provider credentials", async () => {
      const answer = await call({ secret: owner.secret, body: { model: "gpt-4o-mini", ...HI } });
      expect(answer).toMatchObject({ status: 200, json: { usage: { is_byok: true } } });
      expect(upstream.calls[0]?.headers.authorization).toBe(`Bearer ${OWN_KEY}`);
    });

    test("Requests routed through your BYOK credentials are billed to your upstream account, for a flat routing fee", async () => {
      await untilSettled();
      const before = await readBalance(owner.organizationId);
      const answer = await call({ secret: owner.secret, body: { model: "gpt-4o-mini", ...HI } });
      expect(answer.headers.get("x-turnpike-billed-to")).toBe("provider_key");
      expect(await receiptOf(answer.headers.get("x-generation-id"))).toMatchObject({
        is_byok: true,
        billed_to: "provider_key",
        cost: COST,
        charged: FEE,
      });
      await untilSettled();
      expect((await readBalance(owner.organizationId)).used - before.used).toBe(FEE);
    });
  });

  describe("Key scopes", () => {
    test("completions:write allows POST /api/v1/chat/completions, /completions, /messages", async () => {
      expect(await servedWith("completions:write")).toEqual(["chat/completions", "completions", "messages"]);
    });

    test("embeddings:write allows POST /api/v1/embeddings", async () => {
      expect(await servedWith("embeddings:write")).toEqual(["embeddings"]);
    });

    test("models:read allows GET /api/v1/models and metadata", async () => {
      expect(await servedWith("models:read")).toEqual(["models", "models/gpt-4o-mini"]);
    });

    test("usage:read allows GET /api/v1/generation/:id, /credits", async () => {
      expect(await servedWith("usage:read")).toEqual(["generation/:id", "credits"]);
    });

    test("admin:* allows to create/delete keys, manage BYOK, manage org", async () => {
      expect(await servedWith("admin:*")).toEqual(["keys", "provider-keys", "projects"]);
      const { secret } = await addKey(tenant, { scopes: ["admin:*"] });
      const manage = (method: string, path: string, body?: unknown) =>
        call({ secret, method, path: `/api/v1/${path}`, ...(body === undefined ? {} : { body }) });
      for (const [path, body] of [
        ["keys", { key_name: "k", scopes: ["admin:*"] }],
        ["provider-keys", { provider: "openai", key: OWN_KEY }],
        ["projects", { name: "p" }],
      ] as const) {
        const made = await manage("POST", path, body);
        expect(made.status, path).toBe(200);
        expect((await manage("DELETE", `${path}/${field(made, "id")}`)).status, path).toBe(204);
      }
    });
  });

  test("Default-scope keys have completions:write, embeddings:write, models:read, and usage:read.", async () => {
    const { id, secret } = await makeKey();
    const scopes = ["completions:write", "embeddings:write", "models:read", "usage:read"];
    expect((await call({ secret: admin, path: `/api/v1/keys/${id}` })).json).toMatchObject({ scopes });
    expect((await call({ secret, path: "/api/v1/keys" })).status).toBe(403);
  });
});

test("after all of it nothing is held, and the books agree to the nano-dollar", async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});
