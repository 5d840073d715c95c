import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  config,
  loadConfig,
  loadProviderPool,
  providerPool,
  setEnvironment,
  settleEnvironment,
} from "@/lib/infra/config";
import { projectRoot } from "@/lib/infra/project-root";

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
    [{ GATEWAY_MASTER_KEY: "hunter2 ".repeat(8) }, "GATEWAY_MASTER_KEY must be printable ASCII without spaces"],
    [{ GATEWAY_MASTER_KEY: `tp_live_${"hunter2".repeat(6)}` }, "GATEWAY_MASTER_KEY must not begin with tp_"],
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
    expect(() => loadConfig({}, argv)).toThrow(/Flags: --config FILE --port N --host H --disable-auth/);
  });

  test("listens on the loopback alone where authentication is off, whatever HOST says", () => {
    const { disableAuth, host, appUrl } = loadConfig({ HOST: "0.0.0.0" }, ["--disable-auth", "--host", "192.0.2.4"]);
    expect({ disableAuth, host, appUrl }).toEqual({
      disableAuth: true,
      host: "127.0.0.1",
      appUrl: "http://localhost:3000",
    });
    expect(loadConfig({ HOST: "0.0.0.0" })).toMatchObject({ disableAuth: false, host: "0.0.0.0" });
  });

  test("starts with a real database in production only when both secrets are set", () => {
    const env = { NODE_ENV: "production", DATABASE_URL: database };
    expect(() => loadConfig(env)).toThrow("NEXTAUTH_SECRET must be set when DATABASE_URL is");
    expect(() => loadConfig({ ...env, NEXTAUTH_SECRET: "s" })).toThrow(
      "ENCRYPTION_KEY must be set when DATABASE_URL is",
    );
    expect(loadConfig({ ...env, NEXTAUTH_SECRET: "s", ENCRYPTION_KEY: key }).databaseUrl).toBe(database);
    expect(() => loadConfig({ NODE_ENV: "production" })).not.toThrow();
    expect(() => loadConfig({ ...env, DISABLE_AUTH: "true" })).not.toThrow();
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

describe("settleEnvironment", () => {
  let folder: string;
  let before: NodeJS.ProcessEnv;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "turnpike-settings-"));
    before = { ...process.env };
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    const added = Object.keys(process.env).filter((name) => !Object.hasOwn(before, name));
    setEnvironment({ ...Object.fromEntries(added.map((name) => [name, undefined])), ...before });
  });

  function fileOf(text: string): string {
    const file = path.join(folder, "settings.yml");
    writeFileSync(file, text);
    return file;
  }

  test("takes a flag over the environment, the environment over the file, and the file over the default", () => {
    const file = fileOf("port: 4001\nhost: 192.0.2.1\nlog_level: debug\nmax_body_bytes: 2048\n");
    setEnvironment({ PORT: "4002", HOST: "192.0.2.2", LOG_LEVEL: undefined });
    settleEnvironment(["--config", file, "--port", "4003"]);
    expect(config()).toMatchObject({
      port: 4003,
      host: "192.0.2.2",
      logLevel: "debug",
      maxBodyBytes: 2048,
      upstreamTimeoutMs: 600_000,
    });
  });

  test("reaches processes that are started, provider keys too", () => {
    setEnvironment({ TURNPIKE_CONFIG: fileOf("providers:\n  mistral: {api_key: [one, two]}\n") });
    settleEnvironment();
    expect(process.env.MISTRAL_API_KEY).toBe("one,two");
    expect(providerPool("mistral").keys).toEqual(["one", "two"]);
  });

  test("reads the example that comes along", () => {
    const secrets = ["DATABASE_PASSWORD", "NEXTAUTH_SECRET", "GATEWAY_MASTER_KEY", "OPENAI_API_KEY", "METRICS_TOKEN"];
    const taken = ["PORT", "HOST", "APP_URL", "DATABASE_URL", "LOG_LEVEL", "METRICS_TOKEN"];
    setEnvironment({
      ...Object.fromEntries(taken.map((name) => [name, undefined])),
      ...Object.fromEntries(secrets.map((name) => [name, "0123456789abcdef0123456789abcdef"])),
      ENCRYPTION_KEY: key,
    });
    settleEnvironment(["--config", path.join(projectRoot(), "deploy", "turnpike.example.yml")]);
    expect(config()).toMatchObject({ host: "0.0.0.0", webConcurrency: 4, trustedProxies: ["10.0.0.0/8"] });
    expect(providerPool("ollama").baseUrl).toBe("http://localhost:11434/v1");
  });

  test("leaves everything alone below a server, which has done it", () => {
    setEnvironment({ TURNPIKE_SERVER: "true", TURNPIKE_CONFIG: path.join(folder, "none.yml") });
    expect(() => settleEnvironment()).not.toThrow();
  });

  test("says in one line that a named file is not there, or what is wrong with it, and no value of it", () => {
    const missing = path.join(folder, "none.yml");
    expect(() => settleEnvironment(["--config", missing])).toThrow(`The settings file ${missing} is not there`);
    expect(() => settleEnvironment(["--config", folder])).toThrow(`The settings file ${folder} cannot be read`);
    const file = fileOf("prot: hunter2\n");
    expect(() => settleEnvironment(["--config", file])).toThrow(`${file} has a key that is no setting: prot`);
    setEnvironment({ PORT: undefined });
    settleEnvironment(["--config", fileOf("port: hunter2\n")]);
    expect(() => config()).toThrow(/^PORT must be a whole number from 1 to 65535$/);
  });
});
