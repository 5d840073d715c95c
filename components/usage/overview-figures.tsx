import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { formatMoney } from "@/components/ui/money";
import { Money } from "@/components/ui/money-text";
import { duration } from "@/components/ui/time";
import { changeOf, errorRate, type Figures, type Overview, type Percentiles } from "@/lib/usage/overview";

const count = new Intl.NumberFormat("en-GB");
const share = new Intl.NumberFormat("en-GB", { style: "percent", maximumFractionDigits: 2 });
const change = new Intl.NumberFormat("en-GB", {
  style: "percent",
  maximumFractionDigits: 0,
  signDisplay: "exceptZero",
});

/** Beyond this a share says less than how many times it is. */
const TIMES_FROM = 10;

interface OverviewFiguresProps {
  overview: Overview;
  /** What the span is compared with, as in "the 30 days before". */
  beforeWords: string;
  /** Decimal strings of USD; null for those who may not see it. */
  balance: { available: string; held: string } | null;
}

function Figure({ name, value, children }: { name: string; value: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-4 py-4 sm:px-5">
      <dt className="text-faint text-xs">{name}</dt>
      <dd className="tabular mt-1 truncate font-semibold text-xl tracking-tight">{value}</dd>
      <dd className="tabular mt-0.5 text-soft text-xs">{children}</dd>
    </div>
  );
}

/** "+25% on the 30 days before"; more is bad, good or neither. */
function Change({ now, before, more, words }: { now: number; before: number; more?: "bad"; words: string }) {
  const by = changeOf(now, before);
  if (by === null) return now === 0 ? `None ${words.replace(/^the/, "in the")} either` : `None in ${words}`;
  const text = by >= TIMES_FROM ? `${count.format(Math.round(by + 1))} times` : change.format(by);
  const tone = more === "bad" && Math.abs(by) >= 0.1 ? (by > 0 ? "text-danger-text" : "text-accent-text") : "text-ink";
  return (
    <>
      <span className={cn("font-medium", tone)}>{text}</span> {by >= TIMES_FROM ? words : `on ${words}`}
    </>
  );
}

function Times({ of, before, words }: { of: Percentiles; before: Percentiles; words: string }) {
  if (of.p95 === null) return "Nothing was timed";
  return (
    <>
      {duration(of.p95)} p95
      {before.p50 === null || of.p50 === null ? null : (
        <span className="block">
          <Change now={of.p50} before={before.p50} more="bad" words={words} />
        </span>
      )}
    </>
  );
}

const timeOf = ({ p50 }: Percentiles): ReactNode =>
  p50 === null ? (
    <span className="text-faint">none</span>
  ) : (
    <>
      {duration(p50)} <span className="font-normal text-faint text-xs">p50</span>
    </>
  );

const rateWords = (figures: Figures): string | null => {
  const rate = errorRate(figures);
  return rate === null ? null : share.format(rate);
};

/** What there is to spend, and how a span went beside the one before it. */
export function OverviewFigures({ overview: { current, before }, beforeWords: words, balance }: OverviewFiguresProps) {
  const tokens = current.promptTokens + current.completionTokens;
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line shadow-card lg:grid-cols-3">
      {balance ? (
        <Figure name="Credits available" value={<Money amount={balance.available} />}>
          <span className="text-held-text">{formatMoney(balance.held)}</span> held for running calls
        </Figure>
      ) : (
        <Figure name="Tokens" value={count.format(tokens)}>
          {count.format(current.promptTokens)} in, {count.format(current.completionTokens)} out
        </Figure>
      )}
      <Figure name="Spend" value={<Money amount={current.cost} />}>
        <Change now={Number(current.cost)} before={Number(before.cost)} words={words} />
      </Figure>
      <Figure name="Requests" value={count.format(current.requests)}>
        <Change now={current.requests} before={before.requests} words={words} />
      </Figure>
      <Figure name="Error rate" value={rateWords(current) ?? <span className="text-faint">none</span>}>
        {count.format(current.errors)} failed; {rateWords(before) ?? "none"} in {words}
      </Figure>
      <Figure name="Latency" value={timeOf(current.latency)}>
        <Times of={current.latency} before={before.latency} words={words} />
      </Figure>
      <Figure name="Time to first token" value={timeOf(current.firstToken)}>
        <Times of={current.firstToken} before={before.firstToken} words={words} />
      </Figure>
    </dl>
  );
}
