import { cn } from "@/components/ui/cn";
import { formatMoney } from "@/components/ui/money";

interface MoneyProps {
  /** Decimal string of USD; null where there is no price. */
  amount: string | null;
  exact?: boolean;
  className?: string;
}

/** An amount in tabular figures; the exact one is in the title when the shown one is rounded. */
export function Money({ amount, exact = false, className }: MoneyProps) {
  if (amount === null) {
    return (
      <span className={cn("text-faint", className)} title="This model has no price">
        no price
      </span>
    );
  }
  const shown = formatMoney(amount, { exact });
  const full = formatMoney(amount, { exact: true });
  return (
    <span className={cn("tabular whitespace-nowrap", className)} title={shown === full ? undefined : `${full} USD`}>
      {shown}
    </span>
  );
}
