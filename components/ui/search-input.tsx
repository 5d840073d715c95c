"use client";

import { Search } from "lucide-react";
import { type ComponentProps, useEffect, useRef } from "react";
import { cn } from "@/components/ui/cn";
import { Input } from "@/components/ui/input";

interface SearchInputProps extends Omit<ComponentProps<"input">, "value" | "onChange" | "ref"> {
  value: string;
  onSearch: (text: string) => void;
}

/** A field that narrows a list while it is typed into. What was typed before the page's script came is searched for too. */
export function SearchInput({ value, onSearch, className, ...props }: SearchInputProps) {
  const field = useRef<HTMLInputElement>(null);
  const served = useRef({ value, onSearch });
  useEffect(() => {
    const typed = field.current?.value ?? "";
    if (typed !== served.current.value) served.current.onSearch(typed);
  }, []);
  return (
    <div className={cn("relative w-full", className)}>
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" aria-hidden />
      <Input
        {...props}
        ref={field}
        type="search"
        value={value}
        onChange={(event) => onSearch(event.target.value)}
        className="h-8 pl-8 text-ui"
      />
    </div>
  );
}
