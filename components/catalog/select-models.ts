import type { ModelFilters, ModelSort } from "@/components/catalog/model-filters";
import type { CatalogueEntry } from "@/lib/catalog/catalogue-entry";
import { parseUsd } from "@/lib/core/money";

export const MODELS_A_PAGE = 50;

/** A model with whether the project on screen may call it; null where there is no project. */
export interface ListedModel {
  entry: CatalogueEntry;
  isCallable: boolean | null;
}

export interface ModelPage {
  models: ListedModel[];
  /** How many there are over all pages. */
  found: number;
  /** Counted from 1; the last one where the address asked for a later one. */
  page: number;
  pages: number;
}

function matches({ entry, isCallable }: ListedModel, filters: ModelFilters): boolean {
  const words = filters.q.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [entry.id, ...entry.aliases, ...entry.snapshots].join(" ").toLowerCase();
  const holds = (all: readonly string[], wanted: string) => wanted === "" || all.includes(wanted);
  return (
    words.every((word) => text.includes(word)) &&
    (filters.provider === "" || entry.offers.some(({ provider }) => provider === filters.provider)) &&
    holds(entry.capabilities, filters.capability) &&
    holds(entry.input, filters.input) &&
    (!filters.callable || isCallable !== false)
  );
}

/** What a list is sorted by; null comes last whichever way it is sorted. */
function sortValue({ entry }: ListedModel, sort: Exclude<ModelSort, "" | "name">): bigint | null {
  if (sort === "context") return BigInt(entry.contextWindow);
  const price = entry.offers[0]?.price;
  return price ? parseUsd(price[sort]) : null;
}

function compare(a: ListedModel, b: ListedModel, sort: Exclude<ModelSort, "">, descending: boolean): number {
  const sign = descending ? -1 : 1;
  if (sort === "name") return sign * (a.entry.name < b.entry.name ? -1 : a.entry.name > b.entry.name ? 1 : 0);
  const [left, right] = [sortValue(a, sort), sortValue(b, sort)];
  if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
  return left === right ? 0 : sign * (left < right ? -1 : 1);
}

/** The page of models that the filters ask for; every word of the search has to be part of one of a model's names. */
export function selectModels(all: readonly ListedModel[], filters: ModelFilters): ModelPage {
  const found = all.filter((model) => matches(model, filters));
  const { sort, descending } = filters;
  const sorted = sort === "" ? found : found.toSorted((a, b) => compare(a, b, sort, descending));
  const pages = Math.max(1, Math.ceil(sorted.length / MODELS_A_PAGE));
  const page = Math.min(pages, Math.max(1, filters.page));
  return {
    models: sorted.slice((page - 1) * MODELS_A_PAGE, page * MODELS_A_PAGE),
    found: sorted.length,
    page,
    pages,
  };
}
