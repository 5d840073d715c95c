import { FileText, Gift } from "lucide-react";
import Link from "next/link";
import { EquationsTable } from "@/components/books/equations-table";
import { JournalCard } from "@/components/books/journal-card";
import type { JournalFilters } from "@/components/books/journal-filters";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { Fact, Facts } from "@/components/ui/facts";
import { Money } from "@/components/ui/money-text";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import { formatUsd, parseUsd, usd } from "@/lib/core/money";
import type { EntryView } from "@/lib/ledger/list-entries";
import type { BooksView as Books, PromotionView } from "@/lib/ledger/organization-books";

interface BooksViewProps {
  projectId: string;
  organizationName: string;
  books: Books;
  journal: { entries: EntryView[]; next: string | null };
  filters: JournalFilters;
}

/** What the organisation's credits are, how they came to be that, and the proof of it. */
export function BooksView({ projectId, organizationName, books, journal, filters }: BooksViewProps) {
  const wrong = books.equations.filter(({ agrees }) => !agrees);
  return (
    <>
      <PageHeader
        title="Books"
        description={`The credits of ${organizationName}: what they are, how they came to be that, and the proof of it.`}
        actions={
          <Button asChild>
            <Link href={`/dashboard/${projectId}/books/statement`}>
              <FileText />
              Monthly statement
            </Link>
          </Button>
        }
      />
      <div className="grid gap-4">
        {wrong.length > 0 ? (
          <Notice tone="error" title="The books do not agree">
            {wrong.map(({ name }) => name).join(", ")}: the two sides differ. Whoever runs this installation finds the
            rows with npm run books.
          </Notice>
        ) : null}
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <Sums books={books} />
          <Promotions promotions={books.promotions} />
        </div>
        <Card className="min-w-0 overflow-hidden">
          <CardHeader
            title="Proof"
            description="Each line has two figures that come from different places and have to be the same, to the nano-dollar."
          />
          <EquationsTable equations={books.equations} />
          <CardBody className="border-line border-t pt-3 text-soft text-ui">
            {books.lastRun ? (
              <>
                All organisations of this installation were last proven <RelativeTime at={books.lastRun.at} />:{" "}
                {books.lastRun.ok ? "the books agree." : "some rows disagree."}
              </>
            ) : (
              "Whoever runs this installation proves all organisations at once, down to each receipt, with npm run books."
            )}
          </CardBody>
        </Card>
        <JournalCard projectId={projectId} journal={journal} filters={filters} />
      </div>
    </>
  );
}

/** What is taken from the balance, so that the list adds up as it stands. */
function negated(amount: string): string {
  return formatUsd(usd(-parseUsd(amount)));
}

function Sums({ books }: { books: Books }) {
  return (
    <Card>
      <CardHeader title="Credits" />
      <CardBody>
        <Facts>
          <Fact name="Bought">
            <Money amount={books.bought} />
          </Fact>
          <Fact name="Refunded or disputed">
            <Money amount={negated(books.refunded)} />
          </Fact>
          <Fact name="Granted">
            <Money amount={books.granted} />
          </Fact>
          <Fact name="Promotions">
            <Money amount={books.promoted} />
          </Fact>
          <Fact name="Expired">
            <Money amount={negated(books.expired)} />
          </Fact>
          <Fact name="Adjustments">
            <Money amount={books.adjusted} />
          </Fact>
          <Fact name="Used">
            <Money amount={negated(books.used)} />
          </Fact>
          <Fact name="Balance">
            <strong className="font-semibold">
              <Money amount={books.balance} />
            </strong>
          </Fact>
          <Fact name="Held for running calls">
            <Money amount={books.held} />
          </Fact>
          <Fact name="Operator's loss, not charged">
            <Money amount={books.operatorLoss} />
          </Fact>
        </Facts>
      </CardBody>
    </Card>
  );
}

function Promotions({ promotions }: { promotions: readonly PromotionView[] }) {
  return (
    <Card className="min-w-0 overflow-hidden">
      <CardHeader
        title="Promotions"
        description="Used before all other credits, the one that expires first before the rest."
      />
      {promotions.length === 0 ? (
        <CardBody className="flex items-center gap-2.5 text-soft text-ui">
          <Gift className="size-4 shrink-0 text-faint" aria-hidden />
          None of the credits expire.
        </CardBody>
      ) : (
        <Table label="Promotions">
          <TableHead>
            <tr>
              <HeaderCell>For</HeaderCell>
              <HeaderCell>Expires</HeaderCell>
              <HeaderCell numeric>Left</HeaderCell>
            </tr>
          </TableHead>
          <tbody>
            {promotions.map(({ id, reason, amount, left, expiresAt }) => (
              <Row key={id}>
                <Cell className="max-w-48 break-words">{reason}</Cell>
                <Cell className="whitespace-nowrap text-soft">
                  <RelativeTime at={expiresAt} />
                </Cell>
                <Cell numeric>
                  <Money amount={left} />
                  <span className="block text-faint text-xs">
                    of <Money amount={amount} />
                  </span>
                </Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  );
}
