import { formatUsd } from "@/lib/core/money";
import type { LedgerAccount } from "@/lib/infra/prisma-client/client";
import { findEntries } from "@/lib/ledger/organization-books-store";

/** One entry of the journal; the amount is USD as a decimal string, the time ISO 8601. */
export interface EntryView {
  id: string;
  at: string;
  account: LedgerAccount;
  amount: string;
  description: string;
}

export interface EntryQuery {
  organizationId: string;
  /** `next` of the page before; null: the newest. */
  before: string | null;
  /** Whether what requests booked is listed, a transaction a batch of them. */
  withRequests: boolean;
  limit: number;
}

/** A page of an organisation's journal, newest first, and where the next one starts (null: there is none). */
export async function listEntries({
  organizationId,
  before,
  withRequests,
  limit,
}: EntryQuery): Promise<{ entries: EntryView[]; next: string | null }> {
  const beforeId = before === null ? null : BigInt(before);
  const found = await findEntries(organizationId, { beforeId, withRequests, limit: limit + 1 });
  const page = found.slice(0, limit);
  return {
    // Settlement counts in the plural, and what is written in the journal stays as it is.
    entries: page.map(({ id, createdAt, account, amount, description }) => ({
      id: id.toString(),
      at: createdAt.toISOString(),
      account,
      amount: formatUsd(amount),
      description: (description ?? "").replace(/^1 requests /, "1 request "),
    })),
    next: found.length > limit ? (page.at(-1)?.id.toString() ?? null) : null,
  };
}
