import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseUsd } from "@/lib/core/money";
import { setKeyStatus } from "@/lib/keys/set-key-status";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  chatBody,
  DOORS,
  eventually,
  receiptsOf,
  send,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import { PLAIN_PIECES, scripted } from "@/lib/testing/upstream";

const PLAIN_TEXT = PLAIN_PIECES.join("");

const { doors, upstream } = openDoors();

/** Where each endpoint is, with a small body that it accepts. */
const ENDPOINTS: readonly [path: string, body: Record<string, unknown>][] = [
  ["chat/completions", chatBody()],
  ["chat/completions", chatBody({ stream: true, stream_options: { include_usage: true } })],
  ["completions", { model: "gpt-4o-mini", prompt: "Once", max_tokens: 16 }],
  ["embeddings", { model: "text-embedding-3-small", input: ["one", "two"] }],
  // Of another dialect than the model's: what is kept is what the caller was sent.
  ["messages", { model: "simulator/echo", max_tokens: 16, messages: [{ role: "user", content: "Hi" }] }],
  ["messages", { model: "simulator/echo", max_tokens: 16, messages: [{ role: "user", content: "Hi" }], stream: true }],
  ["responses", { model: "simulator/echo", max_output_tokens: 16, input: "Hi" }],
  ["responses", { model: "simulator/echo", max_output_tokens: 16, input: "Hi", stream: true }],
];

function expectReplay(answer: Answer, first: Answer): void {
  expect(answer.status).toBe(first.status);
  expect(answer.text).toBe(first.text);
  for (const name of ["content-type", "x-request-id", "x-generation-id", "cache-control"])
    expect([name, answer.headers.get(name)]).toEqual([name, first.headers.get(name)]);
  expect(answer.headers.get("idempotent-replayed")).toBe("true");
  expect(answer.headers.get("x-turnpike-cost")).toBeNull();
  expect(first.headers.get("idempotent-replayed")).toBeNull();
}

function expectError(answer: Answer, status: number, code: string): void {
  expect([answer.status, answer.json]).toMatchObject([
    status,
    { error: { type: "invalid_request_error", code, message: expect.any(String) }, status },
  ]);
  expect(answer.headers.get("x-request-id")).toMatch(/^gen_[0-9A-Za-z]+$/);
}

describe.each(DOORS)("an Idempotency-Key behind the %s door", (name) => {
  let tenant: Tenant;

  beforeEach(async () => {
    tenant = await makeTenant({ mode: "credits" });
  });
  afterEach(() => untilSettled());
  afterAll(async () => {
    expect(await auditMoney()).toEqual([]);
  });

  const post = (key: string, body: unknown = chatBody(), path = "chat/completions", secret = tenant.secret) =>
    ask(doors[name], { secret, path: `/v1/${path}`, method: "POST", body, headers: { "idempotency-key": key } });

  test.each(ENDPOINTS)("gives the first answer of %s again, and charges once", async (path, body) => {
    const first = await post("k-1", body, path);
    expect(first.status).toBe(200);
    const calls = upstream.calls.length;
    expectReplay(await post("k-1", body, path), first);
    const otherPath = await ask(doors[name], {
      secret: tenant.secret,
      path: `/api/v1/${path}`,
      body,
      headers: { "idempotency-key": "k-1" },
    });
    expectReplay(otherPath, first);
    expect(upstream.calls).toHaveLength(calls);
    await untilSettled();
    expect(await receiptsOf(tenant.keyId)).toMatchObject([
      { id: first.headers.get("x-generation-id"), outcome: "settled" },
    ]);
  });

  test("gives it on the other door as well: both are instances of one gateway", async () => {
    const first = await post("k-1");
    const other = name === "server" ? doors.next : doors.server;
    const second = await ask(other, {
      secret: tenant.secret,
      body: chatBody(),
      headers: { "idempotency-key": "k-1" },
    });
    expectReplay(second, first);
    expect(upstream.calls).toHaveLength(1);
  });

  test("serves one of many at once, on both doors; the others are told that it is running", async () => {
    const body = chatBody({ messages: [scripted({ delayMs: 3_000 })] });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        ask(index % 2 === 0 ? doors.server : doors.next, {
          secret: tenant.secret,
          body,
          headers: { "idempotency-key": "k-1" },
        }),
      ),
    );
    const served = answers.filter(({ status }) => status === 200);
    expect(served).toHaveLength(1);
    for (const answer of answers) {
      if (answer.status === 200) continue;
      expectError(answer, 409, "idempotency_in_progress");
      expect(answer.headers.get("retry-after")).toBe("1");
    }
    expect(upstream.calls).toHaveLength(1);
    const [first] = served;
    if (first) expectReplay(await post("k-1", body), first);
  });

  test("refuses another body, and another endpoint, in the caller's dialect", async () => {
    expect((await post("k-1")).status).toBe(200);
    expectError(await post("k-1", chatBody({ max_tokens: 15 })), 422, "idempotency_mismatch");
    expectError(await post("k-1", { model: "gpt-4o-mini", prompt: "Hi" }, "completions"), 422, "idempotency_mismatch");
    const message = await post(
      "k-1",
      { model: "simulator/echo", max_tokens: 9, messages: [{ role: "user", content: "Hi" }] },
      "messages",
    );
    expect([message.status, message.json]).toMatchObject([
      422,
      { type: "error", error: { type: "invalid_request_error", message: expect.any(String) } },
    ]);
    expect(upstream.calls).toHaveLength(1);
  });

  test("is each API key's own", async () => {
    const other = await addKey(tenant);
    await post("k-1");
    const answer = await post("k-1", chatBody({ max_tokens: 15 }), "chat/completions", other.secret);
    expect([answer.status, answer.headers.get("idempotent-replayed")]).toEqual([200, null]);
  });

  test("that is malformed is 400, to a caller whose key is accepted", async () => {
    for (const key of ["", "k".repeat(256), "schl\u00fcssel"]) {
      expectError(await post(key), 400, "invalid_body");
      expect((await post(key, chatBody(), "chat/completions", "tp_live_nonsense")).status).toBe(401);
    }
    expect((await post("k".repeat(255))).status).toBe(200);
    expect((await post("a key, with ~ everything!")).status).toBe(200);
    expect(upstream.calls).toHaveLength(2);
  });

  test("is free after a provider's failure, a refusal, and a stream that was cut", async () => {
    upstream.respond = () => ({ status: 503 });
    expect((await post("k-1")).status).toBe(502);
    const poor = await addKey(tenant, { usageLimit: parseUsd("0.000001") });
    upstream.reset();
    expect((await post("k-1")).status).toBe(200);
    // The same refusal twice, and not that the first one is running.
    for (let tries = 0; tries < 2; tries += 1)
      expect((await post("k-1", chatBody(), "chat/completions", poor.secret)).json).toMatchObject({
        error: { code: "key_limit_reached" },
      });
    const cut = chatBody({ stream: true, messages: [scripted({ breakAfter: 3 })] });
    for (let tries = 0; tries < 2; tries += 1) {
      const answer = await post("k-cut", cut);
      expect([answer.status, answer.headers.get("idempotent-replayed")]).toEqual([200, null]);
      expect(answer.text).toContain("upstream_error");
    }
  });

  test("is free after a stream that its caller left", async () => {
    const body = chatBody({ stream: true, messages: [scripted({ gapMs: 100, pieces: Array(30).fill("a ") })] });
    const leaving = new AbortController();
    const response = await send(doors[name], {
      secret: tenant.secret,
      body,
      headers: { "idempotency-key": "k-1" },
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    leaving.abort();
    const again = await eventually(
      () => post("k-1", body),
      ({ status }) => status !== 409,
    );
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, null]);
    expect(again.text).toContain("[DONE]");
  });

  test("keeps a whole answer whose caller left: it was made and paid for", async () => {
    const body = chatBody({ messages: [scripted({ delayMs: 1_500 })] });
    const leaving = new AbortController();
    const asked = send(doors[name], {
      secret: tenant.secret,
      body,
      headers: { "idempotency-key": "k-1" },
      signal: leaving.signal,
    }).catch(() => "gone");
    await eventually(
      () => upstream.calls.length,
      (count) => count === 1,
    );
    leaving.abort();
    expect(await asked).toBe("gone");
    const again = await eventually(
      () => post("k-1", body),
      ({ status }) => status !== 409,
    );
    expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([200, "true"]);
    expect(upstream.calls).toHaveLength(1);
  });

  test("is no way around a key that was disabled", async () => {
    await post("k-1");
    const { organizationId, keyId, userId } = tenant;
    await setKeyStatus({ organizationId, keyId, status: "inactive", actor: { userId } });
    expect((await post("k-1")).status).toBe(401);
  });

  test("serves the openai and anthropic packages, in a stream too", async () => {
    const openai = new OpenAI({ baseURL: `${doors[name].url}/v1`, apiKey: tenant.secret, maxRetries: 0 });
    const texts: string[] = [];
    for (let tries = 0; tries < 2; tries += 1) {
      const stream = await openai.chat.completions.create(
        { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }], max_tokens: 16, stream: true },
        { headers: { "Idempotency-Key": "k-openai" } },
      );
      let text = "";
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      texts.push(text);
    }
    expect(texts).toEqual([PLAIN_TEXT, PLAIN_TEXT]);
    expect(upstream.calls).toHaveLength(1);
    const anthropic = new Anthropic({ baseURL: doors[name].url, apiKey: tenant.secret, maxRetries: 0 });
    const ids: string[] = [];
    for (let tries = 0; tries < 2; tries += 1) {
      const message = await anthropic.messages.create(
        { model: "simulator/echo", max_tokens: 16, messages: [{ role: "user", content: "Hi" }] },
        { headers: { "Idempotency-Key": "k-anthropic" } },
      );
      ids.push(message.id);
    }
    expect(ids[1]).toBe(ids[0]);
  });
});
