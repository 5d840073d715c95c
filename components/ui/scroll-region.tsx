import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

interface ScrollRegionProps {
  /** What it holds, for screen readers. */
  label: string;
  className?: string;
  children: ReactNode;
}

/** Scrolls sideways what is too wide, so that the page never does (nor for what is there for screen readers only), and can be reached and scrolled by keyboard. */
export function ScrollRegion({ label, className, children }: ScrollRegionProps) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard cannot scroll it
      tabIndex={0}
      className={cn("relative overflow-x-auto focus-visible:outline-offset-[-2px]", className)}
    >
      {children}
    </section>
  );
}
