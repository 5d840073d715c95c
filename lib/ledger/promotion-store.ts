import { prisma, type Tx } from "@/lib/infra/db";
import type { Promotion } from "@/lib/infra/prisma-client/client";

export async function insertPromotion(
  tx: Tx,
  promotion: Pick<Promotion, "id" | "organizationId" | "amount" | "reason" | "expiresAt" | "countedTo">,
): Promise<void> {
  await tx.promotion.create({ data: promotion });
}

/** An organisation's promotions that requests may still burn, in the order of their expiry; under `lockCredits`. */
export function findOpenPromotions(tx: Tx, organizationId: string): Promise<Promotion[]> {
  return tx.promotion.findMany({
    where: { organizationId, OR: [{ expiredAt: null }, { waitsFor: { isEmpty: false } }] },
    orderBy: [{ expiresAt: "asc" }, { id: "asc" }],
  });
}

/** To be called under `lockCredits`. */
export async function savePromotion(
  tx: Tx,
  { id, burnt, countedTo, expiredAt, takenBack, waitsFor }: Promotion,
): Promise<void> {
  await tx.promotion.update({ where: { id }, data: { burnt, countedTo, expiredAt, takenBack, waitsFor } });
}

/** The requests that hold something of a credits meter, which the caller has locked. */
export async function findHolders(tx: Tx, meterId: bigint): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT request_id AS id FROM hold WHERE ${meterId}::bigint = ANY (meter_ids) AND amounts[array_position(meter_ids, ${meterId}::bigint)] > 0
    ORDER BY request_id`;
  return rows.map(({ id }) => id);
}

/**
 * Of the given requests those that hold nothing any more, with what each was charged in nano-dollars. Under the lock of
 * a meter that they hold, so that none of them is settled meanwhile.
 */
export async function findEnded(tx: Tx, requestIds: readonly string[]): Promise<Map<string, bigint>> {
  const rows = await tx.$queryRaw<{ id: string; charged: bigint }[]>`
    SELECT w.id, coalesce(r.charged, 0) AS charged FROM unnest(${[...requestIds]}::text[]) AS w(id)
    LEFT JOIN request r ON r.id = w.id
    WHERE NOT EXISTS (SELECT FROM hold WHERE hold.request_id = w.id)`;
  return new Map(rows.map(({ id, charged }) => [id, charged]));
}

/**
 * Organisations with a promotion whose time is over, by the database's clock, or one that waited for a request which
 * has ended.
 */
export async function findDueOrganizations(limit: number): Promise<string[]> {
  const rows = await prisma().$queryRaw<{ id: string }[]>`
    SELECT organization_id AS id FROM promotion WHERE expired_at IS NULL AND expires_at <= clock_timestamp()
    UNION
    SELECT organization_id FROM promotion WHERE cardinality(waits_for) > 0
      AND EXISTS (SELECT FROM unnest(waits_for) AS w(id) WHERE NOT EXISTS (SELECT FROM hold WHERE hold.request_id = w.id))
    ORDER BY 1 LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

/** An organisation's promotions that can be used, the one that is burnt first before the rest. */
export function findUsablePromotions(organizationId: string): Promise<Promotion[]> {
  return prisma().promotion.findMany({
    where: { organizationId, expiredAt: null },
    orderBy: [{ expiresAt: "asc" }, { id: "asc" }],
  });
}
