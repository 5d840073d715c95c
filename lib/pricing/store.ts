import { pool, prisma, type Tx } from "@/lib/infra/db";
import type { PriceOverride } from "@/lib/infra/prisma-client/client";

/** The prices of one override, in nano-dollars per million tokens, `requestPrice` in nano-dollars. */
export type PriceOverrideRow = Omit<PriceOverride, "createdAt" | "updatedAt">;

/**
 * Counts the version up, to be called first in a transaction that changes an override: it makes changes wait for one
 * another, and who reads the version reads what belongs to it.
 */
export async function bumpPriceVersion(tx: Tx): Promise<void> {
  await tx.priceVersion.update({ where: { id: 1 }, data: { version: { increment: 1 } } });
}

export function findPriceOverride(tx: Tx, modelKey: string): Promise<PriceOverride | null> {
  return tx.priceOverride.findUnique({ where: { modelKey } });
}

export function upsertPriceOverride(tx: Tx, { modelKey, ...prices }: PriceOverrideRow): Promise<PriceOverride> {
  return tx.priceOverride.upsert({ where: { modelKey }, create: { modelKey, ...prices }, update: prices });
}

export async function removePriceOverride(tx: Tx, modelKey: string): Promise<void> {
  await tx.priceOverride.delete({ where: { modelKey } });
}

/** Newest first. */
export function readPriceOverrides(skip: number, take: number): Promise<PriceOverride[]> {
  return prisma().priceOverride.findMany({ orderBy: [{ createdAt: "desc" }, { modelKey: "asc" }], skip, take });
}

/** All overrides and the version that they belong to; null where that is still `known`. One statement, so one moment. */
export async function readChangedOverrides(
  known: bigint | null,
): Promise<{ version: bigint; overrides: PriceOverrideRow[] } | null> {
  const result = await pool().query<{
    version: bigint;
    model_key: string | null;
    input_price: bigint;
    output_price: bigint;
    cached_input_price: bigint | null;
    cache_write_price: bigint | null;
    cache_write_hour_price: bigint | null;
    request_price: bigint | null;
  }>({
    name: "prices",
    text: `SELECT v.version, o.model_key, o.input_price, o.output_price, o.cached_input_price, o.cache_write_price, o.cache_write_hour_price, o.request_price
           FROM price_version v LEFT JOIN price_override o ON true WHERE v.version IS DISTINCT FROM $1::bigint`,
    values: [known],
  });
  const [first] = result.rows;
  if (!first) return null;
  return {
    version: first.version,
    overrides: result.rows.flatMap((row) =>
      row.model_key === null
        ? []
        : [
            {
              modelKey: row.model_key,
              inputPrice: row.input_price,
              outputPrice: row.output_price,
              cachedInputPrice: row.cached_input_price,
              cacheWritePrice: row.cache_write_price,
              cacheWriteHourPrice: row.cache_write_hour_price,
              requestPrice: row.request_price,
            },
          ],
    ),
  };
}
