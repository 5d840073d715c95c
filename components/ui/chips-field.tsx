"use client";

import { Command } from "cmdk";
import { Plus, X } from "lucide-react";
import { useRef, useState } from "react";
import { cn } from "@/components/ui/cn";
import type { FieldControl } from "@/components/ui/field";

const SHOWN_MAX = 50;

export interface ChipOption {
  value: string;
  /** A second, quieter text in the list; searched as well. */
  hint?: string;
}

interface ChipsFieldProps extends Partial<FieldControl> {
  /** The accessible name of the field that is typed into. */
  label: string;
  values: readonly string[];
  onChange: (values: string[]) => void;
  options: readonly ChipOption[];
  placeholder: string;
  /** How a text that is no option is offered, such as `All that begin so`; null or left out: only options can be chosen. */
  offer?: (text: string) => { value: string; words: string } | null;
}

/** Several names out of a long list, or typed: a few letters narrow the list, Backspace takes the last one back. */
export function ChipsField({ label, values, onChange, options, placeholder, offer, ...control }: ChipsFieldProps) {
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const chosen = new Set(values);
  const fitting = options.filter(
    ({ value, hint }) =>
      !chosen.has(value) &&
      (wanted === "" || value.toLowerCase().includes(wanted) || hint?.toLowerCase().includes(wanted)),
  );
  const typed = wanted === "" ? null : (offer?.(text.trim()) ?? null);
  const isOffered = typed !== null && !chosen.has(typed.value) && !options.some(({ value }) => value === typed.value);

  const add = (value: string) => {
    onChange([...values, value]);
    setText("");
    // It lies over what follows; a letter, a press or the arrow key opens it again.
    setOpen(false);
  };
  const remove = (value: string) => onChange(values.filter((other) => other !== value));

  return (
    <Command
      ref={box}
      label={label}
      loop
      shouldFilter={false}
      onFocus={() => setOpen(true)}
      onBlur={(event) => {
        if (!box.current?.contains(event.relatedTarget)) setOpen(false);
      }}
      onKeyDown={(event) => {
        const last = values.at(-1);
        if (event.key === "Backspace" && text === "" && last !== undefined) remove(last);
        if (event.key === "ArrowDown") setOpen(true);
        if (event.key === "Escape" && open) {
          event.preventDefault();
          event.stopPropagation();
          setOpen(false);
        }
        // Enter chooses here; it must not send the form that the field stands in.
        if (event.key === "Enter") event.stopPropagation();
      }}
      className={cn(
        "relative rounded-md border border-line-strong bg-surface shadow-card transition-colors focus-within:border-ring focus-within:outline-2 focus-within:outline-ring/40",
        control["aria-invalid"] && "border-danger",
      )}
    >
      <div className="flex flex-wrap items-center gap-1.5 px-2 py-1.5">
        {values.map((value) => (
          <span
            key={value}
            className="inline-flex max-w-full items-center gap-0.5 rounded bg-hover py-0.5 pr-0.5 pl-1.5 font-mono text-xs"
          >
            <span className="truncate">{value}</span>
            <button
              type="button"
              aria-label={`Remove ${value}`}
              onClick={() => remove(value)}
              className="flex size-5 items-center justify-center rounded text-soft hover:bg-line hover:text-ink"
            >
              <X className="size-3" aria-hidden />
            </button>
          </span>
        ))}
        <Command.Input
          {...control}
          aria-label={label}
          value={text}
          onClick={() => setOpen(true)}
          onValueChange={(next) => {
            setText(next);
            setOpen(true);
          }}
          placeholder={values.length === 0 ? placeholder : ""}
          className="h-6 min-w-28 flex-1 bg-transparent px-1 text-ui outline-none placeholder:text-faint"
        />
      </div>
      <Command.List
        label={label}
        hidden={!open}
        // Over what follows, not above it: else a press elsewhere, which closes the list, would find that moved away.
        // Pressed with a mouse, the field keeps the focus.
        onMouseDown={(event) => event.preventDefault()}
        className={cn(
          "absolute inset-x-0 top-full z-20 mt-1 max-h-52 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-pop",
          !open && "hidden",
        )}
      >
        {isOffered ? (
          <Command.Item value={`typed ${typed.value}`} onSelect={() => add(typed.value)} className={itemStyles}>
            <Plus className="size-3.5 text-faint" aria-hidden />
            <span className="min-w-0 truncate">
              {typed.words} <span className="font-mono text-xs">{typed.value}</span>
            </span>
          </Command.Item>
        ) : null}
        {open
          ? fitting.slice(0, SHOWN_MAX).map(({ value, hint }) => (
              <Command.Item key={value} value={value} onSelect={() => add(value)} className={itemStyles}>
                <span className="min-w-0 truncate font-mono text-xs">{value}</span>
                {hint ? <span className="ml-auto shrink-0 text-faint text-xs">{hint}</span> : null}
              </Command.Item>
            ))
          : null}
        {open && fitting.length === 0 && !isOffered ? (
          <p className="px-2.5 py-2 text-soft text-ui">
            {options.length === 0 ? placeholder : "Nothing by that name."}
          </p>
        ) : null}
        {fitting.length > SHOWN_MAX ? (
          <p className="px-2.5 py-1.5 text-faint text-xs">{fitting.length - SHOWN_MAX} more; type to narrow.</p>
        ) : null}
      </Command.List>
    </Command>
  );
}

const itemStyles =
  "flex cursor-default items-center gap-2 rounded-md px-2.5 py-1.5 text-ui data-[selected=true]:bg-hover";
