import { newId } from "@/lib/core/ids";
import type { Tx } from "@/lib/infra/db";
import { prisma } from "@/lib/infra/db";
import type { LedgerAccount } from "@/lib/infra/prisma-client/client";
import { raiseMeterLimit } from "@/lib/meters/store";

export interface Posting {
  account: LedgerAccount;
  /** nano-dollars, signed; the postings of one transaction sum to zero. */
  amount: bigint;
}

export interface Booking {
  organizationId: string;
  /** What caused it; the same source is booked once. */
  source: string;
  description: string;
  postings: readonly [Posting, Posting, ...Posting[]];
}

/**
 * Writes one journal transaction.
 * @throws the database's unique violation when `source` was booked before, its check violation when it does not sum to zero.
 */
export async function book(tx: Tx, booking: Booking): Promise<void> {
  const transactionId = newId("txn");
  await tx.journalEntry.createMany({
    data: booking.postings.map((posting) => ({
      transactionId,
      source: booking.source,
      organizationId: booking.organizationId,
      account: posting.account,
      amount: posting.amount,
      description: booking.description,
    })),
  });
}

const creditsOf = (organizationId: string) =>
  ({ subject: "organization", subjectId: organizationId, kind: "credits", unit: "usd" }) as const;

/** The credits meter of an organisation, by itself. */
export function findCreditsMeter(organizationId: string) {
  return prisma().meter.findFirst({ where: creditsOf(organizationId) });
}

/** Adds to an organisation's credits, or takes from them; they may fall below zero. Belongs to a booking of the same amount. */
export function raiseCredits(tx: Tx, organizationId: string, delta: bigint): Promise<void> {
  return raiseMeterLimit(tx, creditsOf(organizationId), delta);
}

/** Takes an organisation's credits meter until the transaction ends, as admission and settle do; null where there is none. */
export async function lockCredits(tx: Tx, organizationId: string): Promise<{ id: bigint; used: bigint } | null> {
  const [meter] = await tx.$queryRaw<{ id: bigint; used: bigint }[]>`
    SELECT id, used FROM meter WHERE subject = 'organization' AND subject_id = ${organizationId} AND kind = 'credits' FOR UPDATE`;
  return meter ?? null;
}
