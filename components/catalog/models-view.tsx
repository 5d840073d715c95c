import { Search } from "lucide-react";
import Link from "next/link";
import { CAPABILITY_WORDS, MODALITY_WORDS } from "@/components/catalog/capability-words";
import { FilterBar } from "@/components/catalog/filter-bar";
import { type ModelFilters, serializeModelFilters } from "@/components/catalog/model-filters";
import { ModelsTable } from "@/components/catalog/models-table";
import { type ListedModel, MODELS_A_PAGE, selectModels } from "@/components/catalog/select-models";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { PageHeader } from "@/components/ui/page-header";

interface ModelsViewProps {
  models: readonly ListedModel[];
  filters: ModelFilters;
  /** The address of the list. */
  base: string;
  /** Whether the list is a project's, which may call some of them. */
  hasProject: boolean;
}

function optionsOf<Value extends string>(used: ReadonlySet<Value>, words: Readonly<Record<Value, string>>) {
  return [...used].map((value) => ({ value, label: words[value] }));
}

/** The catalogue: search, filters, a page of models, and the way to the next. */
export function ModelsView({ models, filters, base, hasProject }: ModelsViewProps) {
  const { models: shown, found, page, pages } = selectModels(models, filters);
  const providers = new Map(
    models.flatMap(({ entry }) => entry.offers.map(({ provider, providerName }) => [provider, providerName])),
  );
  const first = (page - 1) * MODELS_A_PAGE;
  const turn = (to: number) => serializeModelFilters(base, { ...filters, page: to });
  return (
    <>
      <PageHeader
        title="Models"
        description="What can be called, by whom it is served, and what it costs in USD for a million tokens. Prices are those of the provider that is tried first."
      />
      <FilterBar
        providers={[...providers].map(([value, label]) => ({ value, label }))}
        capabilities={optionsOf(new Set(models.flatMap(({ entry }) => entry.capabilities)), CAPABILITY_WORDS)}
        inputs={optionsOf(new Set(models.flatMap(({ entry }) => entry.input)), MODALITY_WORDS)}
        hasProject={hasProject}
      />
      <Card className="overflow-hidden">
        {found === 0 ? (
          <EmptyState
            icon={Search}
            title="No model fits"
            action={
              <Button asChild>
                <Link href={base}>Clear filters</Link>
              </Button>
            }
          >
            None of the {models.length} models of the catalogue matches.
          </EmptyState>
        ) : (
          <ModelsTable models={shown} filters={filters} base={base} />
        )}
      </Card>
      <nav aria-label="Pages" className="mt-3 flex items-center justify-between gap-3">
        <p role="status" className="tabular text-soft text-ui">
          {found === 0 ? "No models" : `${first + 1} to ${first + shown.length} of ${found}`}
        </p>
        {pages > 1 ? (
          <span className="flex gap-2">
            {page > 1 ? (
              <Button asChild size="sm">
                <Link href={turn(page - 1)}>Previous</Link>
              </Button>
            ) : null}
            {page < pages ? (
              <Button asChild size="sm">
                <Link href={turn(page + 1)}>Next</Link>
              </Button>
            ) : null}
          </span>
        ) : null}
      </nav>
    </>
  );
}
