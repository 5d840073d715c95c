import { newId } from "@/lib/core/ids";
import type { Tx } from "@/lib/infra/db";
import { prisma } from "@/lib/infra/db";
import type { LedgerAccount } from "@/lib/infra/prisma-client/client";

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

/** The credits meter of an organisation, by itself. */
export function findCreditsMeter(organizationId: string) {
  return prisma().meter.findUnique({
    where: {
      subject_subjectId_kind_unit: { subject: "organization", subjectId: organizationId, kind: "credits", unit: "usd" },
    },
  });
}
