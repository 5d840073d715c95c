import { tokenCount } from "@/components/catalog/token-count";
import { Badge } from "@/components/ui/badge";
import { Money } from "@/components/ui/money-text";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";
import type { CatalogueEntry, EntryRates } from "@/lib/catalog/catalogue-entry";

interface OffersTableProps {
  entry: CatalogueEntry;
  /** Those that would serve the project on screen; null where there is none. */
  servedBy: readonly string[] | null;
}

function RateCells({ rates, hasOutput }: { rates: EntryRates | null; hasOutput: boolean }) {
  const fallBack = <span className="text-faint">as input</span>;
  return (
    <>
      <Cell numeric>
        <Money amount={rates?.input ?? null} />
      </Cell>
      <Cell numeric>
        {hasOutput ? <Money amount={rates?.output ?? null} /> : <span className="text-faint">none</span>}
      </Cell>
      <Cell numeric>{rates?.cachedInput ? <Money amount={rates.cachedInput} /> : rates ? fallBack : null}</Cell>
      <Cell numeric>{rates?.cacheWrite ? <Money amount={rates.cacheWrite} /> : rates ? fallBack : null}</Cell>
    </>
  );
}

/** Who serves a model, in the order in which they are tried, and what each asks, for long prompts on a line of its own. */
export function OffersTable({ entry, servedBy }: OffersTableProps) {
  const hasOutput = entry.kind === "chat";
  return (
    <Table label="Providers and prices in USD for a million tokens">
      <TableHead>
        <tr>
          <HeaderCell>Provider</HeaderCell>
          <HeaderCell numeric>Input</HeaderCell>
          <HeaderCell numeric>Output</HeaderCell>
          <HeaderCell numeric>Cache read</HeaderCell>
          <HeaderCell numeric>Cache write</HeaderCell>
          <HeaderCell numeric>Context</HeaderCell>
          <HeaderCell numeric>Max output</HeaderCell>
        </tr>
      </TableHead>
      <tbody>
        {entry.offers.flatMap((offer) => {
          const key = `${offer.provider}/${offer.upstreamModel}`;
          return [
            <Row key={key}>
              <Cell className="min-w-44">
                <span className="flex flex-wrap items-center gap-2 font-medium">
                  {offer.providerName}
                  {servedBy?.includes(offer.provider) ? <Badge tone="good">Callable</Badge> : null}
                </span>
                <span className="block break-all font-mono text-faint text-xs">{offer.upstreamModel}</span>
                {offer.price?.request ? (
                  <span className="block text-faint text-xs">
                    and <Money amount={offer.price.request} /> for each request
                  </span>
                ) : null}
              </Cell>
              <RateCells rates={offer.price} hasOutput={hasOutput} />
              <Cell numeric>{tokenCount(offer.contextWindow)}</Cell>
              <Cell numeric>{hasOutput ? tokenCount(offer.maxOutput) : <span className="text-faint">none</span>}</Cell>
            </Row>,
            ...(offer.price?.tiers ?? []).map((tier) => (
              <Row key={`${key} ${tier.above}`}>
                <Cell className="text-soft">Prompts over {tokenCount(tier.above)} tokens</Cell>
                <RateCells rates={tier} hasOutput={hasOutput} />
                <Cell />
                <Cell />
              </Row>
            )),
          ];
        })}
      </tbody>
    </Table>
  );
}
