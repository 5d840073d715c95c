import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { pool } from "@/lib/infra/db";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { clearCache } from "@/lib/projects/clear-cache";
import { updateProject } from "@/lib/projects/update-project";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  chatBody,
  DOORS,
  eventually,
  insideOneMinute,
  receiptOf,
  receiptsOf,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import { PLAIN_PIECES, scripted } from "@/lib/testing/upstream";

const PLAIN_TEXT = PLAIN_PIECES.join("");
const HOUR = 3_600;

const { doors, upstream } = openDoors();

async function setCache({ organizationId, projectId, userId }: Tenant, cacheTtlSeconds: number | null): Promise<void> {
  await updateProject({ organizationId, projectId, cacheTtlSeconds, actor: { userId } });
}

const MESSAGE = { model: "simulator/echo", max_tokens: 16, messages: [{ role: "user", content: "Hi" }] };

/** Where each endpoint is, with a small body that it accepts. */
const ENDPOINTS: readonly [path: string, body: Record<string, unknown>][] = [
  ["chat/completions", chatBody()],
  ["chat/completions", chatBody({ stream: true })],
  ["chat/completions", chatBody({ stream: true, stream_options: { include_usage: true } })],
  ["completions", { model: "gpt-4o-mini", prompt: "Once", max_tokens: 16 }],
  ["completions", { model: "gpt-4o-mini", prompt: "Once", max_tokens: 16, stream: true }],
  ["embeddings", { model: "text-embedding-3-small", input: ["one", "two"] }],
  ["messages", MESSAGE],
  ["messages", { ...MESSAGE, stream: true }],
];

/** An answer's text as it is once nothing is paid for it. */
function uncharged(text: string): string {
  return text.replace(/"cost":[\d.e-]+/g, '"cost":0');
}

function expectHit(answer: Answer, first: Answer): void {
  expect([answer.status, answer.headers.get("x-turnpike-cache")]).toEqual([200, "hit"]);
  expect(answer.text).toBe(uncharged(first.text));
  expect(answer.headers.get("content-type")).toBe(first.headers.get("content-type"));
  expect(answer.headers.get("cache-control")).toBe(first.headers.get("cache-control"));
  expect(answer.headers.get("x-turnpike-cost")).toBe("0.00");
  expect(answer.headers.get("x-turnpike-billed-to")).toBe("none");
  expect(answer.headers.get("x-generation-id")).toMatch(/^gen_/);
  expect(answer.headers.get("x-generation-id")).toBe(answer.headers.get("x-request-id"));
  expect(answer.headers.get("x-generation-id")).not.toBe(first.headers.get("x-generation-id"));
}

describe.each(DOORS)("the response cache behind the %s door", (name) => {
  let tenant: Tenant;

  beforeEach(async () => {
    tenant = await makeTenant({ mode: "credits" });
    await setCache(tenant, HOUR);
  });
  afterEach(async () => {
    await untilSettled();
    expect(await auditMoney()).toEqual([]);
  });

  const post = (
    body: unknown = chatBody(),
    { path = "chat/completions", secret = tenant.secret, headers = {} as Record<string, string> } = {},
  ) => ask(doors[name], { secret, path: `/v1/${path}`, method: "POST", body, headers });
  const cacheOf = async (...asked: Parameters<typeof post>) => (await post(...asked)).headers.get("x-turnpike-cache");

  test.each(ENDPOINTS)(
    "gives the answer of %s again, with a receipt of its own that costs nothing",
    async (path, body) => {
      const first = await post(body, { path });
      expect([first.status, first.headers.get("x-turnpike-cache")]).toEqual([200, "miss"]);
      const calls = upstream.calls.length;
      const members = Object.entries(body).reverse();
      const second = await post(JSON.stringify(Object.fromEntries(members), null, 2), { path });
      expectHit(second, first);
      expect(upstream.calls).toHaveLength(calls);
      const [made, given] = [
        await receiptOf(first.headers.get("x-generation-id")),
        await receiptOf(second.headers.get("x-generation-id")),
      ];
      expect(given).toMatchObject({
        outcome: "settled",
        status: 200,
        requested_model: made.requested_model,
        streamed: body.stream === true,
        billed_to: "none",
        is_byok: false,
        prompt_tokens: made.prompt_tokens,
        completion_tokens: made.completion_tokens,
        hold: 0n,
        cost: 0n,
        charged: 0n,
        operator_loss: 0n,
      });
      const shown = await ask(doors[name], { secret: tenant.secret, path: `/v1/generation/${given.id}` });
      expect(shown.json).toMatchObject({ data: { cached_from: made.id, attempts: [], total_cost: 0 } });
      const { rows } = await pool().query<{ requests: bigint; cost: bigint; charged: bigint; prompt_tokens: bigint }>(
        "SELECT sum(requests)::bigint AS requests, sum(cost)::bigint AS cost, sum(charged)::bigint AS charged, sum(prompt_tokens)::bigint AS prompt_tokens FROM usage_hour WHERE api_key_id = $1",
        [tenant.keyId],
      );
      expect(rows).toEqual([
        { requests: 2n, cost: made.cost, charged: made.charged, prompt_tokens: made.prompt_tokens * 2n },
      ]);
    },
  );

  test("is off by default: every request is the provider's, and no header tells of it", async () => {
    const plain = await makeTenant({ mode: "credits" });
    for (let tries = 0; tries < 2; tries += 1) {
      const answer = await post(chatBody(), { secret: plain.secret });
      expect([answer.status, answer.headers.get("x-turnpike-cache")]).toEqual([200, null]);
    }
    expect(upstream.calls).toHaveLength(2);
  });

  test("is one for both doors, and acts as its project's settings say on the next request of each", async () => {
    const other = name === "server" ? doors.next : doors.server;
    const first = await post();
    const elsewhere = await ask(other, { secret: tenant.secret, body: chatBody() });
    expectHit(elsewhere, first);
    await setCache(tenant, null);
    for (const door of [doors[name], other]) {
      const answer = await ask(door, { secret: tenant.secret, body: chatBody() });
      expect([answer.status, answer.headers.get("x-turnpike-cache")]).toEqual([200, null]);
    }
    await setCache(tenant, HOUR);
    expect(await cacheOf()).toBe("miss");
    expect(await cacheOf()).toBe("hit");
    const { organizationId, projectId, userId } = tenant;
    await clearCache({ organizationId, projectId, actor: { userId } });
    expect(await cacheOf()).toBe("miss");
  });

  test("gives nothing whose time is over", async () => {
    expect(await cacheOf()).toBe("miss");
    const grow = (seconds: number) =>
      pool().query(
        "UPDATE cached_answer SET created_at = created_at - make_interval(secs => $2), expires_at = expires_at - make_interval(secs => $2) WHERE project_id = $1",
        [tenant.projectId, seconds],
      );
    await grow(HOUR - 30);
    expect(await cacheOf()).toBe("hit");
    await grow(31);
    expect(await cacheOf()).toBe("miss");
    expect(upstream.calls).toHaveLength(2);
  });

  test("is each project's own, and shared by its keys of the same environment", async () => {
    const stranger = await makeTenant({ mode: "credits" });
    await setCache(stranger, HOUR);
    const colleague = await addKey(tenant);
    const tester = await addKey(tenant, { environment: "test" });
    expect(await cacheOf()).toBe("miss");
    expect(await cacheOf(chatBody(), { secret: stranger.secret })).toBe("miss");
    expect(await cacheOf(chatBody(), { secret: tester.secret })).toBe("miss");
    expect(await cacheOf(chatBody(), { secret: colleague.secret })).toBe("hit");
    expect(await cacheOf(chatBody(), { secret: tester.secret })).toBe("hit");
    expect(upstream.calls).toHaveLength(2);
  });

  test("is neither read nor written for a request that says x-no-cache, and false and 0 do not say it", async () => {
    const skipping = { headers: { "x-no-cache": "1" } };
    expect(await cacheOf(chatBody(), skipping)).toBeNull();
    expect(await cacheOf()).toBe("miss");
    expect(await cacheOf(chatBody(), skipping)).toBeNull();
    expect(await cacheOf(chatBody(), { headers: { "x-no-cache": "true" } })).toBeNull();
    expect(await cacheOf(chatBody(), { headers: { "x-no-cache": "false" } })).toBe("hit");
    expect(await cacheOf(chatBody(), { headers: { "x-no-cache": "0" } })).toBe("hit");
    expect(upstream.calls).toHaveLength(4);
  });

  test("tells apart what changes an answer", async () => {
    expect(await cacheOf()).toBe("miss");
    for (const changes of [
      { stream: true },
      { user: "u-1" },
      { metadata: { a: "b" } },
      { seed: 1 },
      { models: ["gpt-4o"] },
      { provider: { sort: "price" } },
    ])
      expect([changes, await cacheOf(chatBody(changes))]).toEqual([changes, "miss"]);
    const version = (value: string) => ({ path: "messages", headers: { "anthropic-version": value } });
    expect(await cacheOf(MESSAGE, version("2023-06-01"))).toBe("miss");
    expect(await cacheOf(MESSAGE, version("2023-01-01"))).toBe("miss");
    expect(await cacheOf(MESSAGE, version("2023-06-01"))).toBe("hit");
  });

  test("is no way around a key that was disabled", async () => {
    expect(await cacheOf()).toBe("miss");
    const { organizationId, keyId, userId } = tenant;
    await setKeyStatus({ organizationId, keyId, status: "inactive", actor: { userId } });
    expect((await post()).status).toBe(401);
  });

  test("counts against requests per minute, and a hit beyond them is refused", async () => {
    await insideOneMinute(10);
    const limited = await addKey(tenant, { rateLimitRpm: 3 });
    const asked = { secret: limited.secret };
    expect((await post(chatBody(), asked)).headers.get("x-ratelimit-remaining-requests")).toBe("2");
    const hit = await post(chatBody(), asked);
    expect([hit.headers.get("x-turnpike-cache"), hit.headers.get("x-ratelimit-remaining-requests")]).toEqual([
      "hit",
      "1",
    ]);
    expect(await cacheOf(chatBody(), asked)).toBe("hit");
    const refused = await post(chatBody(), asked);
    expect([refused.status, refused.json]).toMatchObject([429, { error: { code: "rate_limited" } }]);
    // A refusal holds nothing that could be waited for.
    const receipts = await eventually(
      () => receiptsOf(limited.key.id),
      ({ length }) => length === 4,
    );
    expect(receipts.map(({ outcome }) => outcome).sort()).toEqual(["refused", "settled", "settled", "settled"]);
  });

  test("serves what is kept to a key that can pay for nothing more: it costs nothing", async () => {
    const poor = await addKey(tenant, { usageLimit: parseUsd("0") });
    expect((await post(chatBody(), { secret: poor.secret })).status).toBe(401);
    expect(await cacheOf()).toBe("miss");
    expect(await cacheOf(chatBody(), { secret: poor.secret })).toBe("hit");
  });

  test("keeps no failure, and no stream that was cut", async () => {
    upstream.respond = () => ({ status: 503 });
    expect((await post()).status).toBe(502);
    upstream.reset();
    expect(await cacheOf()).toBe("miss");
    const cut = chatBody({ stream: true, messages: [scripted({ breakAfter: 3 })] });
    for (let tries = 0; tries < 2; tries += 1) {
      const answer = await post(cut);
      expect(answer.headers.get("x-turnpike-cache")).toBe("miss");
      expect(answer.text).toContain("upstream_error");
    }
  });

  test("sends requests at once to the provider all of them, where nothing is kept yet", async () => {
    const body = chatBody({ messages: [scripted({ delayMs: 1_500 })] });
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(body)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(upstream.calls).toHaveLength(6);
    expect(await cacheOf(body)).toBe("hit");
  });

  test("has nothing to do with counting tokens", async () => {
    const { max_tokens: _, ...counted } = MESSAGE;
    for (let tries = 0; tries < 2; tries += 1)
      expect(await cacheOf(counted, { path: "messages/count_tokens" })).toBeNull();
  });

  test("serves the openai and anthropic packages, whole and in a stream", async () => {
    const openai = new OpenAI({ baseURL: `${doors[name].url}/v1`, apiKey: tenant.secret, maxRetries: 0 });
    const chat = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "Hi" }], max_tokens: 16 };
    const anthropic = new Anthropic({ baseURL: doors[name].url, apiKey: tenant.secret, maxRetries: 0 });
    const message = { ...MESSAGE, messages: [{ role: "user" as const, content: "Hi" }] };
    const seen: string[][] = [];
    for (const cache of ["miss", "hit"]) {
      const whole = await openai.chat.completions.create(chat).withResponse();
      const stream = await openai.chat.completions.create({ ...chat, stream: true }).withResponse();
      let streamed = "";
      for await (const chunk of stream.data) streamed += chunk.choices[0]?.delta.content ?? "";
      const said = await anthropic.messages.create(message).withResponse();
      const events = anthropic.messages.stream(message);
      const final = await events.finalMessage();
      for (const { response } of [whole, stream, said, await events.withResponse()])
        expect(response.headers.get("x-turnpike-cache")).toBe(cache);
      expect([whole.data.choices[0]?.message.content, streamed]).toEqual([PLAIN_TEXT, PLAIN_TEXT]);
      expect(final.usage.output_tokens).toBe(said.data.usage.output_tokens);
      seen.push([
        whole.data.id,
        said.data.id,
        final.id,
        JSON.stringify(said.data.content),
        JSON.stringify(final.content),
      ]);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(upstream.calls).toHaveLength(2);
  });
});
