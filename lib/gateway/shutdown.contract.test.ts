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
  receiptsOf,
  startDoor,
} from "@/lib/testing/gateway";
import type { RunningServer } from "@/lib/testing/server";
import { useTestDatabase } from "@/lib/testing/test-database";
import { scripted, startUpstream, type TestUpstream } from "@/lib/testing/upstream";

const EACH = 25;
/** Printed when the first signal has arrived. */
const STOPPING = "stopping: requests in flight are finished first";

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
  server = await startDoor("server", database.url, upstream.url);
});

/** So many slow streams and slow whole answers, all of them with the upstream when this resolves. */
async function fillWithRequests(secret: string, each: number): Promise<Promise<Answer>[]> {
  const streams = Array.from({ length: each }, () =>
    ask(server, { secret, body: chatBody({ stream: true, messages: [scripted({ gapMs: 220 })] }) }),
  );
  const wholes = Array.from({ length: each }, () =>
    ask(server, { secret, body: chatBody({ messages: [scripted({ delayMs: 1_200 })] }) }),
  );
  await eventually(
    () => upstream.calls.length,
    (count) => count === 2 * each,
  );
  return [...streams, ...wholes];
}

/** Sends SIGTERM; resolves when it has arrived, with how the process will end. */
async function firstSignal(): Promise<{ ended: Promise<number | null> }> {
  const ended = server.stop("SIGTERM");
  await eventually(
    () => server.output(),
    (printed) => printed.includes(STOPPING),
  );
  return { ended };
}

async function expectAllServed(keyId: string, answers: readonly Answer[]): Promise<void> {
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
  for (const answer of answers.slice(0, answers.length / 2)) expect(answer.text).toMatch(/data: \[DONE\]\n\n$/);
  for (const answer of answers.slice(answers.length / 2)) expect(answer.json).toHaveProperty("choices");
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
  const answers = await fillWithRequests(secret, EACH);
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
  const answers = await fillWithRequests(secret, 3);
  const code = await firstSignal();
  server.process.kill("SIGTERM");
  const [ended, ...all] = await Promise.all([code.ended, ...answers]);
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
  const code = await firstSignal();
  await sleep(1_300);
  server.process.kill("SIGTERM");
  expect(await code.ended).toBe(1);
  expect(await Promise.all(hanging)).toEqual(["cut", "cut", "cut", "cut", "cut"]);
  await pool().query("UPDATE hold SET deadline = now() - interval '1 second'");
  await sweepExpiredHolds(0);
  const receipts = await receiptsOf(key.id);
  expect(receipts).toHaveLength(5);
  for (const receipt of receipts) expect(receipt).toMatchObject({ outcome: "lost", charged: 0n, cost: 0n });
  expect(await auditMoney()).toEqual([]);
});
