"use client";

import { RadioGroup } from "radix-ui";
import { type ReactNode, useId } from "react";
import { cn } from "@/components/ui/cn";

export interface RadioCardOption<Value extends string> {
  value: Value;
  title: string;
  /** Plain words: what choosing it means. */
  description: ReactNode;
  /** Beside the title, such as a badge. */
  aside?: ReactNode;
}

interface RadioCardsProps<Value extends string> {
  /** The accessible name of the group. */
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly RadioCardOption<Value>[];
  disabled?: boolean;
  className?: string;
}

/** A choice of one where each option needs a sentence. */
export function RadioCards<Value extends string>({
  label,
  value,
  onChange,
  options,
  disabled,
  className,
}: RadioCardsProps<Value>) {
  const id = useId();
  const choose = (next: string) => {
    const option = options.find((candidate) => candidate.value === next);
    if (option) onChange(option.value);
  };
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={choose}
      disabled={disabled}
      className={cn("grid gap-2", className)}
    >
      {options.map((option) => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          aria-labelledby={`${id}-${option.value}-title`}
          aria-describedby={`${id}-${option.value}-text`}
          className="group flex items-start gap-3 rounded-lg border border-line-strong bg-surface p-3 text-left transition-colors hover:border-faint/60 disabled:opacity-60 data-[state=checked]:border-accent data-[state=checked]:bg-accent-wash/40"
        >
          <span
            aria-hidden
            className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-full border border-faint group-data-[state=checked]:border-accent group-data-[state=checked]:bg-accent"
          >
            <span className="size-1.5 rounded-full bg-transparent group-data-[state=checked]:bg-accent-ink" />
          </span>
          <span className="min-w-0 flex-1">
            <span className="flex flex-wrap items-center gap-2">
              <span id={`${id}-${option.value}-title`} className="font-medium text-ink text-ui">
                {option.title}
              </span>
              {option.aside}
            </span>
            <span id={`${id}-${option.value}-text`} className="mt-0.5 block text-soft text-ui">
              {option.description}
            </span>
          </span>
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
