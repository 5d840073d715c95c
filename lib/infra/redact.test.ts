import { describe, expect, test } from "vitest";
import { createLog } from "@/lib/infra/log";
import { redact } from "@/lib/infra/redact";
import { processorMs } from "@/lib/testing/processor-time";

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

test("a password in an address is masked whatever its length, its user's, and where it has an @ of its own", () => {
  const long = "p".repeat(5_000);
  expect(redact(`at postgresql://me:${long}@db.example/x now`)).toBe("at postgresql://me:…@db.example/x now");
  expect(redact(`amqp://${"u".repeat(300)}:${long}@mq`)).toBe(`amqp://${"u".repeat(300)}:…@mq`);
  expect(redact("redis://:hunter2@cache:6379/0, smtp://a:hunter2@b")).toBe("redis://:…@cache:6379/0, smtp://a:…@b");
  expect(redact("smtp://a:hun@ter2@mail.example/?from=b@c")).toBe("smtp://a:…@mail.example/?from=b@c");
  expect(redact("http://a:b c://d:hunter2@e")).toBe("http://a:b c://d:…@e");
  const plain = "http://localhost:3000/a and http://localhost:4000 say hello to me@example.com";
  expect(redact(plain)).toBe(plain);
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

describe("a line of the log holds no secret", () => {
  const secret = "hunter2hunter2";
  /** What a logged object becomes. */
  function line(fields: Record<string, unknown>, message = "it happened"): string {
    let written = "";
    createLog("info", { write: (text) => (written += text) }).info(fields, message);
    expect(() => JSON.parse(written)).not.toThrow();
    expect(written.match(/\n/g)).toHaveLength(1);
    return written;
  }
  const withFields = (fields: Record<string, unknown>) => Object.assign(new Error("it failed"), fields);

  test.each<[where: string, fields: Record<string, unknown>]>([
    ["in an error's cause", { err: new Error("a", { cause: new Error(`b said Bearer ${secret}`) }) }],
    ["in an error's own fields", { err: withFields({ response: { config: { headers: { authorization: secret } } } }) }],
    ["in the cause's fields", { err: new Error("a", { cause: withFields({ password: secret }) }) }],
    ["six levels down", { a: { b: { c: { d: { e: { apiKey: secret, "x-api-key": secret } } } } } }],
    ["in a list of objects", { providers: [{ name: "x", token: secret }] }],
    ["with quotes, escapes and lines in it", { a: { b: { c: { d: { password: `"${secret}\\\n${secret}` } } } } }],
    ["in bytes", { body: Buffer.from(secret), more: new Uint8Array(Buffer.from(secret)) }],
    ["in a body that is JSON in a text", { body: JSON.stringify({ a: [{ client_secret: 1, password: secret }] }) }],
    ["in an address with a user", { url: `https://me:${secret}@example.com/`, at: new URL(`http://a:${secret}@b/`) }],
    ["in a header's raw line", { raw: `GET / HTTP/1.1\r\nAuthorization: Bearer ${secret}\r\nx-api-key: ${secret}` }],
    ["in several errors together", { err: new AggregateError([new Error(`?key=${secret}`)], "all failed") }],
  ])("%s", (_where, fields) => {
    const written = line(fields);
    expect(written).not.toContain(secret);
    expect(written).not.toContain([...Buffer.from(secret)].slice(0, 5).join(","));
    expect(written).not.toContain('"0":104');
  });

  test("in a message of several lines", () => {
    expect(line({}, `first\npostgresql://me:${secret}@db\nBearer ${secret}\n\tBasic ${secret}`)).not.toContain(secret);
  });

  test.each(secrets)("where %s begins a line of its own", (_what, key, prefix) => {
    expect(line({ text: `it said:\r\n${key}` }, `it said:\n${key}\n`)).not.toContain(key.slice(prefix.length, -4));
  });

  test("in a list of cookies", () => {
    expect(line({ answer: { headers: { "set-cookie": [`a=${secret}; Path=/`, `b=${secret}`] } } })).not.toContain(
      secret,
    );
  });

  test("and says everything else", () => {
    expect(
      JSON.parse(line({ err: new Error("a", { cause: new Error("b") }), keyId: "key_1", tokens: 5 })),
    ).toMatchObject({
      err: { message: "a: b" },
      keyId: "key_1",
      tokens: 5,
      msg: "it happened",
    });
  });
});

test.each([
  ["letters", "a"],
  ["addresses with users and no password's end", "a://b:c"],
  ["addresses that end at once", "a://b:@"],
  ["addresses without an end", "a://b:"],
  ["bearers", "Bearer+"],
  ["dots and dashes", "a.-"],
])("a megabyte of %s does not hold anybody up", (_, piece) => {
  const text = `${piece.repeat(Math.ceil(1_000_000 / piece.length))}…`;
  const startedAt = processorMs();
  redact(text);
  expect(processorMs() - startedAt).toBeLessThan(5_000);
});
