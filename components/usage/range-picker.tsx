"use client";

import { useQueryStates } from "nuqs";
import { type TransitionStartFunction, useId } from "react";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Select } from "@/components/ui/select";
import { rangeParsers } from "@/components/usage/usage-filters";
import { RANGE_WORDS } from "@/components/usage/usage-words";
import { RANGES, type Range } from "@/lib/usage/span";

interface RangePickerProps {
  /** The span that is shown, UTC days, both included: what a range of one's own begins with. Null where there is none. */
  shown: { firstDay: string; lastDay: string } | null;
  startTransition: TransitionStartFunction;
}

/** Chooses the span of a page; it stands in the address. */
export function RangePicker({ shown, startTransition }: RangePickerProps) {
  const id = useId();
  const [filters, setFilters] = useQueryStates(rangeParsers, { shallow: false, startTransition });
  const choose = (range: Range) =>
    void setFilters(
      range === "own" && shown ? { range, from: shown.firstDay, to: shown.lastDay } : { range, from: null, to: null },
    );
  return (
    <>
      <Select
        aria-label="Range"
        value={filters.range}
        onChange={choose}
        options={RANGES.map((value) => ({ value, label: RANGE_WORDS[value] }))}
        className="h-8 w-40 text-ui"
      />
      {filters.range === "own" ? (
        <div className="flex flex-wrap items-center gap-2">
          {(["from", "to"] as const).map((end) => (
            <span key={end} className="flex items-center gap-1.5">
              <Label htmlFor={`${id}-${end}`} className="font-normal text-soft">
                {end === "from" ? "From" : "To"}
              </Label>
              <Input
                id={`${id}-${end}`}
                type="date"
                value={filters[end]}
                onChange={(event) => void setFilters({ [end]: event.target.value })}
                className="h-8 w-36 text-ui"
              />
            </span>
          ))}
        </div>
      ) : null}
    </>
  );
}
