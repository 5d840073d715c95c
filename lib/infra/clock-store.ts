import type { Tx } from "@/lib/infra/db";

/** The database's time, by which instances whose own clocks differ agree on what is over. */
export async function readClock(tx: Tx): Promise<Date> {
  const [row] = await tx.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  if (!row) throw new Error("the database did not tell the time");
  return row.now;
}
