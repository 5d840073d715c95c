import { createHash, createHmac } from "node:crypto";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { closeUpstreamPools } from "@/lib/infra/upstream-http";
import { regionOf } from "@/lib/providers/bedrock";
import { PROVIDER_IDS, type Provider, type ProviderCall, type ProviderId } from "@/lib/providers/provider";
import { PROVIDERS } from "@/lib/providers/registry";
import { startUpstream, type TestUpstream, type UpstreamCall } from "@/lib/testing/upstream";

let upstream: TestUpstream;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await closeUpstreamPools();
  await upstream.close();
});

const KEY = "key-0123456789";
const MESSAGES = '"messages":[{"role":"user","content":"hi"}]';
/** With a number that no JavaScript number holds, and both of the fields that some providers do not take. */
const BODY = `{"model":"m","seed":12345678901234567890,"stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":9, ${MESSAGES}}`;

/** What becomes of `BODY`. */
const AS_SENT = BODY;
const MAX_TOKENS = `{"model":"m","seed":12345678901234567890,"stream":true,"stream_options":{"include_usage":true},${MESSAGES},"max_tokens":9}`;
const MAX_TOKENS_ALONE = `{"model":"m","seed":12345678901234567890,"stream":true,${MESSAGES},"max_tokens":9}`;

/** Where a provider is reached, as its documentation says; `HERE` stands for a base URL that somebody has to name. */
const HERE = "https://here.example/base";

interface Expected {
  url: string;
  header: [name: string, value: string];
  body: string;
}

/** What each dialect's API is called. */
const PATHS: Record<Provider["dialect"], string> = {
  openai: "chat/completions",
  anthropic: "messages",
  bedrock: "model/m%3A0/converse",
};

const BEARER: Expected["header"] = ["authorization", `Bearer ${KEY}`];

const EXPECTED: Record<Exclude<ProviderId, "simulator">, Expected> = {
  openai: { url: "https://api.openai.com/v1/chat/completions", header: BEARER, body: AS_SENT },
  anthropic: { url: "https://api.anthropic.com/v1/messages", header: ["x-api-key", KEY], body: AS_SENT },
  google: {
    url: "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
    header: BEARER,
    body: MAX_TOKENS,
  },
  azure: { url: `${HERE}/chat/completions`, header: ["api-key", KEY], body: AS_SENT },
  bedrock: {
    url: "https://bedrock-runtime.us-east-1.amazonaws.com/model/m%3A0/converse",
    header: BEARER,
    body: AS_SENT,
  },
  groq: { url: "https://api.groq.com/openai/v1/chat/completions", header: BEARER, body: AS_SENT },
  mistral: { url: "https://api.mistral.ai/v1/chat/completions", header: BEARER, body: MAX_TOKENS_ALONE },
  deepseek: { url: "https://api.deepseek.com/v1/chat/completions", header: BEARER, body: MAX_TOKENS },
  xai: { url: "https://api.x.ai/v1/chat/completions", header: BEARER, body: AS_SENT },
  together: { url: "https://api.together.xyz/v1/chat/completions", header: BEARER, body: MAX_TOKENS },
  fireworks: { url: "https://api.fireworks.ai/inference/v1/chat/completions", header: BEARER, body: MAX_TOKENS },
  cerebras: { url: "https://api.cerebras.ai/v1/chat/completions", header: BEARER, body: AS_SENT },
  perplexity: { url: "https://api.perplexity.ai/chat/completions", header: BEARER, body: MAX_TOKENS_ALONE },
  openrouter: { url: "https://openrouter.ai/api/v1/chat/completions", header: BEARER, body: MAX_TOKENS },
  cohere: { url: "https://api.cohere.ai/compatibility/v1/chat/completions", header: BEARER, body: MAX_TOKENS_ALONE },
  ollama: { url: `${HERE}/chat/completions`, header: BEARER, body: MAX_TOKENS },
  vllm: { url: `${HERE}/chat/completions`, header: BEARER, body: MAX_TOKENS },
  custom: { url: `${HERE}/chat/completions`, header: BEARER, body: MAX_TOKENS },
};

/** Sends a call to the local upstream, below the path that the provider has at home. */
function send(id: ProviderId, changes: Partial<ProviderCall> = {}) {
  const provider = PROVIDERS[id];
  const home = new URL(provider.baseUrl ?? HERE);
  return provider.send({
    path: PATHS[provider.dialect],
    key: KEY,
    baseUrl: `${new URL(upstream.url).origin}${home.pathname.replace(/\/$/, "")}`,
    publicOnly: false,
    body: BODY,
    signal: null,
    timeoutMs: 5_000,
    ...changes,
  });
}

describe.each(Object.entries(EXPECTED))("%s", (name, { url, header, body }) => {
  const id = PROVIDER_IDS.find((known) => known === name) ?? "simulator";
  const provider = PROVIDERS[id];

  test("is called where its documentation says, with the key in its header and a body that it takes", async () => {
    await text((await send(id)).body);
    const [call] = upstream.calls;
    const wanted = new URL(url);
    expect(`${new URL(provider.baseUrl ?? HERE).origin}${call?.path}`).toBe(`${wanted.origin}${wanted.pathname}`);
    expect(call?.headers).toMatchObject({ [header[0]]: header[1], "content-type": "application/json" });
    expect(call?.body).toBe(body);
    const others = ["authorization", "api-key", "x-api-key"].filter((other) => other !== header[0]);
    for (const other of others) expect(call?.headers).not.toHaveProperty(other);
  });

  test("has a usual address, or says what one looks like and asks for it", () => {
    expect(provider.needsBaseUrl).toBe(provider.baseUrl === null);
    expect(provider.baseUrlExample === null).toBe(provider.baseUrl !== null);
    expect(provider.takesOwnKeys).toBe(true);
  });

  test("repeats no key in what it says of an error", async () => {
    upstream.respond = () => ({ status: 401, body: `{"error":{"message":"wrong key ${KEY}"}}` });
    const answer = await send(id);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toBe('{"error":{"message":"wrong key …"}}');
  });
});

test("every provider is looked at here, and has its own id", () => {
  expect([...Object.keys(EXPECTED), "simulator"].sort()).toEqual([...PROVIDER_IDS].sort());
  for (const id of PROVIDER_IDS) expect(PROVIDERS[id].id).toBe(id);
});

test("those that document OpenAI's Responses API have it; what somebody runs is not trusted to", () => {
  const having = PROVIDER_IDS.filter((id) => PROVIDERS[id].hasResponses);
  expect(having.toSorted()).toEqual(["azure", "groq", "openai", "openrouter", "xai"]);
});

test("a body for the Responses API goes out byte for byte where it is had", async () => {
  const body =
    ' {"model":"m" ,"input":"max_tokens","max_output_tokens":9,"stream_options":{"include_obfuscation":false}} ';
  for (const id of PROVIDER_IDS.filter((one) => PROVIDERS[one].hasResponses))
    await text((await send(id, { path: "responses", body })).body);
  expect(upstream.calls.map((call) => call.body)).toEqual(Array(5).fill(body));
  for (const call of upstream.calls) expect(call.path).toMatch(/\/responses$/);
});

test("Anthropic is told which version of its API is spoken, and nobody else is", async () => {
  await text((await send("anthropic")).body);
  await text((await send("openai")).body);
  expect(upstream.calls.map(({ headers }) => headers["anthropic-version"])).toEqual(["2023-06-01", undefined]);
});

test("without a key none is sent", async () => {
  await text((await send("ollama", { key: "" })).body);
  expect(upstream.calls[0]?.headers).not.toHaveProperty("authorization");
});

test("a body that has nothing to change goes out byte for byte, also to a provider that takes less", async () => {
  const body = ` {"model":"m" ,"max_tokens":5,${MESSAGES.replace("hi", "stream options, max_completion_tokens")}} `;
  await text((await send("mistral", { body })).body);
  const nested = `{"model":"m","metadata":{"stream_options":1,"max_completion_tokens":2},${MESSAGES}}`;
  await text((await send("mistral", { body: nested })).body);
  expect(upstream.calls.map((call) => call.body)).toEqual([body, nested]);
});

test("of two maxima the one that the hold was made for goes out, under the name that the provider knows", async () => {
  const of = (limits: string) => send("mistral", { body: `{"model":"m",${limits},${MESSAGES}}` });
  await text((await of('"max_tokens":5,"max_completion_tokens":9')).body);
  await text((await of('"max_tokens":5,"max_completion_tokens":null')).body);
  expect(upstream.calls.map(({ body }) => JSON.parse(body))).toMatchObject([{ max_tokens: 9 }, { max_tokens: 5 }]);
  for (const { body } of upstream.calls) expect(body).not.toContain("max_completion_tokens");
});

describe("an AWS access key", () => {
  const ID = "AKIDEXAMPLE0123456";
  const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  const TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN==";

  const sha256 = (data: string) => createHash("sha256").update(data).digest("hex");
  const hmac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();

  /** The signature as AWS works it out from what arrived (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). */
  function signatureOf(region: string, call: UpstreamCall): string {
    const [, names = ""] = /SignedHeaders=([^,]+)/.exec(call.headers.authorization ?? "") ?? [];
    const headers = names.split(";").map((name) => `${name}:${String(call.headers[name]).trim()}\n`);
    const path = call.path
      .split("/")
      .map((part) => encodeURIComponent(part))
      .join("/");
    const canonical = ["POST", path, "", headers.join(""), names, sha256(call.body)].join("\n");
    const time = String(call.headers["x-amz-date"]);
    const scope = `${time.slice(0, 8)}/${region}/bedrock/aws4_request`;
    const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
    const key = scope.split("/").reduce<string | Buffer>((before, part) => hmac(before, part), `AWS4${SECRET}`);
    return hmac(key, toSign).toString("hex");
  }

  test.each([
    ["alone", `${ID}:${SECRET}`, undefined],
    ["with a session", `${ID}:${SECRET}:${TOKEN}`, TOKEN],
  ])("%s signs a call as AWS does, and does not go out itself", async (_, key, token) => {
    await text((await send("bedrock", { key })).body);
    const [call] = upstream.calls;
    if (!call) throw new Error("no call");
    expect(call.headers.authorization).toContain(`Credential=${ID}/`);
    expect(call.headers.authorization).toContain(`Signature=${signatureOf("us-east-1", call)}`);
    expect(call.headers["x-amz-security-token"]).toBe(token);
    expect(JSON.stringify(call.headers)).not.toContain(SECRET);
    expect(call.body).toBe(BODY);
  });

  test("is repeated in no error, nor is a part of it", async () => {
    upstream.respond = () => ({ status: 403, body: JSON.stringify({ message: `${ID} ${TOKEN} ${SECRET}` }) });
    const answer = await send("bedrock", { key: `${ID}:${SECRET}:${TOKEN}` });
    expect(await answer.text()).toBe('{"message":"… … …"}');
  });

  test.each([
    ["https://bedrock-runtime.eu-central-1.amazonaws.com", "eu-central-1"],
    ["https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"],
    ["https://vpce-0a1b-2c3d.bedrock-runtime.ap-south-1.vpce.amazonaws.com", "ap-south-1"],
    ["http://127.0.0.1:8080", "us-east-1"],
  ])("signs for the region of %s", (baseUrl, region) => {
    expect(regionOf(baseUrl)).toBe(region);
  });
});

describe("a 400 that is about the key counts as a 401", () => {
  const GOOGLE =
    '[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}]';
  const XAI =
    '{"code":"Client specified an invalid argument","error":"Incorrect API key provided: ab***yz. You can obtain an API key from https://console.x.ai."}';

  test.each<[ProviderId, string, number]>([
    ["google", GOOGLE, 401],
    ["xai", XAI, 401],
    ["google", '[{"error":{"code":400,"message":"max_tokens is wrong"}}]', 400],
    ["google", JSON.stringify([{ error: { message: 'not allowed: "reason":"API_KEY_INVALID"' } }]), 400],
    ["xai", JSON.stringify({ error: 'unknown tool "error":"Incorrect API key provided' }), 400],
    ["openai", XAI, 400],
  ])("%s: %s is a %i", async (id, body, status) => {
    upstream.respond = () => ({ status: 400, body });
    const [asText, asBytes] = [await send(id), await send(id)];
    expect([asText.status, asBytes.status]).toEqual([status, status]);
    expect([await asText.text(), await text(asBytes.body)]).toEqual([body, body]);
  });
});
