import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readCredential } from "@/lib/gateway/authenticate";
import { isAuthenticationOff, LOCAL_USER } from "@/lib/gateway/local-user";
import { setEnvironment } from "@/lib/infra/config";

const VARIABLES = { DISABLE_AUTH: undefined, TURNPIKE_SERVER: undefined, APP_URL: undefined };

const read = (headers: Record<string, string>, query = "") => readCredential((name) => headers[name] ?? null, query);

beforeEach(() => setEnvironment({ ...VARIABLES, DISABLE_AUTH: "true", TURNPIKE_SERVER: "true" }));
afterEach(() => setEnvironment(VARIABLES));

describe("with authentication off", () => {
  test.each([
    ["nothing", {}],
    ["whatever key a client must send", { authorization: "Bearer sk-anything" }],
    ["what would be malformed", { authorization: "hello" }],
    ["a page of this machine", { host: "localhost:3000", origin: "http://127.0.0.1:3000" }],
    ["IPv6's loopback", { host: "[::1]:3000" }],
  ])("%s is served as the local user", (_what, headers) => {
    expect(read(headers)).toBe(LOCAL_USER);
  });

  test("APP_URL's own name is served too", () => {
    setEnvironment({ APP_URL: "http://gateway.test:3000" });
    expect(read({ host: "gateway.test:3000", origin: "http://gateway.test:3000" })).toBe(LOCAL_USER);
  });

  test.each<[what: string, headers: Record<string, string>]>([
    ["security: a page elsewhere", { host: "localhost:3000", origin: "https://evil.example" }],
    ["security: a sandboxed page", { host: "localhost:3000", origin: "null" }],
    ["security: a name that was led to the loopback", { host: "evil.example:3000" }],
    ["security: a host that only begins like ours", { host: "localhost.evil.example" }],
  ])("%s is refused", (_what, headers) => {
    expect(() => read(headers)).toThrow(expect.objectContaining({ code: "forbidden" }));
  });

  test("a key in the query is refused all the same", () => {
    expect(() => read({}, "?key=abc")).toThrow(expect.objectContaining({ code: "key_in_query" }));
  });
});

test("security: authentication is on where the server does not choose its own address, or nobody switched it off", () => {
  setEnvironment({ TURNPIKE_SERVER: undefined });
  expect(isAuthenticationOff()).toBe(false);
  expect(() => read({})).toThrow(expect.objectContaining({ code: "missing_key" }));
  setEnvironment({ TURNPIKE_SERVER: "true", DISABLE_AUTH: undefined });
  expect(isAuthenticationOff()).toBe(false);
  expect(() => read({ authorization: `Bearer ${LOCAL_USER}` })).toThrow(
    expect.objectContaining({ code: "malformed_header" }),
  );
  expect(() => read({ "x-api-key": LOCAL_USER })).toThrow(expect.objectContaining({ code: "malformed_header" }));
});
