import { request as httpRequest, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { pool } from "@/lib/infra/db";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  ask,
  auditMoney,
  chatBody,
  DOORS,
  eventually,
  type ReceiptRow,
  receiptOf,
  receiptsOf,
  send,
  untilSettled,
} from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import type { Door, RunningServer } from "@/lib/testing/server";
import { scripted, type UpstreamScript } from "@/lib/testing/upstream";

const PIECES = Array.from({ length: 15 }, (_, index) => ` word${index}`);
/** The role, fifteen pieces, the end. */
const CHUNKS = 17;
/** After how many events clients leave: while there is time enough for their leaving to arrive, and in the end. */
const STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, CHUNKS];
/** Events before the first that holds generated text. */
const BEFORE_TOKENS = 1;
const GAP_MS = 250;
/** How soon after the client is gone the upstream's connection is closed. */
const CLOSED_WITHIN_MS = 15_000;

const { doors, upstream } = openDoors();
let tenant: Tenant;
/** Streams that are silent for longer than 15 s, asked for in the beginning and looked at in the end. */
let silent: Record<Door, Promise<string>>;

beforeAll(async () => {
  tenant = await makeTenant({ mode: "credits" });
  // A page's first request compiles it; the tests below watch the clock.
  for (const door of DOORS) await ask(doors[door], { secret: tenant.secret, body: chatBody({ stream: true }) });
  const askSilent = async (door: Door) => {
    const body = chatBody({ stream: true, messages: [scripted({ gapMs: 17_000, pieces: [] })] });
    return (await ask(doors[door], { secret: tenant.secret, body })).text;
  };
  silent = { server: askSilent("server"), next: askSilent("next") };
});

/** Reads `events` events of a stream and goes away. Gives the request's id. */
async function leaveAfter(server: RunningServer, secret: string, events: number, script: UpstreamScript) {
  const leaving = new AbortController();
  const body = chatBody({ stream: true, max_tokens: 400, messages: [scripted(script)] });
  const response = await send(server, { secret, body, signal: leaving.signal });
  expect(response.status).toBe(200);
  const id = response.headers.get("x-request-id");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && text.split("\n\n").length - 1 < events) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  leaving.abort();
  reader?.cancel().catch(() => undefined);
  return id;
}

function stateOf(mark: string) {
  return eventually(
    () => upstream.callOf(mark)?.state,
    (state) => state !== "running",
    CLOSED_WITHIN_MS,
  );
}

function expectChargedInBounds(receipt: ReceiptRow, events: number): void {
  expect(receipt.cost).not.toBeNull();
  if (events > BEFORE_TOKENS) expect(receipt.cost).toBeGreaterThan(0n);
  expect(receipt.cost).toBeLessThanOrEqual(receipt.hold);
  expect(receipt.charged).toBe(receipt.cost);
}

async function expectNothingHeld(keyId: string): Promise<void> {
  await eventually(
    async () =>
      (await pool().query<{ held: bigint }>("SELECT held FROM meter WHERE subject_id = $1 AND kind = 'spend'", [keyId]))
        .rows[0]?.held,
    (held) => held === 0n,
  );
  const holds = await pool().query("SELECT 1 FROM hold WHERE api_key_id = $1", [keyId]);
  expect(holds.rows).toEqual([]);
}

describe.each(DOORS)("the %s door", (door) => {
  test("a stream that the client leaves after any chunk ends upstream and has one receipt of what was produced", async () => {
    const { secret, key } = await addKey(tenant);
    const left = await Promise.all(
      STEPS.map(async (events) => {
        const mark = newId("usr");
        const id = await leaveAfter(doors[door], secret, events, { pieces: PIECES, gapMs: GAP_MS, mark });
        return { events, mark, id };
      }),
    );
    for (const { events, mark, id } of left) {
      // After the last chunk, usage and end follow at once: there is nothing left to end.
      if (events < CHUNKS) expect([events, await stateOf(mark)]).toEqual([events, "closed"]);
      const receipt = await receiptOf(id);
      if (events < CHUNKS) expect(receipt).toMatchObject({ cancelled: true, status: 499 });
      // Who left before any text may have been sent some by the time that this is noticed; the silent upstream below sends none.
      if (events > BEFORE_TOKENS) expect([events, receipt.usage_estimated]).toEqual([events, events < CHUNKS]);
      expect([events, receipt.outcome]).toEqual([events, "settled"]);
      expectChargedInBounds(receipt, events);
    }
    await expectNothingHeld(key.id);
    expect(await receiptsOf(key.id)).toHaveLength(STEPS.length);
  });

  test("the same while the upstream is silent at that moment", async () => {
    const { secret, key } = await addKey(tenant);
    const left = await Promise.all(
      STEPS.slice(0, -1).map(async (events) => {
        const mark = newId("usr");
        const id = await leaveAfter(doors[door], secret, events, { pieces: PIECES, hangAfter: events, mark });
        return { events, mark, id };
      }),
    );
    for (const { events, mark, id } of left) {
      expect([events, await stateOf(mark)]).toEqual([events, "closed"]);
      const receipt = await receiptOf(id);
      expect(receipt).toMatchObject({ outcome: "settled", cancelled: true, status: 499 });
      expect([events, receipt.usage_estimated]).toEqual([events, events > BEFORE_TOKENS]);
      expectChargedInBounds(receipt, events);
    }
    await expectNothingHeld(key.id);
    expect(await receiptsOf(key.id)).toHaveLength(STEPS.length - 1);
  });

  test("the longer a client stayed, the more it pays", async () => {
    const { secret } = await addKey(tenant);
    const ids = await Promise.all(
      [2, 6, 11].map((events) => leaveAfter(doors[door], secret, events, { pieces: PIECES, hangAfter: events })),
    );
    const costs: bigint[] = [];
    for (const id of ids) costs.push((await receiptOf(id)).cost ?? 0n);
    expect(costs[0]).toBeLessThan(costs[1] ?? 0n);
    expect(costs[1]).toBeLessThan(costs[2] ?? 0n);
  });

  test("a client that is gone before the first byte ends the call and pays nothing", async () => {
    const { secret, key } = await addKey(tenant);
    const mark = newId("usr");
    const body = chatBody({ stream: true, messages: [scripted({ hangAfter: 0, mark })] });
    const leaving = new AbortController();
    const answered = send(doors[door], { secret, body, signal: leaving.signal }).catch(() => "gone");
    await eventually(
      () => upstream.callOf(mark),
      (call) => call !== undefined,
    );
    leaving.abort();
    expect(await answered).toBe("gone");
    expect(await stateOf(mark)).toBe("closed");
    const receipts = await eventually(
      () => receiptsOf(key.id),
      (rows) => rows.length > 0,
    );
    expect(receipts).toMatchObject([{ outcome: "released", status: 499, cancelled: true, cost: 0n, charged: 0n }]);
    await expectNothingHeld(key.id);
  });

  test("a whole answer is waited for and charged when its client is gone", async () => {
    const { secret, key } = await addKey(tenant);
    const mark = newId("usr");
    const body = chatBody({ messages: [scripted({ delayMs: 500, mark })] });
    const leaving = new AbortController();
    const answered = send(doors[door], { secret, body, signal: leaving.signal }).catch(() => "gone");
    await eventually(
      () => upstream.callOf(mark),
      (call) => call !== undefined,
    );
    leaving.abort();
    expect(await answered).toBe("gone");
    expect(await stateOf(mark)).toBe("answered");
    const receipts = await eventually(
      () => receiptsOf(key.id),
      (rows) => rows.length > 0,
    );
    expect(receipts).toMatchObject([{ outcome: "settled", status: 499, cancelled: true, cost: 5250n, charged: 5250n }]);
    await expectNothingHeld(key.id);
  });

  test("a client that stops reading and then goes is settled too", async () => {
    const { secret, key } = await addKey(tenant);
    const mark = newId("usr");
    const pieces = ["x".repeat(4_000)];
    const body = JSON.stringify(chatBody({ stream: true, messages: [{ role: "user", content: mark }] }));
    upstream.respond = (call) =>
      call.body.includes(mark) ? { pieces: Array.from({ length: 6_000 }, () => pieces[0] ?? "") } : {};
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest(
        `${doors[door].url}/v1/chat/completions`,
        { method: "POST", headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" } },
        resolve,
      );
      request.on("error", reject);
      request.end(body);
    });
    response.on("error", () => undefined);
    response.pause();
    await sleep(500);
    response.destroy();
    const receipts = await eventually(
      () => receiptsOf(key.id),
      (rows) => rows.length > 0,
    );
    expect(receipts).toMatchObject([{ outcome: "settled", status: 499, cancelled: true }]);
    expect(receipts[0]?.cost).toBeGreaterThan(0n);
    await expectNothingHeld(key.id);
    upstream.reset();
  });

  test("a client that goes while it still sends its request leaves nothing behind", async () => {
    const { secret, key } = await addKey(tenant);
    const request = httpRequest(`${doors[door].url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", "content-length": "5000" },
    });
    request.on("error", () => undefined);
    request.write('{"model":"gpt-4o-mini",');
    await sleep(100);
    request.destroy();
    expect((await ask(doors[door], { secret, body: chatBody() })).status).toBe(200);
    await untilSettled();
    expect(await receiptsOf(key.id)).toHaveLength(1);
    await expectNothingHeld(key.id);
  });
});

test("a silent stream gets a comment every 15 s, on both doors", async () => {
  for (const door of DOORS) {
    const text = await silent[door];
    expect(text).toContain(": keep-alive\n\n");
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    expect(text).not.toContain('"error"');
  }
});

test("after all of this the money agrees and nobody complained", async () => {
  await untilSettled();
  expect(await auditMoney()).toEqual([]);
  for (const door of DOORS) expect(doors[door].output()).not.toMatch(/"level":"(error|fatal)"|Unhandled|uncaught/);
});
