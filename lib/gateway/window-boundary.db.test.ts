import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { admitBatch } from "@/lib/gateway/admission-statement";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { windowAt } from "@/lib/meters/window";
import { admissionOf, makeCaller, makeMeter, meterRow, settlementOf } from "@/lib/testing/admissions";
import { installDatabaseClock, setDatabaseClock } from "@/lib/testing/database-clock";
import { useTestDatabase } from "@/lib/testing/test-database";

/** Before the boundary and after it, in ms: time for many batches on either side. */
const SIDE_MS = 700;
const AMOUNT = 10n;

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
  await installDatabaseClock();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

test.each(["minute", "daily", "weekly", "monthly"] as const)(
  "a %s meter starts again once at the boundary, while two processes admit and settle: nothing is lost, doubled or overspent",
  async (period) => {
    const caller = await makeCaller();
    vi.resetModules();
    const other = {
      ...(await import("@/lib/gateway/admission-statement")),
      ...(await import("@/lib/gateway/settlement-statement")),
      ...(await import("@/lib/infra/db")),
    };
    expect(other.pool).not.toBe(pool);
    const boundary = windowAt(period, new Date()).end;
    if (!boundary) throw new Error("it has no end");
    // So many fit into each window that no lane runs dry before the boundary but both windows have an end.
    const limit = 4_000n;
    const meter = await makeMeter(limit, { period });
    await setDatabaseClock(new Date(boundary.getTime() - SIDE_MS));
    const end = performance.now() + 2 * SIDE_MS;
    const answers = { settled: 0, released: 0, refused: 0 };
    const lane = async (
      { admitBatch: admit, settleBatch: settle }: { admitBatch: typeof admitBatch; settleBatch: typeof settleBatch },
      index: number,
    ) => {
      for (let turn = 0; performance.now() < end; turn += 1) {
        const admission = admissionOf(caller, [{ meterId: meter, amount: AMOUNT }]);
        const [verdict] = await admit([admission]);
        if (verdict?.kind !== "admitted") {
          answers.refused += 1;
          continue;
        }
        // Some live on across the boundary.
        if ((turn + index) % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 40));
        const gone = (turn + index) % 5 === 0;
        const cost = gone ? 0n : AMOUNT;
        await settle([
          settlementOf(admission, cost, {
            billedTo: "none",
            charged: 0n,
            ...(gone
              ? { outcome: "released", status: 502, errorCode: "upstream_error", errorMessage: "no", cost: 0n }
              : {}),
          }),
        ]);
        answers[gone ? "released" : "settled"] += 1;
      }
    };
    const ours = { admitBatch, settleBatch };
    await Promise.all([ours, other, ours, other, ours, other].map(lane));
    await other.closeDatabase();

    const row = await meterRow(meter);
    const { rows } = await pool().query<{ after: bigint; at: bigint; before: bigint }>(
      `SELECT count(*) FILTER (WHERE settled_at > $1) AS after, count(*) FILTER (WHERE settled_at = $1) AS at, count(*) FILTER (WHERE settled_at < $1) AS before
       FROM request WHERE outcome = 'settled' AND api_key_id = $2`,
      [boundary, caller.keyId],
    );
    const { before, at, after } = rows[0] ?? { before: 0n, at: 0n, after: 0n };
    // Each receipt is on the meter once, whatever window it fell into.
    expect(row.total).toBe(BigInt(answers.settled) * AMOUNT);
    expect(before + at + after).toBe(BigInt(answers.settled));
    expect(row.window_start).toEqual(boundary);
    expect(row.held).toBe(0n);
    // Receipts keep milliseconds, rounded, so one at the very boundary may belong to either side. And batches may pass each
    // other there: what says it is earlier then counts in the later window, at most one for each lane.
    expect(row.used).toBeGreaterThanOrEqual(after * AMOUNT);
    expect(row.used).toBeLessThanOrEqual((at + after + 6n) * AMOUNT);
    expect(row.used).toBeLessThanOrEqual(limit);
    expect(row.total - row.used).toBeLessThanOrEqual(limit);
    expect(before).toBeGreaterThan(0n);
    expect(after).toBeGreaterThan(0n);
  },
);
