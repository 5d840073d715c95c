import { readClock } from "@/lib/infra/clock-store";
import { prisma, type Tx } from "@/lib/infra/db";
import type { Block } from "@/lib/infra/prisma-client/client";

/**
 * The counters of these names, made where missing, and locked until the transaction ends. Both steps go by name, so two
 * attempts never wait for each other in a circle. `now` is the database's time once they are locked, by which all instances
 * count and block.
 */
export async function lockBlocks(tx: Tx, names: readonly string[]): Promise<{ blocks: Block[]; now: Date }> {
  const ordered = [...names].sort();
  await tx.$executeRaw`
    INSERT INTO block (address, last_failure)
    SELECT address, clock_timestamp() FROM unnest(${ordered}::text[]) AS address ORDER BY address COLLATE "C" ON CONFLICT DO NOTHING`;
  await tx.$queryRaw`SELECT address FROM block WHERE address = ANY (${ordered}::text[]) ORDER BY address COLLATE "C" FOR UPDATE`;
  return { blocks: await tx.block.findMany({ where: { address: { in: ordered } } }), now: await readClock(tx) };
}

/** Writes counters back; to be called under `lockBlocks`. */
export async function saveBlocks(tx: Tx, blocks: readonly Block[]): Promise<void> {
  await tx.$executeRaw`
    UPDATE block SET failures = n.failures, last_failure = n."lastFailure", blocked_until = n."blockedUntil", block_seconds = n."blockSeconds"
    FROM jsonb_to_recordset(${JSON.stringify(blocks)}::jsonb)
      AS n(address text, failures int, "lastFailure" timestamptz, "blockedUntil" timestamptz, "blockSeconds" int)
    WHERE block.address = n.address`;
}

/**
 * Deletes counters that block nobody any more and whose last failure is `ttlSeconds` ago.
 * @returns how many, at most `limit`.
 */
export function purgeBlocks(limit: number, ttlSeconds: number): Promise<number> {
  return prisma().$executeRaw`
    DELETE FROM block WHERE address IN (
      SELECT address FROM block
      WHERE last_failure < clock_timestamp() - make_interval(secs => ${ttlSeconds}) AND coalesce(blocked_until < clock_timestamp(), true)
      ORDER BY last_failure LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
}
