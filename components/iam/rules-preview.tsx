"use client";

import { ListFilter } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { ScrollRegion } from "@/components/ui/scroll-region";
import { SearchInput } from "@/components/ui/search-input";
import { Skeleton } from "@/components/ui/skeleton";
import type { RulesPreview } from "@/lib/iam/rule-drafts";

const SHOWN_MAX = 100;

interface RulesPreviewPanelProps {
  /** What the rules leave; undefined while it is not known. */
  preview: RulesPreview | undefined;
  /** Whether it is of rules that are not saved. */
  isDraft: boolean;
}

/** How many models rules leave, and which. */
export function RulesPreviewPanel({ preview, isDraft }: RulesPreviewPanelProps) {
  const [open, setOpen] = useState(false);
  const [search, setSearch] = useState("");
  if (preview === undefined) return <Skeleton className="h-9" />;
  const { left, total } = preview;
  const wanted = search.trim().toLowerCase();
  const found = left.filter(
    ({ name, providers }) => name.toLowerCase().includes(wanted) || providers.some((id) => id.includes(wanted)),
  );
  return (
    <div className="rounded-lg border border-line bg-sunken p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status" className="tabular text-ui">
          <strong className="font-semibold">{left.length}</strong> of {total} models{" "}
          {isDraft ? "would be left" : "are left"}
          {left.length === 0 ? ": every call would be denied" : ""}
        </p>
        {left.length > 0 ? (
          <Button size="sm" variant="ghost" aria-expanded={open} onClick={() => setOpen(!open)}>
            <ListFilter />
            {open ? "Hide them" : "Show them"}
          </Button>
        ) : null}
      </div>
      {open && left.length > 0 ? (
        <div className="mt-2.5 grid grid-cols-[minmax(0,1fr)] gap-2">
          <SearchInput
            aria-label="Search the models that are left"
            placeholder="Search"
            value={search}
            onSearch={setSearch}
            className="max-w-64"
          />
          <ScrollRegion
            label="Models that are left"
            className="max-h-64 overflow-y-auto rounded-md border border-line bg-surface"
          >
            <ul className="divide-y divide-line text-xs">
              {found.slice(0, SHOWN_MAX).map(({ name, providers }) => (
                <li key={name} className="flex flex-wrap justify-between gap-x-4 px-3 py-1.5">
                  <span className="break-all font-mono">{name}</span>
                  <span className="text-faint">{providers.join(", ")}</span>
                </li>
              ))}
            </ul>
          </ScrollRegion>
          {found.length > SHOWN_MAX ? (
            <p className="text-faint text-xs">{found.length - SHOWN_MAX} more; search to narrow.</p>
          ) : null}
        </div>
      ) : null}
      <p className="mt-1.5 text-faint text-xs">
        The same check that calls go through, without addresses, provider keys and credits.
      </p>
    </div>
  );
}
