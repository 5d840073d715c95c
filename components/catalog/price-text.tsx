import { tokenCount } from "@/components/catalog/token-count";
import { Money } from "@/components/ui/money-text";
import type { EntryPrice } from "@/lib/catalog/catalogue-entry";

interface PriceTextProps {
  price: EntryPrice | null;
  of: "input" | "output";
}

/** USD per million tokens, with what long prompts cost below it where there is room. */
export function PriceText({ price, of }: PriceTextProps) {
  return (
    <>
      <Money amount={price === null ? null : price[of]} />
      {price?.tiers.map((tier) => (
        <span key={tier.above} className="hidden text-faint text-xs sm:block">
          <Money amount={tier[of]} /> over {tokenCount(tier.above)}
        </span>
      ))}
    </>
  );
}
