import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensurePartitions } from "@/lib/gateway/hold-store";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { admissionOf, makeCaller, settlementOf } from "@/lib/testing/admissions";
import { useTestDatabase } from "@/lib/testing/test-database";

const DAY = 86_400_000;

let database: ScratchDatabase;
let caller: Caller;

beforeAll(async () => {
  database = await useTestDatabase();
  caller = await makeCaller();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

function partitionOf(time: number): string {
  return `request_${new Date(time).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

async function exists(table: string): Promise<boolean> {
  const { rows } = await pool().query<{ there: boolean }>("SELECT to_regclass($1) IS NOT NULL AS there", [table]);
  return rows[0]?.there ?? false;
}

/** Writes a receipt of a request made at `createdAt`, and says which partition has it. */
async function write(createdAt: number): Promise<string> {
  const admission = admissionOf(caller, [], { createdAt });
  await settleBatch([settlementOf(admission, 0n, { outcome: "refused", status: 402, billedTo: "none", hold: 0n })]);
  const { rows } = await pool().query<{ partition: string }>(
    "SELECT tableoid::regclass::text AS partition FROM request WHERE id = $1",
    [admission.requestId],
  );
  return rows[0]?.partition ?? "none";
}

describe("the receipts' partitions", () => {
  test("are there from yesterday to a week ahead, so that midnight needs nobody", async () => {
    const now = Date.now();
    for (let day = -1; day <= 6; day += 1) expect(await exists(partitionOf(now + day * DAY)), `day ${day}`).toBe(true);
  });

  test("take what belongs to their UTC day, to the millisecond", async () => {
    const midnight = Math.ceil(Date.now() / DAY) * DAY;
    expect(await write(midnight - 1)).toBe(partitionOf(midnight - 1));
    expect(await write(midnight)).toBe(partitionOf(midnight));
    expect(partitionOf(midnight)).not.toBe(partitionOf(midnight - 1));
  });

  test("leave to the default one what nobody foresaw: no receipt is refused for its day", async () => {
    expect(await write(Date.now() + 400 * DAY)).toBe("request_default");
    expect(await write(Date.now() - 400 * DAY)).toBe("request_default");
  });

  test("are made ahead once, by however many instances at once", async () => {
    const far = new Date(Date.now() + 30 * DAY).toISOString().slice(0, 10);
    const made = await Promise.all(
      [1, 2, 3, 4].map(() =>
        pool().query<{ made: number }>("SELECT request_ensure_partitions($1::date, $1::date + 2) AS made", [far]),
      ),
    );
    expect(made.map(({ rows }) => rows[0]?.made ?? -1).sort()).toEqual([0, 0, 0, 3]);
    await Promise.all([ensurePartitions(), ensurePartitions()]);
  });

  test("are not made over a day that the default one has receipts of: nothing is refused, nothing lost", async () => {
    const day = Date.now() + 60 * DAY;
    expect(await write(day)).toBe("request_default");
    const date = new Date(day).toISOString().slice(0, 10);
    const { rows } = await pool().query<{ made: number }>(
      "SELECT request_ensure_partitions($1::date - 1, $1::date + 1) AS made",
      [date],
    );
    expect(rows[0]?.made).toBe(2);
    expect(await write(day)).toBe("request_default");
  });

  test("are UTC's whatever time zone a connection has", async () => {
    const connection = await pool().connect();
    await connection.query("SET TIME ZONE 'Pacific/Kiritimati'");
    await connection.query("SELECT request_ensure_partitions('2031-03-01', '2031-03-01')");
    await connection.query("RESET TIME ZONE");
    connection.release();
    expect(await write(Date.parse("2031-03-01T00:00:00.000Z"))).toBe("request_20310301");
    expect(await write(Date.parse("2031-03-01T23:59:59.999Z"))).toBe("request_20310301");
    expect(await write(Date.parse("2031-03-02T00:00:00.000Z"))).toBe("request_default");
  });
});
