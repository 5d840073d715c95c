"use client";

import { ReceiptText } from "lucide-react";
import { TopUpBadge } from "@/components/billing/top-up-badge";
import { EmptyState } from "@/components/ui/empty-state";
import { Money } from "@/components/ui/money-text";
import { RelativeTime } from "@/components/ui/relative-time";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import type { TopUpView } from "@/lib/billing/billing-view";
import { parseUsd } from "@/lib/core/money";

interface TopUpsTableProps {
  projectId: string;
  topUps: readonly TopUpView[];
}

/** Every top-up of the organisation, newest first. */
export function TopUpsTable({ projectId, topUps }: TopUpsTableProps) {
  if (topUps.length === 0) {
    return (
      <EmptyState icon={ReceiptText} title="No top-ups yet">
        Each one is listed here with its state and its receipt.
      </EmptyState>
    );
  }
  return (
    <Table label="Top-ups">
      <TableHead>
        <tr>
          <HeaderCell>Time</HeaderCell>
          <HeaderCell className="hidden sm:table-cell">State</HeaderCell>
          <HeaderCell numeric className="max-sm:pr-4">
            Credits
          </HeaderCell>
          <HeaderCell numeric className="hidden sm:table-cell">
            Fee
          </HeaderCell>
          <HeaderCell className="hidden text-right sm:table-cell">Receipt and invoice</HeaderCell>
        </tr>
      </TableHead>
      <tbody>
        {topUps.map((topUp) => (
          <Row key={topUp.id}>
            <Cell className="whitespace-nowrap text-soft">
              <RelativeTime at={topUp.createdAt} />
              {topUp.automatic ? <span className="block text-faint text-xs">automatic</span> : null}
              <span className="mt-1 block whitespace-normal sm:hidden">
                <State topUp={topUp} />
              </span>
              {topUp.hasReceipt ? (
                <span className="mt-1 block text-xs sm:hidden">
                  <Papers projectId={projectId} topUp={topUp} />
                </span>
              ) : null}
            </Cell>
            <Cell className="hidden sm:table-cell">
              <State topUp={topUp} />
            </Cell>
            <Cell numeric className="max-sm:pr-4">
              <Money amount={topUp.amount} />
              {isTaken(topUp) ? (
                <span className="block text-faint text-xs">
                  <Money amount={topUp.credits} /> left of it
                </span>
              ) : null}
            </Cell>
            <Cell numeric className="hidden text-soft sm:table-cell">
              <Money amount={topUp.fee} />
            </Cell>
            <Cell className="hidden text-right sm:table-cell">
              {topUp.hasReceipt ? (
                <Papers projectId={projectId} topUp={topUp} />
              ) : (
                <span className="text-faint">none</span>
              )}
            </Cell>
          </Row>
        ))}
      </tbody>
    </Table>
  );
}

function State({ topUp }: { topUp: TopUpView }) {
  return (
    <>
      <TopUpBadge topUp={topUp} />
      {topUp.failure ? <span className="mt-0.5 block max-w-64 text-faint text-xs">{topUp.failure}</span> : null}
    </>
  );
}

const LINK = "rounded text-accent-text underline-offset-4 hover:underline";

/** The receipt to read, and the invoice to keep where there is one. */
function Papers({ projectId, topUp: { id, createdAt, hasInvoice } }: { projectId: string; topUp: TopUpView }) {
  const href = `/dashboard/${projectId}/billing/receipts/${id}`;
  const day = createdAt.slice(0, 10);
  return (
    <span className="inline-flex gap-3">
      <a
        href={href}
        target="_blank"
        rel="noreferrer"
        aria-label={`Receipt of ${day}, opens in a new tab`}
        className={LINK}
      >
        Receipt
      </a>
      {hasInvoice ? (
        <a href={`${href}?as=pdf`} aria-label={`Invoice of ${day} as PDF`} className={LINK}>
          PDF
        </a>
      ) : null}
    </span>
  );
}

/** Whether a refund or dispute took credits back. */
function isTaken({ status, amount, credits }: TopUpView): boolean {
  return (status === "refunded" || status === "disputed") && parseUsd(credits) < parseUsd(amount);
}
