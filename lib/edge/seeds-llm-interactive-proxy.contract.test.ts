import OpenAI from "openai";
import { beforeAll, describe, expect, test } from "vitest";
import { generateSecret } from "@/lib/keys/secret";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { type Answer, ask, auditMoney, type Call, DOORS, eventually, untilSettled } from "@/lib/testing/gateway";
import { registerSecret } from "@/lib/testing/leaks";
import { openDoors } from "@/lib/testing/open-doors";

/*
 * LLM Interactive Proxy's page about its API key, sentence by sentence: a test's title is the sentence that it holds us
 * to. What it says of settings is in lib/infra/seeds.test.ts; docs/seeds.md has the table.
 */

/** The tests are a trusted proxy, and say whom they come from. */
const { doors, upstream } = openDoors({ BRUTE_FORCE_ENABLED: "true", TRUSTED_PROXIES: "127.0.0.1" }, { pages: true });

const HELLO = { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello!" }] };

let hosts = 0;
/** An address that nothing has come from yet. */
function newAddress(): string {
  hosts += 1;
  return `192.0.2.${hosts}`;
}

describe.each(DOORS)("LLM Interactive Proxy's API key, through the %s door", (door) => {
  const call = (options: Call) => ask(doors[door], options);
  const from = (address: string, options: Call) =>
    call({ body: HELLO, ...options, headers: { "x-forwarded-for": address, ...options.headers } });

  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await makeTenant({ mode: "credits" });
  });

  /** What `count` guesses from one address are answered. */
  async function guesses(address: string, count: number): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let index = 0; index < count; index += 1)
      answers.push(await from(address, { secret: generateSecret("live").secret }));
    return answers;
  }

  test("Clients must provide a valid API key in the Authorization header to make requests.", async () => {
    const bearer = (key: string) => from(newAddress(), { headers: { authorization: `Bearer ${key}` } });
    expect((await bearer(tenant.secret)).status).toBe(200);
    for (const key of ["your-secret-proxy-key", generateSecret("live").secret, `${tenant.secret}x`])
      expect(await bearer(key)).toMatchObject({ status: 401, json: { error: { code: "invalid_key" } } });
  });

  test("This prevents unauthorized access to your proxy instance and the backend LLM providers it connects to.", async () => {
    await guesses(newAddress(), 2);
    for (const path of ["chat/completions", "completions", "embeddings", "responses", "messages"])
      expect((await call({ path: `/v1/${path}`, body: HELLO })).status, path).toBe(401);
    expect(upstream.calls).toEqual([]);
  });

  test("Authentication is enabled by default", async () => {
    expect(await call({ path: "/v1/models" })).toMatchObject({ status: 401, json: { error: { code: "missing_key" } } });
    expect(doors[door].output()).not.toContain("authentication is off");
  });

  test("Bearer token authentication using standard HTTP Authorization header", async () => {
    const sent = (authorization: string) => from(newAddress(), { headers: { authorization } });
    for (const scheme of ["Bearer", "bearer", "BEARER"])
      expect((await sent(`${scheme} ${tenant.secret}`)).status).toBe(200);
    for (const value of [tenant.secret, `Basic ${tenant.secret}`, "Bearer "])
      expect(await sent(value)).toMatchObject({ status: 401, json: { error: { code: "malformed_header" } } });
  });

  test("Per-IP brute-force protection against invalid key attempts", async () => {
    const address = newAddress();
    expect((await guesses(address, 6)).map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429]);
    expect((await guesses(newAddress(), 1))[0]?.status).toBe(401);
    expect((await from(address, { secret: tenant.secret })).status).toBe(200);
  });

  test("Automatic key redaction in logs", async () => {
    const theirs = "sk-proj-pasted0by0mistake0123456789";
    registerSecret(theirs);
    expect((await from(newAddress(), { secret: theirs })).status).toBe(401);
    expect((await from(newAddress(), { headers: { "x-api-key": theirs } })).status).toBe(401);
    const failed = await from(newAddress(), {
      secret: tenant.secret,
      body: { ...HELLO, model: `openai/${theirs}` },
    });
    expect([failed.status, failed.text.includes(theirs)]).toEqual([400, false]);
    for (const secret of [theirs, tenant.secret]) expect(doors[door].output()).not.toContain(secret);
  });

  test("Bypass list for public endpoints (docs, health checks)", async () => {
    for (const path of ["/health/liveness", "/health/readiness", "/docs", "/api/v1/openapi.json"]) {
      expect((await call({ path })).status, path).toBe(200);
      expect((await call({ path, secret: "your-secret-proxy-key" })).status, path).toBe(200);
    }
  });

  test("cURL Example: POST /v1/chat/completions with the key as Authorization: Bearer", async () => {
    const answer = await call({
      path: "/v1/chat/completions",
      headers: { authorization: `Bearer ${tenant.secret}` },
      body: HELLO,
    });
    expect(answer).toMatchObject({ status: 200, json: { object: "chat.completion" } });
  });

  test("JavaScript Example: new OpenAI({ baseURL, apiKey }) with the proxy's key, not the provider's", async () => {
    const client = new OpenAI({ baseURL: `${doors[door].url}/v1`, apiKey: tenant.secret, maxRetries: 0 });
    const response = await client.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "Hello!" }],
    });
    expect(response.choices[0]?.message.role).toBe("assistant");
    expect(upstream.calls[0]?.headers.authorization).not.toContain(tenant.secret);
  });

  test('"model": "gpt-4": shut down by OpenAI, so a 400 that names what is near', async () => {
    expect(await call({ secret: tenant.secret, body: { ...HELLO, model: "gpt-4" } })).toMatchObject({
      status: 400,
      json: { error: { code: "model_not_found", metadata: { near: expect.arrayContaining(["openai/gpt-4o"]) } } },
    });
  });

  test("Use the same proxy API key for all authorized users", async () => {
    const users = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        from(newAddress(), { secret: tenant.secret, body: { ...HELLO, user: `user-${index}` } }),
      ),
    );
    expect(users.map(({ status }) => status)).toEqual(Array(5).fill(200));
  });

  test("Problem: Client receives 401 Unauthorized response.", async () => {
    const refused = await from(newAddress(), { headers: { authorization: "Bearer your-secret-proxy-key" } });
    expect(refused).toMatchObject({
      status: 401,
      json: {
        status: 401,
        message: expect.stringMatching(/^Unauthorized: Invalid Turnpike API token\./),
        error: { type: "authentication_error", code: "invalid_key" },
      },
    });
  });

  test("Client receives 429 Too Many Requests with Retry-After header.", async () => {
    const address = newAddress();
    await guesses(address, 5);
    const [blocked] = await guesses(address, 1);
    const seconds = Number(blocked?.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(20);
    expect(seconds).toBeLessThanOrEqual(30);
    expect(blocked).toMatchObject({
      status: 429,
      json: { status: 429, error: { code: "too_many_failures", metadata: { retry_after_seconds: seconds } } },
    });
  });

  test("Problem: Client forgets to include the Authorization header.", async () => {
    const address = newAddress();
    for (let index = 0; index < 6; index += 1)
      expect(await from(address, {})).toMatchObject({
        status: 401,
        json: {
          error: { code: "missing_key" },
          message:
            "Unauthorized: No API key provided. Expected 'Authorization: Bearer your-api-token' header or 'x-api-key: your-api-token' header",
        },
      });
  });

  test("Monitor Failed Attempts: Review logs for repeated authentication failures", async () => {
    const address = newAddress();
    await guesses(address, 4);
    const logged = () =>
      doors[door]
        .output()
        .split("\n")
        .filter((line) => line.includes(`"network":"${address}"`));
    expect(logged()).toEqual([]);
    await guesses(address, 3);
    const lines = await eventually(logged, (found) => found.length > 0);
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: "warn", network: address, failures: 5, seconds: 30, msg: expect.stringContaining("blocked") },
    ]);
  });

  test("Separate Keys: Use different proxy API keys for different environments", async () => {
    const { secret } = await addKey(tenant, { environment: "test" });
    const answers = [await call({ secret, body: HELLO }), await call({ secret: tenant.secret, body: HELLO })];
    expect(answers.map(({ headers }) => headers.get("x-turnpike-billed-to"))).toEqual(["none", "credits"]);
  });
});

test("after all of it nothing is held, and the books agree to the nano-dollar", async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});
