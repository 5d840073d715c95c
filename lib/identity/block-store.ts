import type { Tx } from "@/lib/infra/db";
import type { Block } from "@/lib/infra/prisma-client/client";

/**
 * The counters of these names, made where missing, and locked until the transaction ends. Both steps go by name, so two
 * attempts never wait for each other in a circle.
 */
export async function lockBlocks(tx: Tx, names: readonly string[], now: Date): Promise<Block[]> {
  const ordered = [...names].sort();
  await tx.block.createMany({
    data: ordered.map((address) => ({ address, lastFailure: now })),
    skipDuplicates: true,
  });
  await tx.$queryRaw`SELECT address FROM block WHERE address = ANY (${ordered}::text[]) ORDER BY address COLLATE "C" FOR UPDATE`;
  return tx.block.findMany({ where: { address: { in: ordered } } });
}

/** Writes a counter back; to be called under `lockBlocks`. */
export async function saveBlock(tx: Tx, { address, ...state }: Block): Promise<void> {
  await tx.block.update({ where: { address }, data: state });
}
