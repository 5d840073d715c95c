import { parseUsd } from "@/lib/core/money";
import type { KeyView } from "@/lib/keys/key-view";

export type SortBy = "name" | "usage" | "lastUsed" | "created";

export interface Sort {
  by: SortBy;
  descending: boolean;
}

function difference(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The columns that sort, and how two keys compare in each. */
export const SORTS: Record<SortBy, { label: string; compare: (a: KeyView, b: KeyView) => number }> = {
  name: { label: "Name", compare: (a, b) => a.name.localeCompare(b.name) },
  usage: { label: "Usage", compare: (a, b) => difference(parseUsd(a.usage), parseUsd(b.usage)) },
  lastUsed: { label: "Last used", compare: (a, b) => (a.lastUsedAt ?? "").localeCompare(b.lastUsedAt ?? "") },
  created: { label: "Created", compare: (a, b) => a.createdAt.localeCompare(b.createdAt) },
};

/** A sorted copy; keys that compare equal keep the order in which they came. */
export function sortKeys(keys: readonly KeyView[], { by, descending }: Sort): KeyView[] {
  const { compare } = SORTS[by];
  return [...keys].sort((a, b) => (descending ? compare(b, a) : compare(a, b)));
}
