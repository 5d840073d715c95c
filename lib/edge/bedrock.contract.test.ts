import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { costOf } from "@/lib/catalog/price";
import { pool } from "@/lib/infra/db";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import {
  BEDROCK_USAGE,
  bedrockMessage,
  converseAnswer,
  converseStream,
  EVENT_STREAM,
  textBlock,
  toolBlock,
} from "@/lib/testing/bedrock";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { ask, auditMoney, DOORS, eventually, openHolds, receiptOf, send, untilSettled } from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import type { RunningServer } from "@/lib/testing/server";
import type { UpstreamCall, UpstreamScript } from "@/lib/testing/upstream";

const CLAUDE = "bedrock/claude-sonnet-4-5";
const UPSTREAM_CLAUDE = "global.anthropic.claude-sonnet-4-5-20250929-v1:0";
const REGIONAL_CLAUDE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
/** As long as AWS makes them, and without any form that could be recognised. */
const BEDROCK_KEY = "bedrock-pool-key-0123456789abcdefghij";
const ANTHROPIC_KEY = "sk-ant-pool-0123456789abcdefghij";

const ASKED: { role: "user"; content: string }[] = [{ role: "user", content: "Hello, who are you?" }];
const TEXT = "I am Claude.";
const TOKENS = { prompt_tokens: 1_212n, completion_tokens: 7n, usage_estimated: false, status: 200 };
const OURS = {
  promptTokens: 1_212,
  cachedTokens: BEDROCK_USAGE.cacheReadInputTokens,
  cacheWriteTokens: BEDROCK_USAGE.cacheWriteInputTokens,
  completionTokens: BEDROCK_USAGE.outputTokens,
  reasoningTokens: 0,
  estimated: false,
};

/** What the usage costs under one of Bedrock's names for a model, in nano-dollars. */
function costUnder(name: string): bigint {
  const offer = findModel(name).model.offers.find(({ provider }) => provider === "bedrock");
  if (!offer) throw new Error(`${name} is not sold by Bedrock`);
  return costOf(OURS, offer.price);
}

const PIECES = ["I am", " Claude."];
const STREAM = converseStream(textBlock(0, PIECES));
/** The stream's messages up to the one that ends its text. */
const BEFORE_END = STREAM.slice(0, 1 + PIECES.length);

function streamed(chunks: readonly Uint8Array[], more: Partial<UpstreamScript> = {}): UpstreamScript {
  return { chunks, headers: EVENT_STREAM, ...more };
}

function claude({ path }: UpstreamCall): UpstreamScript {
  return path.endsWith("/converse-stream")
    ? streamed(STREAM)
    : { body: JSON.stringify(converseAnswer([{ text: TEXT }])) };
}

const { doors, upstream } = openDoors((upstreamUrl) => ({
  ANTHROPIC_API_KEY: ANTHROPIC_KEY,
  ANTHROPIC_BASE_URL: upstreamUrl,
  BEDROCK_API_KEY: BEDROCK_KEY,
  BEDROCK_BASE_URL: upstreamUrl,
  ALLOW_PRIVATE_UPSTREAMS: "true",
}));

beforeEach(() => {
  upstream.respond = claude;
});

describe.each(DOORS)("Amazon Bedrock behind the %s door", (name) => {
  let door: RunningServer;
  let tenant: Tenant;
  let openai: OpenAI;
  let anthropic: Anthropic;

  beforeAll(async () => {
    door = doors[name];
    tenant = await makeTenant({ mode: "credits" });
    openai = new OpenAI({ apiKey: tenant.secret, baseURL: `${door.url}/v1`, maxRetries: 0 });
    anthropic = new Anthropic({ apiKey: tenant.secret, baseURL: door.url, maxRetries: 0 });
  });

  afterEach(async () => {
    await untilSettled();
    expect(await openHolds()).toBe(0);
    expect(await auditMoney()).toEqual([]);
  });

  test("answers OpenAI's client, whole and streamed, and is charged to the token", async () => {
    const request = { model: CLAUDE, messages: ASKED, max_tokens: 50 };
    const whole = await openai.chat.completions.create(request).withResponse();
    expect(whole.data).toMatchObject({
      model: CLAUDE,
      choices: [{ finish_reason: "stop", message: { content: TEXT } }],
      usage: { prompt_tokens: 1_212, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 1_000 } },
    });
    const stream = await openai.chat.completions.create({ ...request, stream: true }).withResponse();
    let text = "";
    for await (const chunk of stream.data) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe(TEXT);
    expect(upstream.calls.map(({ path }) => path)).toEqual(
      ["converse", "converse-stream"].map((call) => `/v1/model/${encodeURIComponent(UPSTREAM_CLAUDE)}/${call}`),
    );
    for (const { headers, body } of upstream.calls) {
      expect(headers.authorization).toBe(`Bearer ${BEDROCK_KEY}`);
      expect(JSON.parse(body)).toMatchObject({ inferenceConfig: { maxTokens: 50 } });
    }
    for (const { response } of [whole, stream])
      expect(await receiptOf(response.headers.get("x-request-id"))).toMatchObject({
        ...TOKENS,
        cost: costUnder(CLAUDE),
      });
  });

  test("answers Anthropic's client, whole and streamed, and is charged to the token", async () => {
    const request = { model: CLAUDE, messages: ASKED, max_tokens: 50 };
    const whole = await anthropic.messages.create(request).withResponse();
    expect(whole.data).toMatchObject({
      model: CLAUDE,
      content: [{ type: "text", text: TEXT }],
      stop_reason: "end_turn",
      usage: { input_tokens: 12, cache_read_input_tokens: 1_000, cache_creation_input_tokens: 200, output_tokens: 7 },
    });
    const stream = anthropic.messages.stream(request);
    expect(await stream.finalText()).toBe(TEXT);
    const { response } = await stream.withResponse();
    for (const { headers } of [whole.response, response])
      expect(await receiptOf(headers.get("x-request-id"))).toMatchObject({ ...TOKENS, cost: costUnder(CLAUDE) });
  });

  test("is asked for a name that says where it answers from, at that name's price", async () => {
    const model = `bedrock:${REGIONAL_CLAUDE}`;
    const { data, response } = await openai.chat.completions
      .create({ model, messages: ASKED, max_tokens: 50 })
      .withResponse();
    expect(data.model).toBe(model);
    expect(upstream.calls[0]?.path).toContain(encodeURIComponent(REGIONAL_CLAUDE));
    const receipt = await receiptOf(response.headers.get("x-request-id"));
    expect(receipt).toMatchObject({ ...TOKENS, cost: costUnder(`bedrock/${REGIONAL_CLAUDE}`) });
    expect(receipt.cost ?? 0n).toBeGreaterThan(costUnder(CLAUDE));
  });

  test("takes over where the model's first provider fails, also for who speaks that one's dialect", async () => {
    upstream.respond = (call) => (call.path.endsWith("/messages") ? { status: 529, body: "{}" } : claude(call));
    const whole = await anthropic.messages.create({ model: "claude-sonnet-4-5", messages: ASKED, max_tokens: 50 });
    expect(whole.content).toMatchObject([{ type: "text", text: TEXT }]);
    expect(upstream.calls.map(({ path }) => path.split("/").at(-1))).toEqual(["messages", "converse"]);
  });

  test("uses tools over two turns, streamed", async () => {
    upstream.respond = ({ body }) =>
      streamed(
        body.includes("toolResult")
          ? STREAM
          : converseStream(toolBlock(0, "tooluse_1", "weather", ['{"city":', '"Paris"}']), "tool_use"),
      );
    const tools: Anthropic.Tool[] = [{ name: "weather", input_schema: { type: "object", properties: {} } }];
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Weather in Paris?" }];
    const first = await anthropic.messages.stream({ model: CLAUDE, messages, tools, max_tokens: 50 }).finalMessage();
    expect(first).toMatchObject({
      stop_reason: "tool_use",
      content: [{ type: "tool_use", id: "tooluse_1", name: "weather", input: { city: "Paris" } }],
    });
    messages.push(
      { role: "assistant", content: first.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "tooluse_1", content: "Sunny" }] },
    );
    const second = anthropic.messages.stream({ model: CLAUDE, messages, tools, max_tokens: 50 });
    expect(await second.finalText()).toBe(TEXT);
    expect(JSON.parse(upstream.calls.at(-1)?.body ?? "{}").messages).toMatchObject([
      {},
      { content: [{ toolUse: { toolUseId: "tooluse_1", input: { city: "Paris" } } }] },
      { content: [{ toolResult: { toolUseId: "tooluse_1", content: [{ text: "Sunny" }] } }] },
    ]);
  });

  test.each([
    ["ThrottlingException", 429, 429, "upstream_rate_limited", "rate_limit_error"],
    ["AccessDeniedException", 403, 502, "upstream_auth", "api_error"],
    ["ValidationException", 400, 400, "invalid_body", "invalid_request_error"],
    ["ResourceNotFoundException", 404, 400, "model_not_found", "invalid_request_error"],
    ["ModelTimeoutException", 408, 504, "upstream_timeout", "api_error"],
    ["ServiceUnavailableException", 503, 502, "upstream_error", "api_error"],
  ])(
    "%s (%i) is a %i in both dialects, without the key that it repeats",
    async (type, given, status, code, anthropicType) => {
      upstream.respond = () => ({
        status: given,
        headers: { "x-amzn-errortype": type, "retry-after": "1" },
        body: JSON.stringify({ message: `No, says Bedrock to ${BEDROCK_KEY}.` }),
      });
      for (const stream of [false, true]) {
        const body = { model: CLAUDE, messages: ASKED, max_tokens: 50, stream };
        const chat = await ask(door, { secret: tenant.secret, body });
        const message = await ask(door, { path: "/v1/messages", secret: tenant.secret, body });
        expect(chat).toMatchObject({ status, json: { error: { code } } });
        expect([message.status, JSON.parse(message.text).type]).toEqual([status, "error"]);
        if (status !== 504) expect(message.json).toMatchObject({ error: { type: anthropicType } });
        for (const answer of [chat, message]) {
          expect(answer.text).not.toContain(BEDROCK_KEY);
          if (status === 429) expect(answer.headers.get("retry-after")).toBe("1");
          expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ cost: 0n, status });
        }
      }
    },
  );

  test("what Converse has no word for is a 400 that names it, and nothing is sent or held", async () => {
    const refused = await ask(door, {
      secret: tenant.secret,
      body: { model: CLAUDE, messages: ASKED, max_tokens: 50, seed: 1 },
    });
    expect(refused).toMatchObject({ status: 400, json: { error: { code: "invalid_body", param: "seed" } } });
    expect(upstream.calls).toEqual([]);
    expect(await receiptOf(refused.headers.get("x-request-id"))).toMatchObject({ outcome: "refused", cost: 0n });
  });

  test.each<[string, UpstreamScript]>([
    ["just ends", streamed(BEFORE_END)],
    ["is reset", streamed(STREAM, { breakAfter: BEFORE_END.length })],
    ["ends within a message", streamed([...BEFORE_END, (STREAM.at(-1) ?? new Uint8Array()).subarray(0, 20)])],
    [
      "ends with an exception",
      streamed([...BEFORE_END, bedrockMessage("throttlingException", { message: "Too fast." }, "exception")]),
    ],
  ])("a stream that %s ends with an error in both dialects, and is charged for what came", async (_, script) => {
    upstream.respond = () => script;
    const body = { model: CLAUDE, messages: ASKED, max_tokens: 50, stream: true };
    const chat = await ask(door, { secret: tenant.secret, body });
    expect(chat.text).toContain(" Claude.");
    expect(chat.text).toMatch(/\ndata: \{"error":/);
    const message = await ask(door, { path: "/v1/messages", secret: tenant.secret, body });
    expect(message.text).toContain(" Claude.");
    expect(message.text.trimEnd().split("\n\n").at(-1)).toMatch(/^event: error\n/);
    for (const answer of [chat, message]) {
      const receipt = await receiptOf(answer.headers.get("x-request-id"));
      expect(receipt).toMatchObject({ usage_estimated: true });
      expect(receipt.cost ?? 0n).toBeGreaterThan(0n);
      expect(receipt.cost ?? 0n).toBeLessThanOrEqual(receipt.hold);
    }
  });

  test("a stream that the client leaves ends at Bedrock too, and is charged for what came", async () => {
    upstream.respond = () => streamed(STREAM, { hangAfter: BEFORE_END.length });
    const leaving = new AbortController();
    const response = await send(door, {
      secret: tenant.secret,
      body: { model: CLAUDE, messages: ASKED, max_tokens: 50, stream: true },
      signal: leaving.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (reader && !text.includes(" Claude.")) text += (await reader.read()).value ?? "";
    leaving.abort();
    await eventually(
      () => upstream.calls[0]?.state,
      (state) => state === "closed",
    );
    const receipt = await receiptOf(response.headers.get("x-request-id"));
    expect(receipt).toMatchObject({ cancelled: true, status: 499, usage_estimated: true });
    expect(receipt.cost ?? 0n).toBeGreaterThan(0n);
    expect(receipt.cost ?? 0n).toBeLessThanOrEqual(receipt.hold);
  });

  test("a project's own AWS access key signs its calls, and is in nothing that is kept", async () => {
    const owner = await makeTenant({ mode: "api_keys" });
    const [id, secret] = ["AKIDEXAMPLE0123456", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"];
    await addProviderKey({
      ...owner,
      provider: "bedrock",
      key: `${id}:${secret}`,
      baseUrl: upstream.url,
      actor: { userId: owner.userId },
    });
    const body = { model: CLAUDE, messages: ASKED, max_tokens: 50 };
    const served = await ask(door, { secret: owner.secret, body });
    expect(served).toMatchObject({ status: 200, json: { usage: { is_byok: true } } });
    const [call] = upstream.calls;
    expect(call?.headers.authorization).toMatch(
      new RegExp(`^AWS4-HMAC-SHA256 Credential=${id}/\\d{8}/us-east-1/bedrock/aws4_request, `),
    );
    expect(JSON.stringify(call)).not.toContain(secret);
    upstream.respond = () => ({
      status: 400,
      body: JSON.stringify({ message: `Not signed with ${secret} of ${id}.` }),
    });
    const refused = await ask(door, { secret: owner.secret, body });
    expect(refused.text).toContain("Not signed");
    const requestId = refused.headers.get("x-request-id");
    await receiptOf(requestId);
    const { rows } = await pool().query("SELECT to_jsonb(request) AS kept FROM request WHERE id = $1", [requestId]);
    for (const text of [refused.text, JSON.stringify(rows)]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(id);
    }
  });
});
