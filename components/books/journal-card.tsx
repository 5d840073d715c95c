import { ArrowLeft, ArrowRight, NotebookText } from "lucide-react";
import Link from "next/link";
import { type JournalFilters, serializeJournalFilters } from "@/components/books/journal-filters";
import { Button } from "@/components/ui/button";
import { Card, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Money } from "@/components/ui/money-text";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import type { EntryView } from "@/lib/ledger/list-entries";

const ACCOUNTS: Readonly<Record<EntryView["account"], string>> = {
  credits: "Customer's credits",
  revenue: "Revenue",
  grants: "Grants",
  clearing: "Payment clearing",
  fees: "Fees",
  promotions: "Promotions",
  adjustments: "Adjustments",
  operator_loss: "Operator's loss",
  provider_costs: "Provider costs",
};

interface JournalCardProps {
  projectId: string;
  journal: { entries: readonly EntryView[]; next: string | null };
  filters: JournalFilters;
}

/** The journal, newest first; what requests booked is listed a batch at a time, or left out. */
export function JournalCard({ projectId, journal: { entries, next }, filters }: JournalCardProps) {
  const address = (change: Partial<JournalFilters>) =>
    `${serializeJournalFilters(`/dashboard/${projectId}/books`, { ...filters, before: "", ...change })}#journal`;
  const withRequests = filters.entries === "all";
  return (
    <Card id="journal" className="min-w-0 scroll-mt-16 overflow-hidden">
      <CardHeader
        title="Journal"
        description="Double entry: what is written for one cause sums to zero. Nothing in it is ever changed or removed."
        actions={
          <Button asChild size="sm">
            <Link href={address({ entries: withRequests ? "movements" : "all" })} scroll={false}>
              {withRequests ? "Without requests" : "With requests"}
            </Link>
          </Button>
        }
      />
      {entries.length === 0 ? (
        <EmptyState icon={NotebookText} title="No entries">
          Whatever moves credits is written here, on both sides.
        </EmptyState>
      ) : (
        <Table label="Journal">
          <TableHead>
            <tr>
              <HeaderCell className="hidden sm:table-cell">Time</HeaderCell>
              <HeaderCell className="hidden sm:table-cell">For</HeaderCell>
              <HeaderCell>Account</HeaderCell>
              <HeaderCell numeric>USD</HeaderCell>
            </tr>
          </TableHead>
          <tbody>
            {entries.map(({ id, at, account, amount, description }) => (
              <Row key={id}>
                <Cell className="hidden whitespace-nowrap text-soft sm:table-cell">
                  <RelativeTime at={at} />
                </Cell>
                <Cell className="hidden max-w-96 truncate sm:table-cell" title={description}>
                  {description}
                </Cell>
                <Cell>
                  {ACCOUNTS[account]}
                  <span className="block max-w-40 truncate text-faint text-xs sm:hidden">{description}</span>
                  <RelativeTime at={at} className="block text-faint text-xs sm:hidden" />
                </Cell>
                <Cell numeric>
                  <Money amount={amount} exact />
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
      {next !== null || filters.before !== "" ? (
        <nav aria-label="Pages of the journal" className="flex items-center justify-between border-line border-t p-3">
          {filters.before === "" ? (
            <span />
          ) : (
            <Button asChild size="sm">
              <Link href={address({})} scroll={false}>
                <ArrowLeft />
                Newest
              </Link>
            </Button>
          )}
          {next === null ? null : (
            <Button asChild size="sm">
              <Link href={address({ before: next })} scroll={false}>
                Older
                <ArrowRight />
              </Link>
            </Button>
          )}
        </nav>
      ) : null}
    </Card>
  );
}
