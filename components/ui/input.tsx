import type { ComponentProps } from "react";
import { cn } from "@/components/ui/cn";

/** The look shared by everything that is typed into or chosen from. */
export const controlStyles =
  "h-9 w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 text-sm text-ink shadow-card transition-colors placeholder:text-faint hover:border-faint/60 focus-visible:border-ring focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-ring/40 disabled:opacity-60 aria-invalid:border-danger";

/** A one-line text input. */
export function Input({ className, type = "text", ...props }: ComponentProps<"input">) {
  return <input type={type} className={cn(controlStyles, className)} {...props} />;
}

interface AffixProps extends ComponentProps<"input"> {
  prefix?: string;
  suffix?: string;
}

/** An input with a unit before or behind what is typed, such as `$ … USD`. */
export function AffixInput({ prefix, suffix, className, ...props }: AffixProps) {
  return (
    <div className="relative">
      {prefix ? (
        <span
          aria-hidden
          className="pointer-events-none absolute inset-y-0 left-3 flex items-center text-faint text-sm"
        >
          {prefix}
        </span>
      ) : null}
      <Input className={cn("tabular", prefix && "pl-7", suffix && "pr-12", className)} {...props} />
      {suffix ? (
        <span
          aria-hidden
          className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-faint text-ui"
        >
          {suffix}
        </span>
      ) : null}
    </div>
  );
}
