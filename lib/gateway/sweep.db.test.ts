import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Admission } from "@/lib/gateway/admission-statement";
import { extendHolds } from "@/lib/gateway/hold-store";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { sweepExpiredHolds } from "@/lib/gateway/sweep";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool } from "@/lib/infra/db";
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
import { auditMoney } from "@/lib/testing/gateway";
import { useTestDatabase } from "@/lib/testing/test-database";

/** The database has been up for long: what a deadline says is to be believed. */
const NO_GRACE = 0;

let database: ScratchDatabase;
let caller: Caller;

beforeAll(async () => {
  database = await useTestDatabase();
  setEnvironment({ LOG_LEVEL: "silent" });
});
beforeEach(async () => {
  caller = await makeCaller();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

async function held(holdSeconds: number): Promise<Admission> {
  const needs = [
    { meterId: meterOf(caller, "spend"), amount: 100n },
    { meterId: meterOf(caller, "credits"), amount: 100n },
  ];
  const admission = admissionOf(caller, needs, { holdSeconds });
  expect((await admitOne(admission)).kind).toBe("admitted");
  return admission;
}

/** As a process leaves it that died. */
const expired = () => held(-1);

async function receiptsOf(admission: Admission) {
  const { rows } = await pool().query(
    "SELECT outcome, status, cost, charged, hold, operator_loss FROM request WHERE id = $1",
    [admission.requestId],
  );
  return rows;
}

const LOST = { outcome: "lost", status: 500, cost: 0n, charged: 0n, hold: 100n, operator_loss: 0n };

async function expectNothingHeld() {
  for (const meter of caller.meters) expect(await meterRow(meter.id)).toMatchObject({ used: 0n, held: 0n, total: 0n });
}

describe("a hold past its deadline", () => {
  test("is released: the customer pays nothing, the receipt says lost", async () => {
    const admission = await expired();
    expect(await sweepExpiredHolds(NO_GRACE)).toBe(1);
    expect(await receiptsOf(admission)).toEqual([LOST]);
    expect(await countOf("hold", admission.requestId)).toBe(0);
    await expectNothingHeld();
    expect(await sweepExpiredHolds(NO_GRACE)).toBe(0);
  });

  test("is released once, by however many sweepers at once, in this process and in others", async () => {
    vi.resetModules();
    const other = await import("@/lib/gateway/sweep");
    const otherDatabase = await import("@/lib/infra/db");
    for (let round = 0; round < 8; round += 1) {
      const admissions = await Promise.all(Array.from({ length: 10 }, expired));
      await Promise.all([
        sweepExpiredHolds(NO_GRACE),
        other.sweepExpiredHolds(NO_GRACE),
        sweepExpiredHolds(NO_GRACE),
        other.sweepExpiredHolds(NO_GRACE),
      ]);
      for (const admission of admissions) expect(await receiptsOf(admission)).toEqual([LOST]);
      await expectNothingHeld();
    }
    await otherDatabase.closeDatabase();
  });

  test("whose settle comes after all is not charged: it is over", async () => {
    const admission = await expired();
    await sweepExpiredHolds(NO_GRACE);
    expect(await settleBatch([settlementOf(admission, 40n)])).toEqual(["gone"]);
    expect(await receiptsOf(admission)).toEqual([LOST]);
    await expectNothingHeld();
  });

  test("whose settle comes first is settled, and not lost", async () => {
    const admission = await expired();
    await settleBatch([settlementOf(admission, 40n)]);
    expect(await sweepExpiredHolds(NO_GRACE)).toBe(0);
    expect(await receiptsOf(admission)).toMatchObject([{ outcome: "settled", charged: 40n }]);
  });

  test("is given the whole time once more after the database was started: its process could not reach it", async () => {
    const admission = await expired();
    expect(await sweepExpiredHolds(1_000_000)).toBe(0);
    expect(await receiptsOf(admission)).toEqual([]);
    expect(await sweepExpiredHolds(NO_GRACE)).toBe(1);
  });
});

describe("a hold that is alive", () => {
  test("before its deadline is left alone", async () => {
    const admission = await held(60);
    expect(await sweepExpiredHolds(NO_GRACE)).toBe(0);
    expect(await countOf("hold", admission.requestId)).toBe(1);
    await settleBatch([releaseOf(admission)]);
  });

  test("whose deadline was moved is left alone", async () => {
    const admission = await expired();
    await extendHolds([admission.requestId], 60);
    expect(await sweepExpiredHolds(NO_GRACE)).toBe(0);
    expect(await countOf("hold", admission.requestId)).toBe(1);
    await settleBatch([releaseOf(admission)]);
  });

  test("whose deadline is moved while a sweeper is about to release it is left alone", async () => {
    const admission = await expired();
    const living = await pool().connect();
    await living.query("BEGIN");
    await living.query("UPDATE hold SET deadline = clock_timestamp() + interval '1 minute' WHERE request_id = $1", [
      admission.requestId,
    ]);
    const sweeping = sweepExpiredHolds(NO_GRACE);
    // The sweeper has read the old deadline and waits for the hold.
    for (;;) {
      const { rows } = await pool().query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      if (rows.length > 0) break;
      await sleep(5);
    }
    await living.query("COMMIT");
    living.release();
    await sweeping;
    expect(await countOf("hold", admission.requestId)).toBe(1);
    expect(await receiptsOf(admission)).toEqual([]);
    expect(await settleBatch([settlementOf(admission, 40n)])).toEqual(["done"]);
  });

  test("does not wait for a settle that has it: moving deadlines never stands in the way", async () => {
    const [admission, other] = [await held(1), await held(1)];
    const settling = await pool().connect();
    await settling.query("BEGIN");
    await settling.query("SELECT 1 FROM hold WHERE request_id = $1 FOR UPDATE", [admission.requestId]);
    await extendHolds([admission.requestId, other.requestId], 600);
    const { rows } = await pool().query<{ request_id: string }>(
      "SELECT request_id FROM hold WHERE request_id = ANY ($1) AND deadline > clock_timestamp() + interval '1 minute'",
      [[admission.requestId, other.requestId]],
    );
    expect(rows).toEqual([{ request_id: other.requestId }]);
    await settling.query("ROLLBACK");
    settling.release();
    await settleBatch([releaseOf(admission), releaseOf(other)]);
  });
});

test("the books agree after all of this", async () => {
  expect(await auditMoney()).toEqual([]);
});
