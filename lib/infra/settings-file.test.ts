import { describe, expect, test } from "vitest";
import { readSettingsFile, SettingsFileError } from "@/lib/infra/settings-file";

const SETTINGS = [
  "PORT",
  "DATABASE_URL",
  "DISABLE_AUTH",
  "GATEWAY_MASTER_KEY",
  "TRUSTED_PROXIES",
  "BRUTE_FORCE_ENABLED",
  "BRUTE_FORCE_TTL_SECONDS",
  "METRICS",
  "METRICS_TOKEN",
  "STRIPE_API_BASE",
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
];

/** Reads `text`, in which `@{` stands for the beginning of a variable. */
function read(text: string, env: Record<string, string> = {}) {
  return readSettingsFile(text.replaceAll("@{", "${"), env, (name) => SETTINGS.includes(name));
}

function refusal(text: string, env: Record<string, string> = {}): string {
  try {
    read(text, env);
  } catch (error) {
    if (error instanceof SettingsFileError) return error.message;
    throw error;
  }
  throw new Error("it was read");
}

describe("a settings file", () => {
  test("sets a variable by its name, in capitals or not, at once or under what its name begins with", () => {
    expect(read("PORT: 4000")).toEqual({ PORT: "4000" });
    expect(read("port: 4000\nmetrics: {token: t}\nbrute_force:\n  enabled: false\n  ttl_seconds: 60")).toEqual({
      PORT: "4000",
      METRICS_TOKEN: "t",
      BRUTE_FORCE_ENABLED: "false",
      BRUTE_FORCE_TTL_SECONDS: "60",
    });
  });

  test("takes the forms that any-llm's and llm-interactive-proxy's files have", () => {
    const text = `
master_key: abc
auth:
  disable_auth: true
  brute_force_protection:
    enabled: true
    ttl_seconds: 900
providers:
  openai:
    api_key: sk-1
    api_base: http://localhost:1/v1
`;
    expect(read(text)).toEqual({
      GATEWAY_MASTER_KEY: "abc",
      DISABLE_AUTH: "true",
      BRUTE_FORCE_ENABLED: "true",
      BRUTE_FORCE_TTL_SECONDS: "900",
      OPENAI_API_KEY: "sk-1",
      OPENAI_BASE_URL: "http://localhost:1/v1",
    });
    expect(read("stripe: {api_base: http://localhost}")).toEqual({ STRIPE_API_BASE: "http://localhost" });
  });

  test("joins a list with commas, and keeps digits as they are written", () => {
    expect(read("trusted_proxies: [10.0.0.0/8, 192.0.2.1]\nmaster_key: 0123e4567")).toEqual({
      TRUSTED_PROXIES: "10.0.0.0/8,192.0.2.1",
      GATEWAY_MASTER_KEY: "0123e4567",
    });
  });

  test("sets nothing where it is empty, has comments alone, or a key without a value", () => {
    for (const text of ["", "# nothing\n", "---\n", "port:\n", "port: ~\n", "port: null", "trusted_proxies: []"])
      expect(read(text)).toEqual({});
  });

  test("fills in variables, anywhere in a value, and never reads their values as YAML", () => {
    const env = { PASSWORD: "a: {b}\n- x", HOST: "db" };
    expect(read("database_url: postgresql://me:@{PASSWORD}@@{HOST}/x", env)).toEqual({
      DATABASE_URL: "postgresql://me:a: {b}\n- x@db/x",
    });
    expect(read("master_key: a$@{b}$c")).toEqual({ GATEWAY_MASTER_KEY: ["a$", "{b}$c"].join("") });
  });

  test.each([
    ["port: @{MISSING}", "wants the variable MISSING for port, which is not set"],
    ["providers: {openai: {api_key: 'x@{EMPTY}'}}", "wants the variable EMPTY for providers.openai.api_key"],
    ["prot: hunter2", "has a key that is no setting: prot"],
    ["prot: hunter2\nbrute_force: {enabled: true, color: hunter2}", "no setting: prot, brute_force.color"],
    ["node_env: hunter2", "no setting: node_env"],
    ["port: 1\nPORT: 2", "says PORT twice, the second time as PORT"],
    ["port: 1\nport: hunter2", "cannot be read as YAML: look at line 2"],
    ["port: [hunter2", "cannot be read as YAML: look at line 1"],
    ["port: 1\nmaster_key: hunter2: x", "cannot be read as YAML: look at line 2"],
    ["port: *hunter2", "cannot be read as YAML: it refers to an anchor that it does not have"],
    ["port: !!js/function hunter2", "cannot be read as YAML: look at line 1"],
    ["hunter2", "must be a list of settings, each as name: value"],
    ["- port: hunter2", "must be a list of settings, each as name: value"],
    ["trusted_proxies: [{a: hunter2}]", "has more than one value in an item of trusted_proxies"],
  ])("refuses %j in one line that holds no value", (text, message) => {
    const said = refusal(text, { EMPTY: " " });
    expect(said).toContain(message);
    expect(said).not.toMatch(/hunter2|\n/);
  });
});
