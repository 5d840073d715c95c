import { describe, expect, test } from "vitest";
import { createLog } from "@/lib/infra/log";
import { redact } from "@/lib/infra/redact";

const body = "abcdefghijklmnopqrstuvwxyz0123456789ABCD";

/** Made from parts, so that no scanner takes this file for a leak. */
const secrets: [what: string, secret: string, prefix: string][] = [
  ["a key of ours", `tp_live_${body.slice(0, 38)}`, "tp_live_"],
  ["a test key of ours", `tp_test_${body.slice(0, 38)}`, "tp_test_"],
  ["an OpenAI key", `sk-proj-${body}`, "sk-proj-"],
  ["an old OpenAI key", `sk-${body}`, "sk-"],
  ["an Anthropic key", `sk-ant-api03-${body}`, "sk-ant-"],
  ["a Google key", `AIza${body}`, "AIza"],
  ["a Groq key", `gsk_${body}`, "gsk_"],
  ["an OpenRouter key", `sk-or-v1-${body}`, "sk-or-"],
  ["a Perplexity key", `pplx-${body}`, "pplx-"],
  ["a Cerebras key", `csk-${body}`, "csk-"],
  ["a Fireworks key", `fw_${body}`, "fw_"],
  ["a Together key", `tgp_v1_${body}`, "tgp_v1_"],
  ["a Bedrock key", `ABSK${body}`, "ABSK"],
  ["a Bedrock key for some hours", `bedrock-api-key-${body}`, "bedrock-api-key-"],
  ["an AWS access key's id", `AKIA${body.toUpperCase().slice(0, 16)}`, "AKIA"],
  ["an xAI key", `xai-${body}`, "xai-"],
  ["a Stripe key", `sk_live_${body}`, "sk_live_"],
  ["a webhook secret", `whsec_${body}`, "whsec_"],
];

describe.each(secrets)("%s", (_what, secret, prefix) => {
  test.each([
    ["alone", secret],
    ["in a sentence", `Incorrect API key provided: ${secret}. You can find yours at …`],
    ["in JSON", JSON.stringify({ error: { message: `key "${secret}" is wrong` } })],
    ["in an address", `https://api.example/v1/models?x=1&key=${secret}&y=2`],
    ["in a header", `authorization: Bearer ${secret}`],
    ["after an equals sign", `OPENAI_API_KEY=${secret}`],
  ])("is masked %s", (_where, text) => {
    const redacted = redact(text);
    expect(redacted).not.toContain(secret.slice(prefix.length, -4));
    // At most the prefix and the last four characters are left.
    for (let at = prefix.length; at + 5 <= secret.length; at += 1)
      expect(redacted).not.toContain(secret.slice(at, at + 5));
    expect(redact(redacted)).toBe(redacted);
  });
});

test("any bearer token, password in an address and key in a query is masked, whatever it looks like", () => {
  expect(redact("Authorization: Bearer hunter2")).toBe("Authorization: Bearer …");
  expect(redact(`api-key: ${body}`)).toBe("api-key: …");
  expect(redact(JSON.stringify({ "X-Api-Key": body }))).toBe('{"X-Api-Key":"…"}');
  expect(redact("postgresql://someone:hunter2@db.example/x")).toBe("postgresql://someone:…@db.example/x");
  expect(redact("GET /v1/models?key=hunter2&a=b")).toBe("GET /v1/models?key=…&a=b");
});

test("ordinary text is left as it is", () => {
  const text =
    'The task-management gateway served gpt-4o-mini in 12 ms, fw_version 3, csk-1, in ASIA-PACIFIC, see https://example.com/a:b?model=sk-1 {"id":"key_0Vb"}';
  expect(redact(text)).toBe(text);
});

describe("the log", () => {
  function logged(write: (log: ReturnType<typeof createLog>) => void): string {
    let line = "";
    write(createLog("info", { write: (text) => (line += text) }));
    return line;
  }

  test("holds no secret in a message, a stack, a nested field or a header", () => {
    const secret = `sk-ant-api03-${body}`;
    const line = logged((log) => {
      log.info(
        { err: new Error(`upstream said ${secret}`), request: { headers: { authorization: "Bearer hunter2" } } },
        secret,
      );
      log.info({
        provider: { password: "hunter2", apiKey: "hunter2" },
        url: "http://a:hunter2@b/",
        headers: { "x-api-key": "hunter2" },
      });
    });
    expect(line).not.toMatch(/hunter2|abcdefgh/);
    for (const one of line.trim().split("\n")) expect(() => JSON.parse(one)).not.toThrow();
  });
});

test.each([
  ["letters", "a"],
  ["addresses without an end", "a://b:"],
  ["bearers", "Bearer+"],
  ["dots and dashes", "a.-"],
])("a megabyte of %s does not hold anybody up", (_, piece) => {
  const text = `${piece.repeat(Math.ceil(1_000_000 / piece.length))}…`;
  const startedAt = performance.now();
  redact(text);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
