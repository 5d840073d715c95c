import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import { loadModelFilters } from "@/components/catalog/model-filters";
import { ModelsView } from "@/components/catalog/models-view";
import { catalogueEntry } from "@/lib/catalog/catalogue-entry";
import { MODELS } from "@/lib/catalog/models";

export const metadata: Metadata = {
  title: "Models",
  description: "Every model of the catalogue with its providers, limits and prices.",
};

interface ModelsPageProps {
  searchParams: Promise<SearchParams>;
}

export default async function ModelsPage({ searchParams }: ModelsPageProps) {
  const filters = await loadModelFilters(searchParams);
  return (
    <div className="mx-auto max-w-6xl px-5 py-10 sm:px-8">
      <ModelsView
        models={MODELS.map((model) => ({ entry: catalogueEntry(model), isCallable: null }))}
        filters={{ ...filters, callable: false }}
        base="/models"
        hasProject={false}
      />
    </div>
  );
}
