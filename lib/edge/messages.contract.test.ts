import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { costOf } from "@/lib/catalog/price";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import { ask, auditMoney, DOORS, openHolds, receiptOf, send, untilSettled } from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import type { RunningServer } from "@/lib/testing/server";
import { PLAIN_PIECES, type UpstreamCall, type UpstreamScript } from "@/lib/testing/upstream";

const CLAUDE = "claude-sonnet-4-5";
const ANTHROPIC_KEY = "sk-ant-pool-0123456789abcdefghij";
const _PLAIN_TEXT = PLAIN_PIECES.join("");
const ASKED: Anthropic.MessageParam[] = [{ role: "user", content: "Hello, who are you?" }];

/** What Anthropic counts apart; 1,000 of the prompt read from its cache, 200 written to it. */
const USAGE = { input_tokens: 12, cache_creation_input_tokens: 200, cache_read_input_tokens: 1_000, output_tokens: 7 };
const OURS = { promptTokens: 1_212, cachedTokens: 1_000, cacheWriteTokens: 200, completionTokens: 7 };

const MESSAGE = {
  id: "msg_01",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5-20250929",
  content: [{ type: "text", text: "I am Claude." }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: USAGE,
};

const EVENTS: readonly object[] = [
  {
    type: "message_start",
    message: { ...MESSAGE, content: [], stop_reason: null, usage: { ...USAGE, output_tokens: 1 } },
  },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "ping" },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "I am" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: " Claude." } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 7 } },
  { type: "message_stop" },
];

function sse(events: readonly object[]): string {
  return events
    .map((event) => `event: ${"type" in event ? event.type : ""}\ndata: ${JSON.stringify(event)}\n\n`)
    .join("");
}

const STREAM: UpstreamScript = { body: sse(EVENTS), headers: { "content-type": "text/event-stream" } };

/** An upstream that is Anthropic under one path and OpenAI under the other. */
function both(anthropic: (call: UpstreamCall) => UpstreamScript, openai: UpstreamScript = {}) {
  return (call: UpstreamCall): UpstreamScript => (call.path.includes("/messages") ? anthropic(call) : openai);
}

const claude = both((call) => (call.body.includes('"stream":true') ? STREAM : { body: JSON.stringify(MESSAGE) }));

/** The receipt's cost of what Anthropic reported, in nano-dollars. */
function claudeCost(): bigint {
  const offer = findModel(CLAUDE).model.offers.find(({ provider }) => provider === "anthropic");
  if (!offer) throw new Error(`${CLAUDE} is not sold by Anthropic`);
  return costOf({ ...OURS, reasoningTokens: 0, estimated: false }, offer.price);
}

const { doors, upstream } = openDoors((upstreamUrl) => ({
  ANTHROPIC_API_KEY: ANTHROPIC_KEY,
  ANTHROPIC_BASE_URL: upstreamUrl,
  ALLOW_PRIVATE_UPSTREAMS: "true",
}));

describe.each(DOORS)("Anthropic's dialect behind the %s door", (name) => {
  let door: RunningServer;
  let tenant: Tenant;
  let anthropic: Anthropic;
  let _openai: OpenAI;

  beforeAll(async () => {
    door = doors[name];
    tenant = await makeTenant({ mode: "credits" });
    anthropic = new Anthropic({ apiKey: tenant.secret, baseURL: door.url, maxRetries: 0 });
    _openai = new OpenAI({ apiKey: tenant.secret, baseURL: `${door.url}/v1`, maxRetries: 0 });
  });

  afterEach(async () => {
    await untilSettled();
    expect(await openHolds()).toBe(0);
    expect(await auditMoney()).toEqual([]);
  });

  test("a message of Claude passes through: bytes, betas, usage to the token, the caller's name for the model", async () => {
    upstream.respond = claude;
    const body = { model: `anthropic/${CLAUDE}`, max_tokens: 50, messages: ASKED, "x-unknown": { kept: [1e21] } };
    const answer = await ask(door, {
      path: "/api/v1/messages",
      headers: { "x-api-key": tenant.secret, "anthropic-version": "2023-06-01", "anthropic-beta": "some-beta-1" },
      body,
    });
    expect(answer.status).toBe(200);
    const [call] = upstream.calls;
    expect(call?.headers).toMatchObject({
      "x-api-key": ANTHROPIC_KEY,
      "anthropic-version": "2023-06-01",
      "anthropic-beta": "some-beta-1",
    });
    expect(call?.body).toBe(JSON.stringify({ ...body, model: upstreamName() }));
    expect(answer.json).toMatchObject({
      ...MESSAGE,
      model: `anthropic/${CLAUDE}`,
      usage: { ...USAGE, is_byok: false },
    });
    const receipt = await receiptOf(answer.headers.get("x-request-id"));
    expect(receipt).toMatchObject({ prompt_tokens: 1_212n, completion_tokens: 7n, cost: claudeCost(), status: 200 });
    expect(receipt.cost ?? 0n).toBeLessThanOrEqual(receipt.hold);
  });

  test("a stream of Claude passes through byte for byte but for the model's name", async () => {
    upstream.respond = claude;
    const response = await send(door, {
      path: "/v1/messages",
      secret: tenant.secret,
      body: { model: CLAUDE, max_tokens: 50, messages: ASKED, stream: true },
    });
    expect(await response.text()).toBe(sse(EVENTS).replace(MESSAGE.model, CLAUDE));
    expect(await receiptOf(response.headers.get("x-request-id"))).toMatchObject({
      prompt_tokens: 1_212n,
      completion_tokens: 7n,
      cost: claudeCost(),
      streamed: true,
      usage_estimated: false,
    });
  });

  test("a test key is answered in Anthropic's dialect too, and never charged", async () => {
    const { secret } = await addKey(tenant, { environment: "test" });
    const client = new Anthropic({ apiKey: secret, baseURL: door.url, maxRetries: 0 });
    const whole = await client.messages.create({ model: CLAUDE, max_tokens: 50, messages: ASKED });
    expect(whole.content).toMatchObject([{ type: "text", text: expect.stringMatching(/./) }]);
    const streamed = client.messages.stream({ model: CLAUDE, max_tokens: 50, messages: ASKED });
    expect(await streamed.finalText()).not.toBe("");
    expect(upstream.calls).toEqual([]);
  });

  test("errors have Anthropic's shape, with the contract's words", async () => {
    const call = (body: unknown, secret: string | undefined = tenant.secret) =>
      ask(door, { path: "/v1/messages", body, ...(secret === "" ? {} : { secret }) });
    const shape = (type: string, message: RegExp) => ({
      type: "error",
      error: { type, message: expect.stringMatching(message) },
      request_id: expect.stringMatching(/^gen_/),
    });
    const plain = { model: CLAUDE, max_tokens: 50, messages: ASKED };
    const cases: [Awaited<ReturnType<typeof ask>>, number, string, RegExp][] = [
      [await call(plain, ""), 401, "authentication_error", /No API key provided/],
      [await call({ ...plain, max_tokens: undefined }), 400, "invalid_request_error", /max_tokens/],
      [await call({ ...plain, model: "claude-none" }), 400, "invalid_request_error", /claude-none/],
      [await call("{"), 400, "invalid_request_error", /JSON/],
      [await ask(door, { path: "/v1/messages", secret: tenant.secret }), 405, "invalid_request_error", /POST/],
    ];
    for (const [answer, status, type, message] of cases) {
      expect({ status: answer.status, json: answer.json }).toEqual({ status, json: shape(type, message) });
    }
    upstream.respond = both(() => ({
      status: 429,
      headers: { "retry-after": "7" },
      body: '{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}',
    }));
    const limited = await call(plain);
    expect({ status: limited.status, json: limited.json }).toEqual({
      status: 429,
      json: shape("rate_limit_error", /slow/),
    });
    expect(limited.headers.get("retry-after")).toBe("7");
  });

  test("what the other dialect has no word for is a 400 that names it, and nothing is sent or held", async () => {
    const refused = await ask(door, {
      secret: tenant.secret,
      body: {
        model: CLAUDE,
        messages: [{ role: "user", content: "Hi" }],
        max_tokens: 50,
        logprobs: true,
        top_logprobs: 3,
      },
    });
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ error: { code: "invalid_body", param: expect.stringContaining("logprobs") } });
    expect(upstream.calls).toEqual([]);
    expect(await receiptOf(refused.headers.get("x-request-id"))).toMatchObject({ outcome: "refused", cost: 0n });
  });

  test("a stream that breaks off ends with Anthropic's error event, and is charged for what came", async () => {
    upstream.respond = both(() => ({ ...STREAM, body: sse(EVENTS.slice(0, 5)) }));
    const response = await send(door, {
      path: "/v1/messages",
      secret: tenant.secret,
      body: { model: CLAUDE, max_tokens: 50, messages: ASKED, stream: true },
    });
    const events = (await response.text()).trimEnd().split("\n\n");
    expect(events.at(-1)).toMatch(/^event: error\ndata: \{"type":"error"/);
    const receipt = await receiptOf(response.headers.get("x-request-id"));
    expect(receipt).toMatchObject({ usage_estimated: true, prompt_tokens: 1_212n });
    expect(receipt.cost ?? 0n).toBeGreaterThan(0n);
    expect(receipt.cost ?? 0n).toBeLessThanOrEqual(receipt.hold);
  });

  test("tokens are counted by Anthropic for its own models, by us for others, and cost nothing", async () => {
    upstream.respond = both((call) => ({ body: call.path.endsWith("/count_tokens") ? '{"input_tokens":14}' : "{}" }));
    const asked = { messages: ASKED };
    expect(await anthropic.messages.countTokens({ model: CLAUDE, ...asked })).toMatchObject({ input_tokens: 14 });
    const counted = await anthropic.messages.countTokens({ model: "gpt-4o-mini", ...asked });
    expect(counted.input_tokens).toBeGreaterThan(4);
    expect(counted.input_tokens).toBeLessThan(20);
  });
});

/** The name that Anthropic knows the model by. */
function upstreamName(): string {
  const offer = findModel(CLAUDE).model.offers.find(({ provider }) => provider === "anthropic");
  return offer?.upstreamModel ?? "";
}
