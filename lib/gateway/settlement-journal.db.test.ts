import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Admission } from "@/lib/gateway/admission-statement";
import { drainSettlements, replayJournals, settled } from "@/lib/gateway/settle";
import { appendToJournal, clearJournal, readLeftJournals } from "@/lib/gateway/settlement-journal";
import { type Settlement, settleBatch } from "@/lib/gateway/settlement-statement";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import {
  admissionOf,
  admitOne,
  countOf,
  makeCaller,
  meterOf,
  meterRow,
  releaseOf,
  settlementOf,
} from "@/lib/testing/admissions";
import { auditMoney, eventually } from "@/lib/testing/gateway";
import { useTestDatabase } from "@/lib/testing/test-database";

/** A wire to the database that can be cut: connections break off, and new ones are refused. */
class Wire {
  readonly #target: { host: string; port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  port = 0;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#target = { host: hostname, port: Number(port) };
  }

  async mend(): Promise<void> {
    this.#server = createServer((socket) => {
      const onward = connect(this.#target);
      for (const end of [socket, onward]) {
        this.#sockets.add(end);
        end.on("error", () => undefined).on("close", () => this.#sockets.delete(end));
      }
      socket.pipe(onward).on("close", () => socket.destroy());
      onward.pipe(socket).on("close", () => onward.destroy());
    }).listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address !== null && typeof address === "object") this.port = address.port;
  }

  async cut(): Promise<void> {
    if (!this.#server) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

let database: ScratchDatabase;
let wire: Wire;
let folder: string;
let caller: Caller;

beforeAll(async () => {
  database = await useTestDatabase();
  wire = new Wire(database.url);
  await wire.mend();
  const url = new URL(database.url);
  url.host = `127.0.0.1:${wire.port}`;
  setEnvironment({ DATABASE_URL: url.href, LOG_LEVEL: "silent" });
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "turnpike-journal-"));
  setEnvironment({ DATA_DIR: folder });
  caller = await makeCaller();
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});
afterAll(async () => {
  await drainSettlements(5_000);
  await closeDatabase();
  await wire.cut();
  await database.drop();
});

async function held(): Promise<Admission> {
  const needs = [
    { meterId: meterOf(caller, "spend"), amount: 100n },
    { meterId: meterOf(caller, "credits"), amount: 100n },
  ];
  const admission = admissionOf(caller, needs);
  expect((await admitOne(admission)).kind).toBe("admitted");
  return admission;
}

async function files(): Promise<string[]> {
  return (await readdir(path.join(folder, "settlements")).catch(() => [])).sort();
}

async function lines(): Promise<string[]> {
  const texts = await Promise.all(
    (await files()).map((name) => readFile(path.join(folder, "settlements", name), "utf8")),
  );
  return texts
    .join("")
    .split("\n")
    .filter((line) => line !== "");
}

async function expectSettledOnce(admissions: readonly Admission[], cost: bigint) {
  for (const { requestId } of admissions)
    expect([await countOf("hold", requestId), await countOf("request", requestId)]).toEqual([0, 1]);
  const used = BigInt(admissions.length) * cost;
  for (const kind of ["spend", "credits"] as const)
    expect(await meterRow(meterOf(caller, kind))).toMatchObject({ used, held: 0n, total: used });
}

describe("a database that is gone", () => {
  test("leaves settlements in a file that only we can read; once it is back they are settled, once, and the file is gone", async () => {
    const admissions = await Promise.all(Array.from({ length: 30 }, held));
    await wire.cut();
    const all = Promise.all(admissions.map((admission) => settled(settlementOf(admission, 40n))));
    await eventually(lines, (found) => found.length === 30);
    const [name = ""] = await files();
    expect(await files()).toHaveLength(1);
    expect((await stat(path.join(folder, "settlements", name))).mode & 0o777).toBe(0o600);
    await wire.mend();
    await all;
    await expectSettledOnce(admissions, 40n);
    expect(await files()).toEqual([]);
  });

  test("and comes back again and again loses nothing and doubles nothing", async () => {
    const admissions = await Promise.all(Array.from({ length: 60 }, held));
    let mended = true;
    const flapping = (async () => {
      for (let round = 0; round < 6; round += 1) {
        await (mended ? wire.cut() : wire.mend());
        mended = !mended;
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      if (!mended) await wire.mend();
    })();
    const settlements: Promise<void>[] = [];
    for (const admission of admissions) {
      settlements.push(settled(settlementOf(admission, 40n)));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await flapping;
    await Promise.all(settlements);
    await expectSettledOnce(admissions, 40n);
    expect(await files()).toEqual([]);
  });

  test("holds a shutdown up no longer than it is told to; what is left is in the file", async () => {
    const admission = await held();
    await wire.cut();
    const one = settled(settlementOf(admission, 40n));
    const startedAt = performance.now();
    await drainSettlements(200);
    // Without a limit it would wait for the wire, which nobody mends.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await lines()).toHaveLength(1);
    await wire.mend();
    await one;
    await expectSettledOnce([admission], 40n);
  });
});

describe("what an earlier process left", () => {
  /** Writes as a process that then died. */
  async function leave(settlements: readonly Settlement[]): Promise<string> {
    vi.resetModules();
    const dead = await import("@/lib/gateway/settlement-journal");
    for (const settlement of settlements) await dead.appendToJournal(settlement);
    const [name = ""] = (await files()).slice(-1);
    return path.join(folder, "settlements", name);
  }

  test("is settled at the next start, once, however often it stands there; then the file is gone", async () => {
    const admissions = await Promise.all(Array.from({ length: 5 }, held));
    const left = admissions.map((admission) => settlementOf(admission, 40n));
    await leave([...left, ...left]);
    expect(await replayJournals()).toBe(10);
    await expectSettledOnce(admissions, 40n);
    expect(await files()).toEqual([]);
    expect(await replayJournals()).toBe(0);
  });

  test("and had been settled already is not settled again", async () => {
    const [settled, released] = [await held(), await held()];
    await settleBatch([settlementOf(settled, 40n), settlementOf(released, 40n)]);
    await leave([settlementOf(settled, 40n), releaseOf(released)]);
    await replayJournals();
    await expectSettledOnce([settled, released], 40n);
  });

  test("with a line that was cut off loses that one line and no other", async () => {
    const [first, second] = [await held(), await held()];
    const file = await leave([settlementOf(first, 40n), settlementOf(second, 40n)]);
    const text = await readFile(file, "utf8");
    await writeFile(file, `{"half":\n\u0000\u0000\n${text}${text.slice(0, 200)}`);
    expect(await replayJournals()).toBe(2);
    await expectSettledOnce([first, second], 40n);
  });

  test("is not taken from a process that is still running", async () => {
    const file = await leave([settlementOf(await held(), 40n)]);
    const running = path.join(folder, "settlements", `${process.ppid}-ins_other.jsonl`);
    await writeFile(running, await readFile(file));
    await rm(file);
    expect(await replayJournals()).toBe(0);
    expect(await files()).toEqual([path.basename(running)]);
  });

  test("reads as it was written, to the last field and the last unit", async () => {
    const admission = await held();
    const whole: Settlement = settlementOf(admission, 9_007_199_254_740_993n, {
      endUserId: "eu_1",
      errorCode: "upstream_error",
      errorMessage: 'it broke: "\n" \ud83d\ude00',
      refusal: { meter: "x", n: 1.5, ok: true, none: null },
      providerKeyId: "pvk_1",
      streamed: true,
      cancelled: true,
      finishReason: "stop",
      isByok: true,
      usageEstimated: true,
      inputPrice: 150_000_000n,
      outputPrice: 2n ** 62n,
      cachedInputPrice: 0n,
      cacheWritePrice: 1n,
      operatorLoss: 3n,
      attempts: [
        {
          provider: "openai",
          model: "m",
          providerKeyId: null,
          status: 503,
          outcome: "failed",
          error: "no",
          durationMs: 7,
        },
      ],
      latencyMs: 12,
      firstTokenMs: 3,
      clientRequestId: "abc",
      clientAddress: "203.0.113.7",
    });
    await appendToJournal(whole);
    const [journal] = await readLeftJournals();
    expect(journal?.settlements).toEqual([whole]);
    await clearJournal();
    expect(await files()).toEqual([]);
    await settleBatch([releaseOf(admission)]);
  });
});

test("the books agree after all of this", async () => {
  expect(await auditMoney()).toEqual([]);
});
