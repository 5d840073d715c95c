import { ArrowLeft, ArrowRight, Download } from "lucide-react";
import Link from "next/link";
import { PrintButton } from "@/components/books/print-button";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardBody } from "@/components/ui/card";
import { Fact, Facts } from "@/components/ui/facts";
import { Money } from "@/components/ui/money-text";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import { dayOf } from "@/components/ui/time";
import { monthOf, type Statement, type StatementLine } from "@/lib/ledger/statement";

const KINDS: Readonly<Record<StatementLine["kind"], string>> = {
  stripe: "Payments",
  grant: "Grants",
  promotion: "Promotions",
  adjustment: "Adjustments",
  usage: "Usage",
};

const monthName = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

interface StatementViewProps {
  projectId: string;
  organization: { id: string; name: string };
  statement: Statement;
  /** `2026-11`. */
  thisMonth: string;
}

/** A month of the organisation's credits: opening balance, every movement, closing balance. Made to be printed. */
export function StatementView({ projectId, organization, statement, thisMonth }: StatementViewProps) {
  const { month, isFinal, opening, lines, totals, closing, provenClosing } = statement;
  const start = new Date(`${month}-01T00:00:00Z`);
  const address = (path: string, of: string) => `/dashboard/${projectId}/books/statement${path}?month=${of}`;
  return (
    <>
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-2.5">
            Statement of {monthName.format(start)}
            {isFinal ? null : <Badge tone="held">not final</Badge>}
          </span>
        }
        description={
          <>
            Credits of {organization.name} <span className="font-mono text-xs">({organization.id})</span>, in USD, by
            days of UTC.
          </>
        }
        actions={
          <div className="flex flex-wrap gap-2 print:hidden">
            <Button asChild>
              <a href={address("/export", month)} download>
                <Download />
                CSV
              </a>
            </Button>
            <PrintButton />
          </div>
        }
      />
      <nav aria-label="Months" className="mb-4 flex items-center gap-2 print:hidden">
        <Button asChild size="sm">
          <Link href={address("", monthOf(start, -1))}>
            <ArrowLeft />
            {monthName.format(new Date(`${monthOf(start, -1)}-01T00:00:00Z`))}
          </Link>
        </Button>
        {month < thisMonth ? (
          <Button asChild size="sm">
            <Link href={address("", monthOf(start, 1))}>
              {monthName.format(new Date(`${monthOf(start, 1)}-01T00:00:00Z`))}
              <ArrowRight />
            </Link>
          </Button>
        ) : null}
        <Button asChild size="sm" variant="ghost">
          <Link href={`/dashboard/${projectId}/books`}>Books</Link>
        </Button>
      </nav>
      <div className="grid gap-4">
        {isFinal ? null : (
          <Notice tone="info">
            This month, or a call that began in it, has not ended yet. The statement shows what is known so far and may
            still change.
          </Notice>
        )}
        <Card>
          <CardBody className="pt-3">
            <Facts>
              <Fact name={`Balance on ${dayOf(start.toISOString())}, 00:00 UTC`}>
                <Money amount={opening} exact />
              </Fact>
              {totals.map(({ kind, amount }) => (
                <Fact key={kind} name={KINDS[kind]}>
                  <Money amount={amount} exact />
                </Fact>
              ))}
              <Fact name={isFinal ? "Closing balance" : "Balance so far"}>
                <strong className="font-semibold">
                  <Money amount={closing} exact />
                </strong>
              </Fact>
              <Fact name="Check, from today's balance">
                <Money amount={provenClosing} exact />
              </Fact>
            </Facts>
          </CardBody>
        </Card>
        {closing === provenClosing ? null : (
          <Notice tone="error" title="This statement does not agree with the books">
            The closing balance and the one worked out backwards from the balance of now differ. Whoever runs this
            installation finds out why with npm run books.
          </Notice>
        )}
        <Card className="min-w-0 overflow-hidden print:overflow-visible">
          {lines.length === 0 ? (
            <CardBody className="pt-4 text-soft text-ui">Nothing moved the balance in this month.</CardBody>
          ) : (
            <Lines lines={lines} />
          )}
        </Card>
      </div>
    </>
  );
}

function Lines({ lines }: { lines: readonly StatementLine[] }) {
  return (
    <Table label="Movements">
      <TableHead>
        <tr>
          <HeaderCell>Day</HeaderCell>
          <HeaderCell>What</HeaderCell>
          <HeaderCell numeric>USD</HeaderCell>
          <HeaderCell numeric className="hidden sm:table-cell print:table-cell">
            Balance
          </HeaderCell>
        </tr>
      </TableHead>
      <tbody>
        {lines.map((line, index) => (
          // A statement's lines have no other name than their place.
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is drawn once, by the server
          <Row key={index} className="print:break-inside-avoid">
            <Cell className="whitespace-nowrap text-soft">{line.day}</Cell>
            <Cell className="max-w-96">
              {line.kind === "usage" ? (
                <>
                  <span className="block break-words">{line.model === "" ? "No model" : line.model}</span>
                  <span className="block break-words text-faint text-xs">
                    {line.project ?? line.projectId}, {line.requests} {line.requests === 1 ? "call" : "calls"}
                  </span>
                </>
              ) : (
                <>
                  <span className="block break-words">{line.description}</span>
                  <span className="block text-faint text-xs">{KINDS[line.kind]}</span>
                </>
              )}
            </Cell>
            <Cell numeric>
              <Money amount={line.amount} exact />
            </Cell>
            <Cell numeric className="hidden text-soft sm:table-cell print:table-cell">
              <Money amount={line.balance} exact />
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}
