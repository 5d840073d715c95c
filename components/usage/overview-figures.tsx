import type { ReactNode } from "react";
import { formatMoney } from "@/components/ui/money";
import { Money } from "@/components/ui/money-text";
import type { Overview, Totals } from "@/lib/usage/overview";

const count = new Intl.NumberFormat("en-GB");

interface OverviewFiguresProps {
  overview: Overview;
  /** Decimal strings of USD; null for those who may not see it. */
  balance: { available: string; held: string } | null;
}

function Figure({ name, value, children }: { name: string; value: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-4 py-4 sm:px-5">
      <dt className="text-faint text-xs">{name}</dt>
      <dd className="mt-1 truncate font-semibold text-xl tracking-tight">{value}</dd>
      <dd className="tabular mt-0.5 text-soft text-xs">{children}</dd>
    </div>
  );
}

function requestsOf({ requests, errors }: Totals): string {
  const failed = errors > 0 ? `, ${count.format(errors)} failed` : "";
  return `${count.format(requests)} ${requests === 1 ? "request" : "requests"}${failed}`;
}

/** What there is to spend, and what was spent today, this week and this month. */
export function OverviewFigures({ overview, balance }: OverviewFiguresProps) {
  const tokens = overview.last30Days.promptTokens + overview.last30Days.completionTokens;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line shadow-card lg:grid-cols-4">
      {balance ? (
        <Figure name="Credits available" value={<Money amount={balance.available} />}>
          <span className="text-held-text">{formatMoney(balance.held)}</span> held for running calls
        </Figure>
      ) : (
        <Figure name="Tokens, last 30 days" value={count.format(tokens)}>
          {count.format(overview.last30Days.promptTokens)} in, {count.format(overview.last30Days.completionTokens)} out
        </Figure>
      )}
      <Figure name="Spend today" value={<Money amount={overview.today.cost} />}>
        {requestsOf(overview.today)}
      </Figure>
      <Figure name="Last 7 days" value={<Money amount={overview.last7Days.cost} />}>
        {requestsOf(overview.last7Days)}
      </Figure>
      <Figure name="Last 30 days" value={<Money amount={overview.last30Days.cost} />}>
        {requestsOf(overview.last30Days)}
      </Figure>
    </dl>
  );
}
