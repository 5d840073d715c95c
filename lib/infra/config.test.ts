import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig, loadProviderPool } from "@/lib/infra/config";

const key = Buffer.alloc(32, 7).toString("base64");
const database = "postgresql://someone:hunter2@db.example:5432/turnpike";

describe("loadConfig", () => {
  test("needs nothing: the defaults are the embedded database on the loopback", () => {
    expect(loadConfig({})).toMatchObject({
      production: false,
      port: 3000,
      host: "127.0.0.1",
      appUrl: "http://localhost:3000",
      embeddedDatabase: true,
      dataDir: path.resolve(".data"),
      encryptionKeys: [],
      webConcurrency: 1,
      bruteForce: {
        enabled: true,
        maxFailedAttempts: 5,
        ttlSeconds: 900,
        initialBlockSeconds: 30,
        maxBlockSeconds: 3600,
      },
      creditFeeBps: 500,
      byokFeeBps: 0,
      logLevel: "info",
      maxBodyBytes: 26_214_400,
      upstreamTimeoutMs: 600_000,
      allowPrivateUpstreams: false,
      shutdownTimeoutMs: 30_000,
    });
  });

  test("takes a flag over the environment, the environment over the default, and an empty variable as unset", () => {
    expect(loadConfig({ PORT: "4000" }).port).toBe(4000);
    expect(loadConfig({ PORT: "4000" }, ["--port", "5000"]).port).toBe(5000);
    expect(loadConfig({ PORT: "" }).port).toBe(3000);
  });

  test.each([
    [{ PORT: "abc" }, "PORT must be a whole number from 1 to 65535"],
    [{ PORT: "70000" }, "PORT must be a whole number from 1 to 65535"],
    [{ DISABLE_AUTH: "maybe" }, "DISABLE_AUTH must be true or false"],
    [{ APP_URL: "turnpike.example" }, "APP_URL must be an address that begins with http:// or https://"],
    [{ DATABASE_URL: "mysql://root:hunter2@x/y" }, "DATABASE_URL must begin with postgresql://"],
    [{ GATEWAY_MASTER_KEY: "hunter2" }, "GATEWAY_MASTER_KEY must have 32 characters or more"],
    [{ ENCRYPTION_KEY: "hunter2" }, "ENCRYPTION_KEY must be 32 bytes in base64"],
    [{ ENCRYPTION_KEY: `${key},hunter2` }, "ENCRYPTION_KEY must be 32 bytes in base64"],
    [{ TRUSTED_PROXIES: "10.0.0.0/99" }, "TRUSTED_PROXIES must list addresses or ranges"],
    [{ GITHUB_ID: "x" }, "GITHUB_ID and GITHUB_SECRET must be set together"],
    [{ STRIPE_SECRET_KEY: "hunter2" }, "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET must be set together"],
  ])("refuses %o in one line that names the variable and keeps its value to itself", (env, message) => {
    expect(() => loadConfig(env)).toThrow(message);
    expect(() => loadConfig(env)).not.toThrow(/hunter2|\n/);
  });

  test("payments are simulated without a key for Stripe, but never in production with a database of one's own", () => {
    const own = { NODE_ENV: "production", DATABASE_URL: database, NEXTAUTH_SECRET: "hunter2", ENCRYPTION_KEY: key };
    const stripe = { STRIPE_SECRET_KEY: "hunter2", STRIPE_WEBHOOK_SECRET: "hunter2" };
    const isSimulated = (env: Readonly<Record<string, string | undefined>>) => loadConfig(env).stripeSimulated;
    expect([{}, { NODE_ENV: "production" }, { DATABASE_URL: database }].map(isSimulated)).toEqual([true, true, true]);
    expect([own, stripe, { ...own, ...stripe }].map(isSimulated)).toEqual([false, false, false]);
  });

  test.each([[["--prot", "1"]], [["--port"]], [["file"]]])("refuses the flags %o and names those there are", (argv) => {
    expect(() => loadConfig({}, argv)).toThrow(/Flags: --port N --host H --disable-auth/);
  });

  test("refuses to start without authentication, which is not there yet, rather than ignoring the wish", () => {
    expect(() => loadConfig({}, ["--disable-auth"])).toThrow("DISABLE_AUTH (--disable-auth) is not available yet");
  });

  test("starts with a real database in production only when both secrets are set", () => {
    const env = { NODE_ENV: "production", DATABASE_URL: database };
    expect(() => loadConfig(env)).toThrow("NEXTAUTH_SECRET must be set when DATABASE_URL is");
    expect(() => loadConfig({ ...env, NEXTAUTH_SECRET: "s" })).toThrow(
      "ENCRYPTION_KEY must be set when DATABASE_URL is",
    );
    expect(loadConfig({ ...env, NEXTAUTH_SECRET: "s", ENCRYPTION_KEY: key }).databaseUrl).toBe(database);
    expect(() => loadConfig({ NODE_ENV: "production" })).not.toThrow();
  });

  test("reads several sealing keys in their order", () => {
    const other = Buffer.alloc(32, 9).toString("base64");
    const { encryptionKeys } = loadConfig({ ENCRYPTION_KEY: `${key}, ${other}` });
    expect(encryptionKeys.map((bytes) => bytes[0])).toEqual([7, 9]);
  });

  test("shows people an address they can open, also when it listens everywhere", () => {
    expect(loadConfig({ HOST: "0.0.0.0", PORT: "80" }).appUrl).toBe("http://localhost:80");
    expect(loadConfig({ HOST: "192.0.2.4" }).appUrl).toBe("http://192.0.2.4:3000");
    expect(loadConfig({ APP_URL: "https://turnpike.example/" }).appUrl).toBe("https://turnpike.example");
  });
});

describe("loadProviderPool", () => {
  test("reads a list of keys and the base URL by the provider's id", () => {
    const env = { OPENAI_API_KEY: "sk-one, sk-two", OPENAI_BASE_URL: "http://127.0.0.1:9/v1/", Z_AI_API_KEY: "z" };
    expect(loadProviderPool(env, "openai")).toEqual({ keys: ["sk-one", "sk-two"], baseUrl: "http://127.0.0.1:9/v1" });
    expect(loadProviderPool(env, "z-ai")).toEqual({ keys: ["z"] });
    expect(loadProviderPool(env, "mistral")).toEqual({ keys: [] });
  });

  test("refuses a base URL that is none, by name", () => {
    expect(() => loadProviderPool({ OPENAI_BASE_URL: "localhost" }, "openai")).toThrow(
      "OPENAI_BASE_URL must be an address",
    );
    expect(() => loadConfig({ VLLM_BASE_URL: "localhost:8000" })).toThrow("VLLM_BASE_URL must be an address");
  });
});
