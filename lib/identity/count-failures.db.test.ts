import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { purgeBlocks } from "@/lib/identity/block-store";
import { countFailures } from "@/lib/identity/count-failures";
import { closeDatabase, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { installDatabaseClock, stopDatabaseClock } from "@/lib/testing/database-clock";
import { useTestDatabase } from "@/lib/testing/test-database";

const policy = { maxFailedAttempts: 5, ttlSeconds: 900, initialBlockSeconds: 30, maxBlockSeconds: 3600 };
const start = new Date("2026-11-21T12:00:00Z");
const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);

let database: ScratchDatabase;
beforeAll(async () => {
  database = await useTestDatabase();
  await installDatabaseClock();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

describe("counting failures", () => {
  test("takes the names of a batch in their order, and blocks at the fifth, by the database's clock", async () => {
    const names = ["key:a", "key:b", "key:a", "key:a", "key:a", "key:a", "key:a"];
    await stopDatabaseClock(start);
    const results = await countFailures(names, policy);
    expect(results.map(({ counted, state }) => [counted, state.failures])).toEqual([
      [true, 1],
      [true, 1],
      [true, 2],
      [true, 3],
      [true, 4],
      [true, 5],
      [false, 5],
    ]);
    expect(await prisma().block.findUnique({ where: { address: "key:a" } })).toEqual({
      address: "key:a",
      failures: 5,
      lastFailure: start,
      blockedUntil: later(30),
      blockSeconds: 30,
    });
    await stopDatabaseClock(later(29));
    expect(await countFailures(["key:a"], policy)).toMatchObject([{ counted: false, at: later(29) }]);
    await stopDatabaseClock(later(30));
    const [again] = await countFailures(["key:a"], policy);
    expect(again).toMatchObject({ counted: true, state: { failures: 6, blockSeconds: 60, blockedUntil: later(90) } });
  });

  test("is exact when many instances count at once, whatever the order of their names", async () => {
    const batches = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? ["key:x", "key:y"] : ["key:y", "key:x"]));
    const results = await Promise.all(batches.map((names) => countFailures(names, policy)));
    expect(results.flat().filter(({ counted }) => counted)).toHaveLength(10);
    const rows = await prisma().block.findMany({ where: { address: { in: ["key:x", "key:y"] } } });
    expect(rows.map(({ failures }) => failures)).toEqual([5, 5]);
  });
});

test("the sweep deletes what has faded, and nothing that still counts or blocks", async () => {
  await prisma().block.deleteMany();
  const now = new Date();
  await stopDatabaseClock(now);
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
  await prisma().block.createMany({
    data: [
      { address: "faded", failures: 3, lastFailure: ago(901) },
      { address: "faded after its block", failures: 7, lastFailure: ago(2_000), blockedUntil: ago(1_000) },
      { address: "still counts", failures: 3, lastFailure: ago(890) },
      { address: "still blocks", failures: 12, lastFailure: ago(1_000), blockedUntil: ago(-600), blockSeconds: 1_600 },
    ],
  });
  expect(await purgeBlocks(1, policy.ttlSeconds)).toBe(1);
  expect(await purgeBlocks(100, policy.ttlSeconds)).toBe(1);
  const left = await prisma().block.findMany({ orderBy: { address: "asc" } });
  expect(left.map(({ address }) => address)).toEqual(["still blocks", "still counts"]);
});
