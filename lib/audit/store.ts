import { prisma, type Tx } from "@/lib/infra/db";
import { type AuditEvent, Prisma } from "@/lib/infra/prisma-client/client";

/** Until this transaction ends, nobody else appends to the organisation's chain. */
export async function lockChain(tx: Tx, organizationId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`audit:${organizationId}`}, 0))`;
}

/** The newest row of an organisation's chain; to be read under `lockChain`. */
export function findLastEvent(tx: Tx, organizationId: string): Promise<{ hash: string } | null> {
  return tx.auditEvent.findFirst({
    where: { organizationId },
    orderBy: { id: "desc" },
    select: { hash: true },
  });
}

export interface NewAuditRow {
  organizationId: string;
  actor: string;
  action: string;
  target: string;
  before: Prisma.InputJsonValue | null;
  after: Prisma.InputJsonValue | null;
  address: string | null;
  at: Date;
  previousHash: string;
  hash: string;
}

/** Appends one row. */
export async function insertEvent(tx: Tx, row: NewAuditRow): Promise<void> {
  await tx.auditEvent.create({
    data: { ...row, before: row.before ?? Prisma.DbNull, after: row.after ?? Prisma.DbNull },
  });
}

/** At most `limit` rows of one chain after `afterId`, oldest first. */
export function readEvents(organizationId: string, afterId: bigint, limit: number): Promise<AuditEvent[]> {
  return prisma().auditEvent.findMany({
    where: { organizationId, id: { gt: afterId } },
    orderBy: { id: "asc" },
    take: limit,
  });
}

/** A page of the rows of one organisation, or of all (null), newest first. */
export function findEventPage(organizationId: string | null, skip: number, limit: number): Promise<AuditEvent[]> {
  return prisma().auditEvent.findMany({
    where: organizationId === null ? {} : { organizationId },
    orderBy: { id: "desc" },
    skip,
    take: limit,
  });
}
