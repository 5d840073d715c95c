import { describe, expect, test } from "vitest";
import { providerText, unusableAnswer, upstreamFailure, upstreamRefusal } from "@/lib/gateway/fallback";
import { ProviderFailure } from "@/lib/providers/provider";

const BODY = JSON.stringify({ error: { message: "What the provider says.", type: "t", param: null, code: null } });

describe("a provider's refusal, as the caller reads it (CONTRACT section 9)", () => {
  test.each<[number, number, string, boolean]>([
    [400, 400, "invalid_body", true],
    [422, 400, "invalid_body", true],
    [404, 400, "model_not_found", false],
    [401, 502, "upstream_auth", false],
    [403, 502, "upstream_auth", false],
    [429, 429, "upstream_rate_limited", true],
    [504, 504, "upstream_timeout", false],
    [500, 502, "upstream_error", true],
    [502, 502, "upstream_error", true],
    [503, 502, "upstream_error", true],
    [529, 502, "upstream_error", true],
    [418, 502, "upstream_error", true],
    [302, 502, "upstream_error", true],
  ])("%i becomes %i %s", (upstream, status, code, showsText) => {
    const error = upstreamRefusal(upstream, BODY, undefined, "openai");
    expect([error.status, error.wireCode]).toEqual([status, code]);
    expect(error.message.includes("What the provider says.")).toBe(showsText);
    expect(error.metadata).toEqual({ provider: "openai", upstream_status: upstream });
  });

  test("never shows what the provider says of its key", () => {
    const said = JSON.stringify({
      error: { message: "Incorrect API key provided: sk-proj-abcdefghijklmnopqrstuvwxyz0123. You can find yours at …" },
    });
    const error = upstreamRefusal(401, said, undefined, "openai");
    expect(`${error.message} ${JSON.stringify(error.metadata)}`).not.toMatch(/sk-proj|Incorrect/);
    expect(upstreamRefusal(400, said, undefined, "openai").message).not.toContain("abcdefghijklmnopqrstuvwxyz");
  });

  test("says where a model is not served, for many are served in chats alone", () => {
    const messageOf = (path?: string) => upstreamRefusal(404, BODY, undefined, "openai", path).message;
    expect(messageOf()).toBe("The provider openai does not know this model.");
    expect(messageOf("completions")).toBe(
      "The provider openai does not know this model, or does not serve it at completions.",
    );
  });

  test("passes the provider's Retry-After on in seconds, an hour at most, where it is one", () => {
    const headersOf = (value: string | undefined) => upstreamRefusal(429, BODY, value, "openai").options.headers;
    expect(headersOf("7")).toEqual({ "retry-after": "7" });
    expect(headersOf("0")).toEqual({ "retry-after": "0" });
    expect(headersOf("1.2")).toEqual({ "retry-after": "2" });
    expect(headersOf("3600")).toEqual({ "retry-after": "3600" });
    expect(headersOf("86400")).toEqual({ "retry-after": "3600" });
    expect(headersOf("9".repeat(400))).toEqual({ "retry-after": "3600" });
    expect(headersOf(new Date(Date.now() + 90_000).toUTCString())?.["retry-after"]).toMatch(/^(89|90)$/);
    expect(headersOf(new Date(Date.now() + 86_400_000).toUTCString())).toEqual({ "retry-after": "3600" });
    expect(headersOf("Wed, 21 Oct 2015 07:28:00 GMT")).toEqual({ "retry-after": "0" });
    expect(headersOf(undefined)).toEqual({});
    expect(headersOf("soon")).toEqual({});
    expect(headersOf("1\r\nset-cookie: a=b")).toEqual({});
  });
});

test.each([
  ['{"error":{"message":"overloaded"}}', "The provider openai failed. overloaded"],
  ['{"error":"overloaded"}', "The provider openai failed. overloaded"],
  ['{"error":true}', "The provider openai failed."],
  ['{"error":{"mess', "The provider openai gave an answer that is no JSON object."],
  ["[]", "The provider openai gave an answer that is no JSON object."],
  ["", "The provider openai gave an answer that is no JSON object."],
])("an answer with a good status that says %j is a 502 in words", (body, message) => {
  expect(unusableAnswer(body, "openai")).toMatchObject({ status: 502, code: "upstream_error", message });
});

describe("the provider's text", () => {
  test("is its message, wherever it puts it", () => {
    expect(providerText('{"error":{"message":"a"}}')).toBe("a");
    expect(providerText('{"error":"a"}')).toBe("a");
    expect(providerText('[{"error":{"message":"a"}}]')).toBe("a");
    expect(providerText('{"message":"a"}')).toBe('{"message":"a"}');
    expect(providerText("<html>Bad gateway</html>")).toBe("<html>Bad gateway</html>");
    expect(providerText("")).toBe("");
  });

  test("is at most 400 characters, well-formed, without NUL and without any secret", () => {
    const secrets = [
      "sk-ant-api03-abcdefghijklmnopqrstuvwxyz",
      "Bearer abcdefghijklmnopqrstuvwxyz",
      `tp_live_${"a".repeat(38)}`,
      "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    ];
    const shown = providerText(
      JSON.stringify({ error: { message: `\u0000${secrets.join(" ")} \ud83d ${"x".repeat(1_000)}` } }),
    );
    expect(shown.length).toBeLessThanOrEqual(400);
    expect(shown.isWellFormed()).toBe(true);
    expect(shown).not.toContain("\u0000");
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });
});

test("an answer that never came is a 502, one that took too long a 504", () => {
  expect(upstreamFailure(new ProviderFailure("network", "reset by 10.0.0.7"), "openai")).toMatchObject({
    code: "upstream_error",
    status: 502,
    message: "The connection to the provider openai broke off.",
  });
  expect(upstreamFailure(new ProviderFailure("timeout", "x"), "openai")).toMatchObject({
    code: "upstream_timeout",
    status: 504,
  });
  expect(upstreamFailure(new Error("x"), "openai")).toMatchObject({ code: "upstream_error" });
});
