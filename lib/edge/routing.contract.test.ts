import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { findModel } from "@/lib/catalog/find-model";
import { pool } from "@/lib/infra/db";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import { ask, auditMoney, chatBody, DOORS, receiptOf, untilSettled } from "@/lib/testing/gateway";
import { openDoors, openUpstream } from "@/lib/testing/open-doors";
import { PLAIN_PIECES, type TestUpstream } from "@/lib/testing/upstream";

const OPENAI = "sk-routing-openai-0123456789";
const AZURE = "routing-azure-0123456789";
/** 11 prompt and 6 answer tokens, in nano-dollars. */
const MINI_COST = 11n * 150n + 6n * 600n;
const FULL_COST = 11n * 2_500n + 6n * 10_000n;

const azure = openUpstream();
const { doors, upstream: openai } = openDoors(() => ({
  OPENAI_API_KEY: OPENAI,
  AZURE_API_KEY: AZURE,
  AZURE_BASE_URL: azure.url,
  ALLOW_PRIVATE_UPSTREAMS: "true",
}));

afterEach(async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
});

const sentTo = (upstream: TestUpstream) => upstream.calls.map(({ body }) => JSON.parse(body));

/** The model and the provider that a receipt names, and the models of its attempts. */
async function servedBy(requestId: string | null) {
  await receiptOf(requestId);
  const { rows } = await pool().query<{
    model: string;
    provider: string;
    attempts: { model: string; status: number }[];
  }>("SELECT model, provider, attempts FROM request WHERE id = $1", [requestId]);
  return rows[0];
}

describe.each(DOORS)("routing behind the %s door", (name) => {
  let tenant: Tenant;
  beforeAll(async () => {
    tenant = await makeTenant({ mode: "credits" });
  });

  const post = (body: unknown, path = "/v1/chat/completions", secret = tenant.secret) =>
    ask(doors[name], { secret, path, body });

  test("a list of models goes on to the next one, which is named, billed and on the receipt", async () => {
    openai.respond = (call) => (JSON.parse(call.body).model === "gpt-4o" ? { status: 503 } : {});
    const body = chatBody({ model: undefined, models: ["gpt-4o", "gpt-4o-mini"], provider: { only: ["openai"] } });
    const answer = await post(body);
    expect(answer).toMatchObject({
      status: 200,
      json: { model: "openai/gpt-4o-mini", choices: [{ message: { content: PLAIN_PIECES.join("") } }] },
    });
    expect(sentTo(openai)).toEqual([
      { model: "gpt-4o", messages: [{ role: "user", content: "Hi" }], max_tokens: 16 },
      { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }], max_tokens: 16 },
    ]);
    const receipt = await receiptOf(answer.headers.get("x-request-id"));
    expect(receipt).toMatchObject({ outcome: "settled", requested_model: "gpt-4o", cost: MINI_COST });
    expect(receipt.hold).toBeGreaterThanOrEqual(FULL_COST);
    expect(await servedBy(receipt.id)).toMatchObject({
      model: "gpt-4o-mini",
      provider: "openai",
      attempts: [
        { model: "gpt-4o", status: 503 },
        { model: "gpt-4o-mini", status: 200 },
      ],
    });
  });

  test("a stream names the model that serves it in every chunk", async () => {
    openai.respond = (call) => (JSON.parse(call.body).model === "gpt-4o" ? { status: 429 } : {});
    const answer = await post(
      chatBody({
        model: "gpt-4o",
        models: ["gpt-4o-mini"],
        stream: true,
        stream_options: { include_usage: true },
        provider: { only: ["openai"] },
      }),
    );
    expect(answer.status).toBe(200);
    const chunks = answer.text
      .split("\n\n")
      .filter((event) => event.startsWith("data: {"))
      .map((event) => JSON.parse(event.slice(6)));
    expect(chunks.length).toBeGreaterThan(PLAIN_PIECES.length);
    expect(new Set(chunks.map(({ model }) => model))).toEqual(new Set(["openai/gpt-4o-mini"]));
    expect(answer.text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  test("a request that is wrong is not tried on the next model", async () => {
    openai.respond = () => ({ status: 400 });
    const answer = await post(chatBody({ models: ["gpt-4o"], provider: { only: ["openai"] } }));
    expect(answer.status).toBe(400);
    expect(openai.calls).toHaveLength(1);
  });

  test("providers are tried in the order that the caller gives, and the rest of the body arrives as it was", async () => {
    const text =
      '{ "provider":{"order":["azure"]},"model":"gpt-4o-mini", "seed":12345678901234567890,"messages":[{"role":"user","content":"h\\u0069"}]}';
    const answer = await post(text);
    expect(answer).toMatchObject({ status: 200, json: { model: "gpt-4o-mini" } });
    expect(openai.calls).toHaveLength(0);
    expect(azure.calls.map(({ body }) => body)).toEqual([
      '{"model":"gpt-4o-mini","seed":12345678901234567890,"messages":[{"role":"user","content":"h\\u0069"}]}',
    ]);
    expect(await servedBy(answer.headers.get("x-request-id"))).toMatchObject({ provider: "azure" });
  });

  test("without fallbacks the first provider's failure is the answer", async () => {
    openai.respond = () => ({ status: 503 });
    const answer = await post(chatBody({ provider: { allow_fallbacks: false } }));
    expect(answer).toMatchObject({ status: 502, json: { error: { code: "upstream_error" } } });
    expect(azure.calls).toHaveLength(0);
  });

  test("preferences that leave nothing are refused in words, and nothing is sent", async () => {
    for (const provider of [
      { only: ["groq"] },
      { ignore: ["openai", "azure", "openrouter"] },
      { max_price: { prompt: 0.01 } },
    ]) {
      const answer = await post(chatBody({ provider }));
      expect(answer).toMatchObject({
        status: 400,
        json: {
          error: {
            code: "invalid_body",
            param: "provider",
            message: expect.stringContaining(`provider.${Object.keys(provider)[0]}`),
          },
        },
      });
    }
    expect([...openai.calls, ...azure.calls]).toEqual([]);
  });

  test("auto is served by the cheapest model of those that the installation has, and says which", async () => {
    const answer = await post(chatBody({ model: "auto" }));
    expect(answer).toMatchObject({ status: 200, json: { model: "openai/gpt-5-nano" } });
    expect(sentTo(openai)).toMatchObject([{ model: "gpt-5-nano" }]);
    expect(await receiptOf(answer.headers.get("x-request-id"))).toMatchObject({ requested_model: "auto" });
    expect(await servedBy(answer.headers.get("x-request-id"))).toMatchObject({ model: "gpt-5-nano" });
  });

  test("auto serves a test key without calling anybody", async () => {
    const { secret } = await makeTenant({ mode: "credits", environment: "test" });
    const answer = await post(chatBody({ model: "auto" }), "/v1/chat/completions", secret);
    expect(answer.status).toBe(200);
    expect([...openai.calls, ...azure.calls]).toEqual([]);
  });

  test("Anthropic's messages take the same members, translated or not", async () => {
    openai.respond = (call) => (JSON.parse(call.body).model === "gpt-4o" ? { status: 503 } : {});
    const answer = await post(
      {
        models: ["gpt-4o", "gpt-4o-mini"],
        provider: { only: ["openai"] },
        max_tokens: 16,
        messages: [{ role: "user", content: "Hi" }],
      },
      "/v1/messages",
    );
    expect(answer).toMatchObject({ status: 200, json: { type: "message", model: "openai/gpt-4o-mini" } });
    expect(sentTo(openai)).toHaveLength(2);
    for (const body of sentTo(openai)) {
      expect(body).not.toHaveProperty("models");
      expect(body).not.toHaveProperty("provider");
    }
    expect(await servedBy(answer.headers.get("x-request-id"))).toMatchObject({ model: "gpt-4o-mini" });
  });

  test("embeddings go to the provider that is asked for, and never to a model of the gateway's choice", async () => {
    const model = "text-embedding-3-small";
    expect(findModel(model).model.offers.map(({ provider }) => provider)).toContain("openai");
    const served = await post({ model, input: "Hi", provider: { only: ["openai"] } }, "/v1/embeddings");
    expect(served).toMatchObject({ status: 200, json: { model } });
    expect(sentTo(openai)).toEqual([{ model, input: "Hi" }]);
    expect(await post({ model: "auto", input: "Hi" }, "/v1/embeddings")).toMatchObject({
      status: 400,
      json: { error: { code: "unsupported_endpoint" } },
    });
  });
});
