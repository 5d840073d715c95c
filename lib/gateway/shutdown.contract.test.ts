import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sweepExpiredHolds } from "@/lib/gateway/sweep";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { addKey, makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  chatBody,
  eventually,
  openHolds,
  POOL_KEY,
  receiptsOf,
} from "@/lib/testing/gateway";
import { type RunningServer, startServer } from "@/lib/testing/server";
import { useTestDatabase } from "@/lib/testing/test-database";
import { scripted, startUpstream, type TestUpstream } from "@/lib/testing/upstream";

const EACH = 25;

let database: ScratchDatabase;
let upstream: TestUpstream;
let tenant: Tenant;
let server: RunningServer;

beforeAll(async () => {
  database = await useTestDatabase();
  upstream = await startUpstream();
  tenant = await makeTenant({ mode: "credits" });
});

afterAll(async () => {
  await server?.stop("SIGKILL");
  await upstream?.close();
  await closeDatabase();
  await database?.drop();
});

beforeEach(async () => {
  upstream.reset();
  server = await startServer({
    env: { DATABASE_URL: database.url, OPENAI_API_KEY: POOL_KEY, OPENAI_BASE_URL: upstream.url },
  });
});

/** Slow streams and slow whole answers, all of them with the upstream when this resolves. */
async function fillWithRequests(secret: string): Promise<Promise<Answer>[]> {
  const streams = Array.from({ length: EACH }, () =>
    ask(server, { secret, body: chatBody({ stream: true, messages: [scripted({ gapMs: 220 })] }) }),
  );
  const wholes = Array.from({ length: EACH }, () =>
    ask(server, { secret, body: chatBody({ messages: [scripted({ delayMs: 1_200 })] }) }),
  );
  await eventually(
    () => upstream.calls.length,
    (count) => count === 2 * EACH,
  );
  return [...streams, ...wholes];
}

async function expectAllServed(keyId: string, answers: readonly Answer[]): Promise<void> {
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
  for (const answer of answers.slice(0, EACH)) expect(answer.text).toMatch(/data: \[DONE\]\n\n$/);
  for (const answer of answers.slice(EACH)) expect(answer.json).toHaveProperty("choices");
  // The process is gone: what is not settled now never will be.
  expect(await openHolds()).toBe(0);
  const receipts = await receiptsOf(keyId);
  expect(receipts.map((receipt) => receipt.id).sort()).toEqual(
    answers.map((answer) => answer.headers.get("x-request-id")).sort(),
  );
  for (const receipt of receipts) expect(receipt).toMatchObject({ outcome: "settled", status: 200, cost: 5250n });
  expect(await auditMoney()).toEqual([]);
}

test("SIGTERM under load: streams and whole answers in flight are finished and settled, then the process ends with 0", async () => {
  const { secret, key } = await addKey(tenant);
  const answers = await fillWithRequests(secret);
  const code = server.stop("SIGTERM");
  await eventually(
    () => ask(server, { path: "/health/liveness", headers: { connection: "close" } }).catch(() => "refused"),
    (answer) => answer === "refused",
  );
  const [ended, ...all] = await Promise.all([code, ...answers]);
  await expectAllServed(key.id, all);
  expect(ended).toBe(0);
});

test("whole answers whose clients are gone are waited for as well, and charged", async () => {
  const { secret, key } = await addKey(tenant);
  const leaving = new AbortController();
  const gone = Array.from({ length: 3 }, () =>
    ask(server, {
      secret,
      body: chatBody({ messages: [scripted({ delayMs: 2_000 })] }),
      signal: leaving.signal,
    }).catch(() => "gone"),
  );
  await eventually(
    () => upstream.calls.length,
    (count) => count === 3,
  );
  leaving.abort();
  expect(await Promise.all(gone)).toEqual(["gone", "gone", "gone"]);
  expect(await server.stop("SIGTERM")).toBe(0);
  const receipts = await receiptsOf(key.id);
  expect(receipts).toHaveLength(3);
  for (const receipt of receipts) expect(receipt).toMatchObject({ outcome: "settled", cancelled: true, cost: 5250n });
  expect(await auditMoney()).toEqual([]);
});

test("a second SIGTERM right behind the first, as npm and a terminal send it, changes nothing", async () => {
  const { secret, key } = await addKey(tenant);
  const answers = await fillWithRequests(secret);
  const code = server.stop("SIGTERM");
  await sleep(150);
  server.process.kill("SIGTERM");
  const [ended, ...all] = await Promise.all([code, ...answers]);
  await expectAllServed(key.id, all);
  expect(ended).toBe(0);
});

test("a second SIGTERM later ends the process at once; what it held is given back and nobody is charged", async () => {
  const { secret, key } = await addKey(tenant);
  const hanging = Array.from({ length: 5 }, () =>
    ask(server, { secret, body: chatBody({ messages: [scripted({ hangAfter: 0 })] }) }).catch(() => "cut"),
  );
  await eventually(
    () => upstream.calls.length,
    (count) => count === 5,
  );
  const code = server.stop("SIGTERM");
  await sleep(1_300);
  server.process.kill("SIGTERM");
  expect(await code).toBe(1);
  expect(await Promise.all(hanging)).toEqual(["cut", "cut", "cut", "cut", "cut"]);
  await pool().query("UPDATE hold SET deadline = now() - interval '1 second'");
  await sweepExpiredHolds(0);
  const receipts = await receiptsOf(key.id);
  expect(receipts).toHaveLength(5);
  for (const receipt of receipts) expect(receipt).toMatchObject({ outcome: "lost", charged: 0n, cost: 0n });
  expect(await auditMoney()).toEqual([]);
});
