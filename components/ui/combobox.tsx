"use client";

import { Command } from "cmdk";
import { Check, ChevronsUpDown } from "lucide-react";
import { Popover } from "radix-ui";
import { useState } from "react";
import { cn } from "@/components/ui/cn";
import { controlStyles } from "@/components/ui/input";

export interface ComboboxOption {
  value: string;
  label: string;
  /** A second, quieter text in the list; searched as well. */
  hint?: string;
}

interface ComboboxProps {
  /** The accessible name. */
  label: string;
  value: string;
  onChange: (value: string) => void;
  options: readonly ComboboxOption[];
  /** In the field that narrows the list. */
  placeholder: string;
  className?: string;
}

/** A choice of one from a list that is too long to look through: a few letters narrow it. */
export function Combobox({ label, value, onChange, options, placeholder, className }: ComboboxProps) {
  const [open, setOpen] = useState(false);
  const chosen = options.find((option) => option.value === value);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button
          type="button"
          aria-label={`${label}: ${chosen?.label ?? value}`}
          className={cn(controlStyles, "inline-flex items-center justify-between gap-2 text-left", className)}
        >
          <span className="truncate">{chosen?.label ?? value}</span>
          <ChevronsUpDown className="size-3.5 shrink-0 text-faint" aria-hidden />
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          className="z-50 w-80 max-w-[calc(100vw-1rem)] animate-fade overflow-hidden rounded-lg border border-line bg-raised shadow-pop outline-none"
        >
          <Command label={label} loop defaultValue={value}>
            <Command.Input
              placeholder={placeholder}
              className="h-9 w-full border-line border-b bg-transparent px-3 text-ui outline-none placeholder:text-faint"
            />
            <Command.List className="max-h-72 overflow-y-auto p-1">
              <Command.Empty className="px-3 py-6 text-center text-soft text-ui">Nothing by that name.</Command.Empty>
              {options.map((option) => (
                <Command.Item
                  key={option.value}
                  value={option.value}
                  keywords={[option.label, ...(option.hint ? [option.hint] : [])]}
                  onSelect={() => {
                    onChange(option.value);
                    setOpen(false);
                  }}
                  className="flex cursor-default items-center gap-2 rounded-md px-2.5 py-1.5 text-ui data-[selected=true]:bg-hover"
                >
                  <span className="min-w-0 flex-1">
                    <span className="block truncate">{option.label}</span>
                    {option.hint ? <span className="block truncate text-faint text-xs">{option.hint}</span> : null}
                  </span>
                  {option.value === value ? (
                    <Check className="size-3.5 shrink-0 text-accent-text" aria-label="chosen" />
                  ) : null}
                </Command.Item>
              ))}
            </Command.List>
          </Command>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
