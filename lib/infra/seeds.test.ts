import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Config, config, loadConfig, setEnvironment, settleEnvironment } from "@/lib/infra/config";
import { projectRoot } from "@/lib/infra/project-root";

/*
 * What the pages that Turnpike began with say of settings, sentence by sentence: a test's title is the sentence that it
 * holds us to. docs/seeds.md has the table.
 */

let folder: string;
let before: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "turnpike-seeds-"));
  before = { ...process.env };
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  const added = Object.keys(process.env).filter((name) => !Object.hasOwn(before, name));
  setEnvironment({ ...Object.fromEntries(added.map((name) => [name, undefined])), ...before });
});

/** The settings of a process that is started with this file, under this name. */
function configFrom(name: string, text: string): Config {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  settleEnvironment(["--config", file]);
  return config();
}

describe("any-llm-gateway's Authentication", () => {
  /** The page's own example of a master key. */
  const EXAMPLE = "Zx8Q_vKm3nR7wP2sT9yU5iO1eA6hD4fG0bN8cL3jM5k";

  test("Generate a cryptographically secure master key (minimum 32 characters recommended)", () => {
    expect(loadConfig({ GATEWAY_MASTER_KEY: "k".repeat(32) }).gatewayMasterKey).toHaveLength(32);
    expect(() => loadConfig({ GATEWAY_MASTER_KEY: "k".repeat(31) })).toThrow(
      "GATEWAY_MASTER_KEY must have 32 characters or more",
    );
  });

  test("Using environment variables: export GATEWAY_MASTER_KEY", () => {
    expect(loadConfig({ GATEWAY_MASTER_KEY: EXAMPLE }).gatewayMasterKey).toBe(EXAMPLE);
    expect(loadConfig({}).gatewayMasterKey).toBeUndefined();
  });

  test("Using config.yml: master_key", () => {
    setEnvironment({ GATEWAY_MASTER_KEY: undefined });
    expect(configFrom("config.yml", `master_key: "${EXAMPLE}"\n`).gatewayMasterKey).toBe(EXAMPLE);
  });

  test("http://localhost:8000/v1: here 3000, and whatever PORT says", () => {
    expect(loadConfig({}).port).toBe(3000);
    expect(loadConfig({ PORT: "8000" })).toMatchObject({ port: 8000, appUrl: "http://localhost:8000" });
  });
});

describe("LLM Interactive Proxy's API key", () => {
  test("Authentication is enabled by default (DISABLE_AUTH default: false)", () => {
    expect(loadConfig({}).disableAuth).toBe(false);
    expect(loadConfig({ DISABLE_AUTH: "" }).disableAuth).toBe(false);
  });

  test("It can be configured via CLI flags, environment variables, or the configuration file.", () => {
    setEnvironment({ DISABLE_AUTH: undefined });
    expect(loadConfig({}, ["--disable-auth"]).disableAuth).toBe(true);
    expect(loadConfig({ DISABLE_AUTH: "true" }).disableAuth).toBe(true);
    expect(configFrom("config.yaml", "auth:\n  disable_auth: true\n").disableAuth).toBe(true);
  });

  test("auth: disable_auth: false, brute_force_protection: enabled: true, max_failed_attempts: 5, ttl_seconds: 900", () => {
    const page = `auth:
  # Disable authentication (default: false)
  disable_auth: false
  # Brute-force protection settings (see brute-force-protection.md)
  brute_force_protection:
    enabled: true
    max_failed_attempts: 5
    ttl_seconds: 900
`;
    const names = ["DISABLE_AUTH", "BRUTE_FORCE_ENABLED", "BRUTE_FORCE_MAX_FAILED_ATTEMPTS", "BRUTE_FORCE_TTL_SECONDS"];
    setEnvironment(Object.fromEntries(names.map((name) => [name, undefined])));
    const { disableAuth, bruteForce } = configFrom("config.yaml", page);
    expect(disableAuth).toBe(false);
    expect(bruteForce).toMatchObject({ enabled: true, maxFailedAttempts: 5, ttlSeconds: 900 });
    expect(bruteForce).toEqual(loadConfig({}).bruteForce);
    const other = page.replace("true", "false").replace("5", "7").replace("900", "60");
    setEnvironment(Object.fromEntries(names.map((name) => [name, undefined])));
    expect(configFrom("other.yaml", other).bruteForce).toMatchObject({
      enabled: false,
      maxFailedAttempts: 7,
      ttlSeconds: 60,
    });
  });

  test("Security Best Practice: Never store the proxy API key in configuration files", () => {
    setEnvironment({ GATEWAY_MASTER_KEY: undefined, PROXY_KEY: "k".repeat(44) });
    expect(configFrom("config.yaml", ["master_key: $", "{PROXY_KEY}\n"].join("")).gatewayMasterKey).toBe(
      "k".repeat(44),
    );
  });

  test('Set a strong proxy API key: "$(openssl rand -base64 32)"', () => {
    const key = Buffer.alloc(32, 0xfb).toString("base64");
    expect(key).toMatch(/[+/]/);
    expect(loadConfig({ GATEWAY_MASTER_KEY: key }).gatewayMasterKey).toBe(key);
    expect(() => loadConfig({ GATEWAY_MASTER_KEY: "shared-team-key" })).toThrow("must have 32 characters or more");
  });

  test('Proxy fails to start with "API key not configured" error: here it starts, and nobody is let in', () => {
    const { gatewayMasterKey, disableAuth } = loadConfig({ NODE_ENV: "production" });
    expect({ gatewayMasterKey, disableAuth }).toEqual({ gatewayMasterKey: undefined, disableAuth: false });
  });

  test("Never disable authentication when the proxy is exposed to the internet: here it cannot be", () => {
    for (const HOST of ["0.0.0.0", "::", "192.0.2.1"])
      expect(loadConfig({ HOST, DISABLE_AUTH: "true" }).host).toBe("127.0.0.1");
  });

  test("Never Commit Keys: Add .env files to .gitignore", () => {
    const ignored = readFileSync(path.join(projectRoot(), ".gitignore"), "utf8").split("\n");
    expect(ignored).toEqual(expect.arrayContaining([".env", ".env.*", ".data/"]));
  });
});
