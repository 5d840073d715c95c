"use client";

import { Check, ChevronDown } from "lucide-react";
import { Select as RadixSelect } from "radix-ui";
import { cn } from "@/components/ui/cn";
import type { FieldControl } from "@/components/ui/field";
import { controlStyles } from "@/components/ui/input";

export interface SelectOption<Value extends string> {
  value: Value;
  label: string;
  /** A second, quieter line in the list. */
  hint?: string;
}

interface SelectProps<Value extends string> extends Partial<FieldControl> {
  value: Value;
  onChange: (value: Value) => void;
  options: readonly SelectOption<Value>[];
  /** The accessible name where no label points here. */
  "aria-label"?: string;
  className?: string;
  disabled?: boolean;
  /** Shown while nothing is chosen. */
  placeholder?: string;
}

/** A choice of one from a short list. */
export function Select<Value extends string>({
  value,
  onChange,
  options,
  className,
  disabled,
  placeholder,
  ...control
}: SelectProps<Value>) {
  const choose = (next: string) => {
    const option = options.find((candidate) => candidate.value === next);
    if (option) onChange(option.value);
  };
  return (
    <RadixSelect.Root value={value} onValueChange={choose} disabled={disabled}>
      <RadixSelect.Trigger
        className={cn(controlStyles, "inline-flex items-center justify-between gap-2 text-left", className)}
        {...control}
      >
        <span className="truncate">
          {/* Said here, so that it stands in the page that the server sends: Radix reads it from the open list. */}
          <RadixSelect.Value placeholder={placeholder}>
            {options.find((option) => option.value === value)?.label}
          </RadixSelect.Value>
        </span>
        <RadixSelect.Icon asChild>
          <ChevronDown className="size-3.5 shrink-0 text-faint" />
        </RadixSelect.Icon>
      </RadixSelect.Trigger>
      <RadixSelect.Portal>
        <RadixSelect.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) animate-fade overflow-hidden rounded-lg border border-line bg-raised p-1 shadow-pop"
        >
          <RadixSelect.Viewport>
            {options.map((option) => (
              <RadixSelect.Item
                key={option.value}
                value={option.value}
                className="relative flex cursor-default select-none flex-col rounded-md py-1.5 pr-8 pl-2.5 text-ui outline-none data-highlighted:bg-hover"
              >
                <RadixSelect.ItemText>{option.label}</RadixSelect.ItemText>
                {option.hint ? <span className="text-faint text-xs">{option.hint}</span> : null}
                <RadixSelect.ItemIndicator className="absolute top-2 right-2.5">
                  <Check className="size-3.5 text-accent-text" />
                </RadixSelect.ItemIndicator>
              </RadixSelect.Item>
            ))}
          </RadixSelect.Viewport>
        </RadixSelect.Content>
      </RadixSelect.Portal>
    </RadixSelect.Root>
  );
}
