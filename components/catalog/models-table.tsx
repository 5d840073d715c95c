import { ArrowDown, ArrowUp } from "lucide-react";
import Link from "next/link";
import { CAPABILITY_WORDS } from "@/components/catalog/capability-words";
import { type ModelFilters, type ModelSort, serializeModelFilters } from "@/components/catalog/model-filters";
import { modelPath } from "@/components/catalog/model-path";
import { PriceText } from "@/components/catalog/price-text";
import type { ListedModel } from "@/components/catalog/select-models";
import { tokenCount } from "@/components/catalog/token-count";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { Cell, HeaderCell, Row, Table, TableHead } from "@/components/ui/table";

interface ModelsTableProps {
  models: ListedModel[];
  filters: ModelFilters;
  /** The address of the list. */
  base: string;
}

interface SortHeaderProps {
  by: Exclude<ModelSort, "">;
  label: string;
  filters: ModelFilters;
  base: string;
  numeric?: boolean;
  className?: string;
}

/** A heading that sorts: up, down, and back to the catalogue's own order. */
function SortHeader({ by, label, filters, base, numeric = false, className }: SortHeaderProps) {
  const on = filters.sort === by;
  const next = !on
    ? { sort: by, descending: false }
    : filters.descending
      ? { sort: "" as const, descending: false }
      : { sort: by, descending: true };
  const Arrow = filters.descending ? ArrowDown : ArrowUp;
  return (
    <HeaderCell
      numeric={numeric}
      className={className}
      aria-sort={on ? (filters.descending ? "descending" : "ascending") : "none"}
    >
      <Link
        href={serializeModelFilters(base, { ...filters, ...next, page: 1 })}
        scroll={false}
        className={cn("inline-flex items-center gap-1 rounded hover:text-ink", on && "text-ink")}
      >
        {label}
        {on ? <Arrow className="size-3" aria-hidden /> : null}
      </Link>
    </HeaderCell>
  );
}

/** Who serves a model: the first by name, the others by number, with all of them on hover. */
function providersOf({ entry }: ListedModel): { short: string; all: string } {
  const names = [...new Set(entry.offers.map(({ providerName }) => providerName))];
  const [first = "", ...others] = names;
  return { short: others.length === 0 ? first : `${first} +${others.length}`, all: names.join(", ") };
}

/** What a model can do; every chat model streams. */
function abilitiesOf({ entry }: ListedModel): string {
  if (entry.kind === "embedding") return "Embeddings";
  return entry.capabilities
    .filter((capability) => capability !== "streaming")
    .map((capability) => CAPABILITY_WORDS[capability])
    .join(", ");
}

/** Models with what they can take, do and cost; each line leads to its model. */
export function ModelsTable({ models, filters, base }: ModelsTableProps) {
  const head = { filters, base };
  return (
    <Table label="Models">
      <TableHead>
        <tr>
          <SortHeader by="name" label="Model" {...head} />
          <HeaderCell className="hidden md:table-cell">Providers</HeaderCell>
          <HeaderCell className="hidden xl:table-cell">Capabilities</HeaderCell>
          <SortHeader by="context" label="Context" numeric {...head} className="hidden sm:table-cell" />
          <HeaderCell numeric className="hidden lg:table-cell">
            Max output
          </HeaderCell>
          <SortHeader by="input" label="Input / M" numeric {...head} />
          <SortHeader by="output" label="Output / M" numeric {...head} />
        </tr>
      </TableHead>
      <tbody>
        {models.map((model) => {
          const { entry, isCallable } = model;
          const providers = providersOf(model);
          const price = entry.offers[0]?.price ?? null;
          return (
            <Row key={entry.id} className="relative hover:bg-hover/60">
              <Cell className="max-w-36 sm:max-w-72">
                <Link
                  href={modelPath(base, entry.id)}
                  prefetch={false}
                  title={entry.id}
                  className="block truncate rounded font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-ring focus-visible:after:outline-offset-[-2px]"
                >
                  {entry.name}
                </Link>
                <span className="flex items-center gap-2 text-faint text-xs">
                  <span className="truncate">
                    {entry.vendor}
                    <span className="md:hidden">, {tokenCount(entry.contextWindow)}</span>
                  </span>
                  {isCallable ? <Badge tone="good">Callable</Badge> : null}
                </span>
              </Cell>
              <Cell className="hidden max-w-40 truncate text-soft md:table-cell" title={providers.all}>
                {providers.short}
              </Cell>
              <Cell className="hidden whitespace-nowrap text-soft text-xs xl:table-cell">{abilitiesOf(model)}</Cell>
              <Cell numeric className="hidden sm:table-cell">
                <span title={`${entry.contextWindow} tokens`}>{tokenCount(entry.contextWindow)}</span>
              </Cell>
              <Cell numeric className="hidden text-soft lg:table-cell">
                {entry.kind === "embedding" ? "none" : tokenCount(entry.maxOutput)}
              </Cell>
              <Cell numeric>
                <PriceText price={price} of="input" />
              </Cell>
              <Cell numeric>
                {entry.kind === "embedding" ? (
                  <span className="text-faint">none</span>
                ) : (
                  <PriceText price={price} of="output" />
                )}
              </Cell>
            </Row>
          );
        })}
      </tbody>
    </Table>
  );
}
