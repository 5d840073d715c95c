import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

/** A list of name and value, one a line. */
export function Facts({ className, children }: { className?: string; children: ReactNode }) {
  return <dl className={cn("divide-y divide-line text-ui", className)}>{children}</dl>;
}

/** One line of `Facts`. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-9 items-center justify-between gap-6 py-1.5">
      <dt className="shrink-0 text-soft">{name}</dt>
      <dd className="min-w-0 text-right text-ink">{children}</dd>
    </div>
  );
}
