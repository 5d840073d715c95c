import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "@/lib/core/ids";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool } from "@/lib/infra/db";
import { type EmbeddedDatabase, ensureDatabase } from "@/lib/infra/embedded-postgres";
import { migrate } from "@/lib/infra/migrate";
import { makeTenant, type Tenant } from "@/lib/testing/builders";
import {
  type Answer,
  ask,
  auditMoney,
  chatBody,
  DOORS,
  eventually,
  openHolds,
  type ReceiptRow,
  receiptsOf,
  startDoor,
  startDoors,
} from "@/lib/testing/gateway";
import type { Door, RunningServer } from "@/lib/testing/server";
import { TEST_SECRETS } from "@/lib/testing/test-database";
import { scripted, startUpstream, type TestUpstream } from "@/lib/testing/upstream";

const CLIENTS = 16;
const OUTAGE_MS = 1_500;
/** By then PostgreSQL has recovered, also on a slow machine. */
const RECOVERED_MS = 60_000;

let folder: string;
let database: EmbeddedDatabase;
let upstream: TestUpstream;
let doors: Record<Door, RunningServer>;
let tenant: Tenant;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "turnpike-outage-"));
  await chmod(folder, 0o711);
  // Comes back by itself, on the same port, within a second or two.
  database = await ensureDatabase(folder, { keepRunning: true });
  await migrate(database.url);
  setEnvironment({
    DATABASE_URL: database.url,
    TURNPIKE_EMBEDDED_DATABASE: "true",
    LOG_LEVEL: "silent",
    ...TEST_SECRETS,
  });
  upstream = await startUpstream();
  doors = await startDoors(database.url, upstream.url);
  tenant = await makeTenant({ mode: "credits" });
});

afterAll(async () => {
  await Promise.all(Object.values(doors ?? {}).map((door) => door.stop()));
  await upstream?.close();
  await closeDatabase();
  await database?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** Sends the signal to the database's main process, again whenever it is back, until it has been away for long enough. */
async function takeDown(signal: NodeJS.Signals, isEnough: () => boolean): Promise<void> {
  for (const latest = Date.now() + RECOVERED_MS; Date.now() < latest && !isEnough(); ) {
    const pid = Number(
      (await readFile(path.join(folder, "postgres", "postmaster.pid"), "utf8").catch(() => "")).split("\n")[0],
    );
    try {
      if (pid > 0) process.kill(pid, signal);
    } catch {
      // It is gone and not back yet.
    }
    await sleep(100);
  }
}

/** A query that waits until the database is back. */
async function afterOutage<T>(read: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + RECOVERED_MS; ; ) {
    try {
      return await read();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(100);
    }
  }
}

interface Seen {
  door: Door;
  mark: string;
  sentAt: number;
  answer: Answer | null;
}

/** Clients on both doors, half of them with streams, one call after the other, until told to stop. */
function load() {
  const seen: Seen[] = [];
  let stopped = false;
  const clients = Array.from({ length: CLIENTS }, async (_, index) => {
    const door: Door = index % 2 === 0 ? "server" : "next";
    while (!stopped) {
      const mark = newId("usr");
      const sentAt = Date.now();
      const body = chatBody({ stream: index % 4 > 1, messages: [scripted({ delayMs: 20, gapMs: 5, mark })] });
      const answer = await ask(doors[door], { secret: tenant.secret, body }).catch(() => null);
      seen.push({ door, mark, sentAt, answer });
      if (answer?.status !== 200) await sleep(50);
    }
  });
  const stop = async () => {
    stopped = true;
    await Promise.all(clients);
    return seen;
  };
  return { seen, stop };
}

test.each([
  ["killed", "SIGKILL"],
  ["stopped at once (immediate)", "SIGQUIT"],
  ["stopped in order (fast)", "SIGINT"],
] as const)(
  "the database is %s in the middle of load: 503 and nothing else, nothing forwarded unheld, all settled after it",
  async (_, signal) => {
    upstream.reset();
    const clients = load();
    const answered = (status: number, since = 0) =>
      DOORS.every(
        (door) =>
          clients.seen.filter((one) => one.door === door && one.sentAt > since && one.answer?.status === status)
            .length >=
          CLIENTS / DOORS.length,
      );
    const until = (isSo: () => boolean) => eventually(isSo, (is) => is);
    await until(() => answered(200));
    const downAt = Date.now();
    await takeDown(signal, () => Date.now() > downAt + OUTAGE_MS && answered(503));
    const backAt = await afterOutage(async () => {
      await pool().query("SELECT 1");
      return Date.now();
    });
    // The same processes serve again, without being started anew.
    await until(() => answered(200, backAt));
    for (const door of DOORS) expect(doors[door].process.exitCode).toBeNull();
    const seen = await clients.stop();

    const statuses = new Map<number | null, number>();
    for (const { answer } of seen)
      statuses.set(answer?.status ?? null, (statuses.get(answer?.status ?? null) ?? 0) + 1);
    expect([...statuses.keys()].sort()).toEqual([200, 503]);
    const refused = seen.flatMap(({ answer, mark }) => (answer?.status === 503 ? [{ answer, mark }] : []));
    for (const { answer } of refused) {
      expect(answer.json).toMatchObject({
        status: 503,
        error: { type: "service_unavailable", code: expect.stringMatching(/^(database_unavailable|overloaded)$/) },
      });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    // Nobody who was told that nothing was sent upstream has a call there.
    const forwarded = new Set(upstream.calls.map((call) => JSON.parse(JSON.parse(call.body).messages[0].content).mark));
    expect(refused.filter(({ mark }) => forwarded.has(mark))).toEqual([]);

    await afterOutage(() => eventually(openHolds, (count) => count === 0));
    const receipts = new Map<string, ReceiptRow>();
    for (const receipt of await receiptsOf(tenant.keyId)) receipts.set(receipt.id, receipt);
    for (const { answer } of seen) {
      if (answer?.status !== 200) continue;
      const receipt = receipts.get(answer.headers.get("x-request-id") ?? "");
      expect(receipt).toMatchObject({ outcome: "settled", status: 200, cost: 5250n, charged: 5250n });
    }
    const served = seen.filter(({ answer }) => answer?.status === 200).length;
    expect(upstream.calls.length).toBe(served);
    expect(await auditMoney()).toEqual([]);
  },
);

/** Everything that stands in the files of a folder, which need not be there yet. */
async function textIn(directory: string): Promise<string> {
  const names = await readdir(directory).catch(() => []);
  const texts = names.map((name) => readFile(path.join(directory, name), "utf8").catch(() => ""));
  return (await Promise.all(texts)).join("");
}

test("what was answered while the database was away is settled by the next process, should this one be killed before it is back", async () => {
  upstream.reset();
  const data = await mkdtemp(path.join(tmpdir(), "turnpike-journal-"));
  await chmod(data, 0o711);
  const start = () => startDoor("server", database.url, upstream.url, { DATA_DIR: data });
  const dying = await start();
  const asked = Array.from({ length: 6 }, (_, index) =>
    ask(dying, {
      secret: tenant.secret,
      body: chatBody({ stream: index % 2 === 0, messages: [scripted({ delayMs: 600, gapMs: 40 })] }),
    }),
  );
  await eventually(
    () => upstream.calls.length,
    (count) => count === 6,
  );
  let isDead = false;
  const down = takeDown("SIGKILL", () => isDead);
  const answers = await Promise.all(asked);
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
  const ids = answers.map((answer) => answer.headers.get("x-request-id") ?? "");
  await eventually(
    () => textIn(path.join(data, "settlements")),
    (journal) => ids.every((id) => journal.includes(id)),
  );
  await dying.stop("SIGKILL");
  isDead = true;
  await down;
  await afterOutage(() => pool().query("SELECT 1"));
  expect(await openHolds()).toBe(6);
  const successor = await start();
  try {
    await eventually(openHolds, (count) => count === 0);
    const receipts = await receiptsOf(tenant.keyId);
    for (const id of ids)
      expect(receipts.find((receipt) => receipt.id === id)).toMatchObject({ outcome: "settled", cost: 5250n });
    expect(await auditMoney()).toEqual([]);
  } finally {
    await successor.stop();
    await rm(data, { recursive: true, force: true });
  }
});
