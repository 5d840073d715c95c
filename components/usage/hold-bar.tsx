import { formatMoney, percentOf } from "@/components/ui/money";
import { formatUsd, parseUsd } from "@/lib/core/money";

interface HoldBarProps {
  /** Decimal strings of USD. */
  hold: string;
  cost: string;
}

/** What was set aside against what the call did cost. */
export function HoldBar({ hold, cost }: HoldBarProps) {
  const released = parseUsd(hold) - parseUsd(cost);
  const share = percentOf(cost, hold);
  return (
    <div>
      <div
        role="img"
        aria-label={`${formatMoney(cost, { exact: true })} of the ${formatMoney(hold, { exact: true })} set aside was needed`}
        className="flex h-2 overflow-hidden rounded-full"
      >
        {/* A cost is often a tiny part of its hold; a sliver shows that it is not nothing. */}
        <span className="bg-accent" style={{ width: `${parseUsd(cost) > 0n ? Math.max(share, 1) : 0}%` }} />
        <span className="held-stripes flex-1 opacity-45" />
      </div>
      <div className="tabular mt-2 flex flex-wrap justify-between gap-x-4 text-soft text-xs">
        <span>{formatMoney(cost, { exact: true })} needed</span>
        <span>{formatMoney(formatUsd(released > 0n ? released : 0n), { exact: true })} given back</span>
      </div>
    </div>
  );
}
