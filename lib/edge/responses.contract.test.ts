import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { findModel } from "@/lib/catalog/find-model";
import { upperBound } from "@/lib/catalog/price";
import { usd } from "@/lib/core/money";
import { setProjectMode } from "@/lib/projects/set-project-mode";
import { addProviderKey } from "@/lib/provider-keys/add-provider-key";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  DOORS,
  openHolds,
  POOL_KEY,
  receiptOf,
  send,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import type { RunningServer } from "@/lib/testing/server";
import { PLAIN_PIECES, PLAIN_USAGE, type UpstreamCall, type UpstreamScript } from "@/lib/testing/upstream";

const MINI = "gpt-4o-mini";
const CLAUDE = "claude-sonnet-4-5";
const GEMINI = "gemini-2.5-flash";
const PLAIN_TEXT = PLAIN_PIECES.join("");

const USAGE = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 8 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 27,
};
/** 12 plain, 8 cached and 7 answer tokens of gpt-4o-mini, in nano-dollars. */
const MINI_COST = 12n * 150n + 8n * 75n + 7n * 600n;

const RESPONSE = {
  id: "resp_1",
  object: "response",
  created_at: 1_760_000_000,
  status: "completed",
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model: "gpt-4o-mini-2024-07-18",
  output: [
    {
      id: "msg_1",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "Hello, model", annotations: [], logprobs: [] }],
    },
  ],
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: "auto",
  tools: [],
  top_p: 1,
  usage: USAGE,
};
const BEGUN = { ...RESPONSE, status: "in_progress", output: [], usage: null };

const EVENTS: readonly { type: string }[] = [
  { type: "response.created", response: BEGUN },
  { type: "response.in_progress", response: BEGUN },
  { type: "response.output_item.added", output_index: 0, item: { ...RESPONSE.output[0], content: [] } },
  {
    type: "response.content_part.added",
    item_id: "msg_1",
    output_index: 0,
    content_index: 0,
    part: { type: "output_text", text: "", annotations: [], logprobs: [] },
  },
  { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: "Hello," },
  { type: "response.output_text.delta", item_id: "msg_1", output_index: 0, content_index: 0, delta: " model" },
  { type: "response.output_text.done", item_id: "msg_1", output_index: 0, content_index: 0, text: "Hello, model" },
  { type: "response.output_item.done", output_index: 0, item: RESPONSE.output[0] },
  { type: "response.completed", response: RESPONSE },
].map((event, index) => ({ ...event, sequence_number: index }));

const sse = (events: readonly { type: string }[]) =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

const streaming = (events: readonly { type: string }[]): UpstreamScript => ({
  body: sse(events),
  headers: { "content-type": "text/event-stream" },
});

/** An upstream that has the Responses API, beside whatever else it has. */
const native = (call: UpstreamCall): UpstreamScript => {
  if (!call.path.endsWith("/responses")) return {};
  return call.body.includes('"stream":true') ? streaming(EVENTS) : { body: JSON.stringify(RESPONSE) };
};

const MESSAGE = {
  id: "msg_01",
  type: "message",
  role: "assistant",
  model: "claude",
  content: [{ type: "text", text: "I am Claude." }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 7 },
};

const WEATHER: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "weather",
  strict: null,
  parameters: { type: "object", properties: { city: { type: "string" } } },
};

const { doors, upstream } = openDoors((upstreamUrl) => ({
  ANTHROPIC_API_KEY: "sk-ant-pool-0123456789abcdefghij",
  ANTHROPIC_BASE_URL: upstreamUrl,
  GOOGLE_API_KEY: "AIza-pool-0123456789abcdefghij",
  GOOGLE_BASE_URL: upstreamUrl,
  ALLOW_PRIVATE_UPSTREAMS: "true",
}));

beforeEach(() => {
  upstream.respond = native;
});

describe.each(DOORS)("responses behind the %s door", (name) => {
  let door: RunningServer;
  let tenant: Tenant;
  let openai: OpenAI;

  beforeAll(async () => {
    door = doors[name];
    tenant = await makeTenant({ mode: "credits" });
    openai = new OpenAI({ apiKey: tenant.secret, baseURL: `${door.url}/v1`, maxRetries: 0 });
  });

  afterEach(async () => {
    await untilSettled();
    expect(await openHolds()).toBe(0);
    expect(await auditMoney()).toEqual([]);
  });

  const post = (body: unknown, secret = tenant.secret, path = "/v1/responses"): Promise<Answer> =>
    ask(door, { path, secret, body });

  /** A project that pays OpenAI itself. */
  async function ownKeyTenant(): Promise<Tenant> {
    const own = await makeTenant({ mode: "api_keys" });
    const key = { provider: "openai", key: "sk-proj-customers-own-key-1234", baseUrl: upstream.url } as const;
    await addProviderKey({ ...own, ...key, actor: { userId: own.userId } });
    return own;
  }

  async function expectRefused(answer: Answer, status: number, code: string, param: string): Promise<void> {
    expect({ status: answer.status, json: answer.json }).toMatchObject({ status, json: { error: { code, param } } });
    expect(upstream.calls).toEqual([]);
    expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({
      outcome: "refused",
      hold: 0n,
      charged: 0n,
    });
  }

  test("at a provider that has them pass through: bytes, usage to the token, the caller's name for the model", async () => {
    const body = { model: `openai/${MINI}`, max_output_tokens: 50, input: "Hi", store: false, x_unknown: [1.1] };
    for (const prefix of ["/v1", "/api/v1"]) {
      upstream.reset();
      upstream.respond = native;
      const answer = await post(body, tenant.secret, `${prefix}/responses`);
      const [call] = upstream.calls;
      expect(call).toMatchObject({ path: "/v1/responses", headers: { authorization: `Bearer ${POOL_KEY}` } });
      expect(call?.body).toBe(JSON.stringify({ ...body, model: MINI }));
      expect(answer.json).toEqual({
        ...RESPONSE,
        model: body.model,
        usage: { ...USAGE, cost: 0.0000066, is_byok: false },
      });
      const receipt = await receiptOf(answer.headers.get("x-request-id"));
      expect(receipt).toMatchObject({ prompt_tokens: 20n, completion_tokens: 7n, cost: MINI_COST, charged: MINI_COST });
      expect(receipt.cost ?? 0n).toBeLessThanOrEqual(receipt.hold);
    }
  });

  test("stream through byte for byte but for the model's name, and OpenAI's client reads them", async () => {
    const response = await send(door, {
      path: "/v1/responses",
      secret: tenant.secret,
      body: { model: MINI, input: "Hi", max_output_tokens: 50, stream: true },
    });
    expect(await response.text()).toBe(sse(EVENTS).replaceAll(`"model":"${RESPONSE.model}"`, `"model":"${MINI}"`));
    expect(upstream.calls[0]?.body).not.toContain("stream_options");
    expect(await receiptOf(response.headers.get("x-request-id"))).toMatchObject({
      prompt_tokens: 20n,
      completion_tokens: 7n,
      cost: MINI_COST,
      streamed: true,
      usage_estimated: false,
    });
    const streamed = openai.responses.stream({ model: MINI, input: "Hi" });
    expect((await streamed.finalResponse()).output_text).toBe("Hello, model");
  });

  test("break off with an error event of this API, and are charged for what came", async () => {
    upstream.respond = () => streaming(EVENTS.slice(0, 6));
    const body = { model: MINI, input: "Hi", max_output_tokens: 50, stream: true };
    const response = await send(door, { path: "/v1/responses", secret: tenant.secret, body });
    const last = (await response.text()).trimEnd().split("\n\n").at(-1) ?? "";
    expect(last).toMatch(/^event: error\ndata: /);
    expect(JSON.parse(last.slice(last.indexOf("{")))).toMatchObject({
      type: "error",
      sequence_number: 6,
      code: "upstream_error",
      error: { message: expect.stringMatching(/broke off/) },
    });
    const receipt = await receiptOf(response.headers.get("x-request-id"));
    expect(receipt).toMatchObject({ usage_estimated: true, status: 502 });
    expect(receipt.cost ?? 0n).toBeGreaterThan(0n);
    expect(receipt.cost ?? 0n).toBeLessThanOrEqual(receipt.hold);
    const stream = await openai.responses.create({ model: MINI, input: "Hi", stream: true });
    await expect(
      (async () => {
        for await (const event of stream) void event;
      })(),
    ).rejects.toThrow(/broke off/);
  });

  test("without a reported usage are counted, and say so in this API's words", async () => {
    upstream.respond = () => ({ body: JSON.stringify({ ...RESPONSE, usage: null }) });
    const answer = await post({ model: MINI, input: "Hi there", max_output_tokens: 50 });
    expect(answer.json).toMatchObject({
      usage: {
        input_tokens: expect.any(Number),
        output_tokens: expect.any(Number),
        total_tokens: expect.any(Number),
        estimated: true,
      },
    });
    const receipt = await receiptOf(answer.headers.get("x-request-id"));
    expect(receipt).toMatchObject({ usage_estimated: true });
    expect(receipt.completion_tokens).toBeGreaterThan(0n);
  });

  test("are shortened to what is affordable where the caller set no maximum", async () => {
    const limited = await addKey(tenant, { usageLimit: usd(200_000n) });
    const answer = await post({ model: MINI, input: "Hi" }, limited.secret);
    const clamp = Number(answer.headers.get("x-turnpike-max-tokens"));
    expect(clamp).toBeGreaterThanOrEqual(16);
    expect(JSON.parse(upstream.calls[0]?.body ?? "{}")).toMatchObject({ max_output_tokens: clamp });
    const dear = await post({ model: MINI, input: "Hi", max_output_tokens: 10_000 }, limited.secret);
    expect(dear.status).toBe(401);
    expect(dear.json).toMatchObject({ error: { code: "key_limit_reached" } });
  });

  test("of a chat provider are translated, whole and streamed", async () => {
    const whole = await openai.responses.create({ model: GEMINI, input: "Hi", max_output_tokens: 50 });
    expect(whole).toMatchObject({ object: "response", status: "completed", model: GEMINI, output_text: PLAIN_TEXT });
    expect(whole.usage).toMatchObject({
      input_tokens: PLAIN_USAGE.prompt_tokens,
      output_tokens: PLAIN_USAGE.completion_tokens,
      total_tokens: PLAIN_USAGE.total_tokens,
    });
    const { data, response } = await openai.responses
      .create({ model: GEMINI, input: "Hi", max_output_tokens: 50, stream: true })
      .withResponse();
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of data) events.push(event);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.flatMap((event) => (event.type === "response.output_text.delta" ? [event.delta] : []))).toEqual([
      ...PLAIN_PIECES,
    ]);
    expect(events.at(-1)).toMatchObject({ type: "response.completed", response: { model: GEMINI } });
    expect(await receiptOf(response.headers.get("x-request-id"))).toMatchObject({
      prompt_tokens: 11n,
      completion_tokens: 6n,
      usage_estimated: false,
      streamed: true,
    });
    for (const call of upstream.calls) expect(call.path).toBe("/v1/chat/completions");
  });

  test("of Claude go over two turns of a tool", async () => {
    const toolUse = {
      ...MESSAGE,
      content: [{ type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Paris" } }],
      stop_reason: "tool_use",
    };
    upstream.respond = (call) => ({ body: JSON.stringify(call.body.includes("tool_result") ? MESSAGE : toolUse) });
    const question = { role: "user" as const, content: "Weather in Paris?" };
    const asked = { model: CLAUDE, tools: [WEATHER], max_output_tokens: 50 };
    const first = await openai.responses.create({ ...asked, input: [question] });
    const [call] = first.output;
    if (call?.type !== "function_call") throw new Error(`it answers with ${call?.type}`);
    expect(call).toMatchObject({ call_id: "toolu_1", name: "weather", arguments: '{"city":"Paris"}' });
    const result = { type: "function_call_output" as const, call_id: call.call_id, output: "Sunny" };
    const second = await openai.responses.create({ ...asked, input: [question, call, result] });
    expect(second.output_text).toBe("I am Claude.");
    expect(JSON.parse(upstream.calls.at(-1)?.body ?? "{}").messages.at(-1).content).toMatchObject([
      { type: "tool_result", tool_use_id: "toolu_1" },
    ]);
  });

  test("keep to a schema that OpenAI's client parses", async () => {
    const Place = z.object({ city: z.string() });
    upstream.respond = () => ({ pieces: ['{"city":', '"Paris"}'] });
    const response = await openai.responses.parse({
      model: GEMINI,
      input: "Where?",
      max_output_tokens: 50,
      text: { format: zodTextFormat(Place, "place") },
    });
    expect(response.output_parsed).toEqual({ city: "Paris" });
    expect(JSON.parse(upstream.calls[0]?.body ?? "{}").response_format).toMatchObject({ type: "json_schema" });
  });

  test("of a test key come from the simulator, tools and streams included, and are never charged", async () => {
    const { secret } = await addKey(tenant, { environment: "test" });
    const client = new OpenAI({ apiKey: secret, baseURL: `${door.url}/v1`, maxRetries: 0 });
    const whole = await client.responses.create({ model: MINI, input: "Say it" });
    expect(whole.output_text).toContain("Say it");
    const streamed = client.responses.stream({ model: CLAUDE, input: "[[tokens:5]]" });
    expect((await streamed.finalResponse()).usage?.output_tokens).toBe(5);
    const called = await client.responses.create({
      model: MINI,
      input: "x",
      tools: [WEATHER],
      tool_choice: "required",
    });
    expect(called.output).toMatchObject([{ type: "function_call", name: "weather" }]);
    expect(upstream.calls).toEqual([]);
  });

  test("that are no chat are a 400 that names the field where the provider has chats only, and nothing is held", async () => {
    const cases: [string, Record<string, unknown>][] = [
      ["tools[0].type", { tools: [{ type: "web_search" }] }],
      ["previous_response_id", { previous_response_id: "resp_1" }],
      ["truncation", { truncation: "auto" }],
      ["text.format", { model: CLAUDE, text: { format: { type: "json_object" } } }],
    ];
    for (const [param, fields] of cases) {
      const answer = await post({ model: GEMINI, input: "Hi", max_output_tokens: 50, ...fields });
      await expectRefused(answer, 400, "unsupported_endpoint", param);
    }
    const background = await post({ model: MINI, input: "Hi", background: true });
    expect(background).toMatchObject({
      status: 400,
      json: { error: { code: "invalid_body", param: "background", message: expect.stringMatching(/metered/) } },
    });
    expect(upstream.calls).toEqual([]);
    const vectors = await post({ model: "text-embedding-3-small", input: "Hi" });
    expect(vectors.json).toMatchObject({ error: { code: "unsupported_endpoint" } });
  });

  test.each<[string, Record<string, unknown>]>([
    ["tools[0]", { tools: [{ type: "web_search" }] }],
    ["previous_response_id", { previous_response_id: "resp_1" }],
  ])("with %s are not served from credits, and are passed on with the project's own key", async (param, fields) => {
    const body = { model: MINI, input: "Hi", max_output_tokens: 100, ...fields };
    await expectRefused(await post(body), 400, "invalid_body", param);
    const own = await ownKeyTenant();
    const answer = await post(body, own.secret);
    expect(answer.status).toBe(200);
    expect(upstream.calls[0]?.body).toBe(JSON.stringify(body));
    // What the provider adds to the prompt is not in the body: the whole window is held.
    const { model } = findModel(MINI);
    const offer = model.offers.find(({ provider }) => provider === "openai");
    if (!offer) throw new Error(`OpenAI does not sell ${MINI}`);
    expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({
      hold: upperBound(model.contextWindow, 100, offer.price),
      billed_to: "provider_key",
      charged: 0n,
    });
  });

  test("that credits could not pay for are served at once when the project changes to its own key", async () => {
    const own = await ownKeyTenant();
    const mode = (to: "credits" | "api_keys") => setProjectMode({ ...own, mode: to, actor: { userId: own.userId } });
    const body = { model: MINI, input: "Hi", max_output_tokens: 100, tools: [{ type: "web_search" }] };
    await mode("credits");
    await expectRefused(await post(body, own.secret), 400, "invalid_body", "tools[0]");
    await mode("api_keys");
    expect((await post(body, own.secret)).status).toBe(200);
  });

  // Before the failures below, which open the circuit of the installation's key.
  test("go on to a provider that translates them when the one that has them fails, before the first byte", async () => {
    upstream.respond = (call) => (call.path.endsWith("/responses") ? { status: 503 } : {});
    const answer = await post({ model: MINI, models: [GEMINI], input: "Hi", max_output_tokens: 50 });
    expect(answer.json).toMatchObject({ object: "response", model: expect.stringContaining("gemini") });
    expect(upstream.calls.map(({ path }) => path)).toContain("/v1/responses");
    expect(upstream.calls.at(-1)?.path).toBe("/v1/chat/completions");
  });

  test("that the provider refuses or fails are told in OpenAI's form", async () => {
    const said = (message: string) => ({ body: JSON.stringify({ error: { message, type: "x" } }) });
    const cases: [UpstreamScript, number, string][] = [
      [{ status: 400, ...said("no such setting") }, 400, "invalid_body"],
      [{ status: 404, ...said("no such model") }, 400, "model_not_found"],
      [{ status: 429, ...said("slow down"), headers: { "retry-after": "7" } }, 429, "upstream_rate_limited"],
      [
        { body: JSON.stringify({ ...RESPONSE, status: "failed", error: { code: "x", message: "broken" } }) },
        502,
        "upstream_error",
      ],
    ];
    for (const [script, status, code] of cases) {
      upstream.respond = () => script;
      const answer = await post({ model: MINI, input: "Hi", max_output_tokens: 50 });
      expect({ status: answer.status, json: answer.json }).toMatchObject({ status, json: { status, error: { code } } });
      expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ charged: 0n, outcome: "released" });
    }
    expect((await ask(door, { path: "/v1/responses", secret: tenant.secret })).status).toBe(405);
    expect((await post("{")).json).toMatchObject({ error: { code: "invalid_json" } });
  });

  test("may leave the choice of a model to the gateway", async () => {
    const answer = await post({ model: "auto", input: "Hi", max_output_tokens: 50 });
    expect(answer).toMatchObject({ status: 200, json: { object: "response", status: "completed" } });
  });
});
