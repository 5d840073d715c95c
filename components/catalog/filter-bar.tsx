"use client";

import { debounce, useQueryStates } from "nuqs";
import { useTransition } from "react";
import { type ModelFilters, modelFilterParsers } from "@/components/catalog/model-filters";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { SearchInput } from "@/components/ui/search-input";
import { Select } from "@/components/ui/select";

/** Radix's select takes no empty value. */
const ANY = "any";
const TYPING_MS = 200;

interface Option {
  value: string;
  label: string;
}

interface FilterBarProps {
  providers: readonly Option[];
  capabilities: readonly Option[];
  inputs: readonly Option[];
  /** Whether there is a project that models can be callable in. */
  hasProject: boolean;
}

/** Search and filters of the catalogue, kept in the address; the server lists what they ask for. */
export function FilterBar({ providers, capabilities, inputs, hasProject }: FilterBarProps) {
  const [isPending, startTransition] = useTransition();
  const [filters, setFilters] = useQueryStates(modelFilterParsers, { shallow: false, startTransition });
  const narrow = (change: Partial<ModelFilters>) => void setFilters({ ...change, page: null });
  const isFiltered =
    filters.q !== "" ||
    filters.provider !== "" ||
    filters.capability !== "" ||
    filters.input !== "" ||
    filters.callable;
  const choices = [
    { name: "provider", label: "Provider", any: "All providers", options: providers },
    { name: "capability", label: "Capability", any: "Any capability", options: capabilities },
    { name: "input", label: "Input", any: "Any input", options: inputs },
  ] as const;
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2" aria-busy={isPending}>
      <SearchInput
        aria-label="Search models"
        placeholder="Search by name"
        value={filters.q}
        maxLength={200}
        onSearch={(text) =>
          void setFilters({ q: text || null, page: null }, { limitUrlUpdates: debounce(text === "" ? 0 : TYPING_MS) })
        }
        className="sm:w-60"
      />
      {choices.map(({ name, label, any, options }) => {
        const value = filters[name];
        const known = value === "" || options.some((option) => option.value === value);
        return (
          <Select
            key={name}
            aria-label={label}
            value={value || ANY}
            onChange={(next) => narrow({ [name]: next === ANY ? "" : next })}
            options={[{ value: ANY, label: any }, ...options, ...(known ? [] : [{ value, label: value }])]}
            className="h-8 w-36 text-ui"
          />
        );
      })}
      {hasProject ? (
        <Checkbox checked={filters.callable} onChange={(callable) => narrow({ callable })}>
          Callable in this project
        </Checkbox>
      ) : null}
      {isFiltered ? (
        <Button
          variant="ghost"
          size="sm"
          onClick={() => narrow({ q: "", provider: "", capability: "", input: "", callable: false })}
        >
          Clear filters
        </Button>
      ) : null}
    </div>
  );
}
