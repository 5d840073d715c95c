import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "@/components/ui/cn";

const styles = cva(
  "inline-flex h-5 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-full px-2 font-medium text-xs [&_svg]:size-3",
  {
    variants: {
      tone: {
        neutral: "bg-hover text-soft",
        good: "bg-accent-wash text-accent-text",
        held: "bg-held-wash text-held-text",
        bad: "bg-danger-wash text-danger-text",
        info: "bg-info-wash text-info-text",
        outline: "border border-line-strong text-soft",
      },
    },
    defaultVariants: { tone: "neutral" },
  },
);

interface BadgeProps extends ComponentProps<"span">, VariantProps<typeof styles> {
  /** A dot in the tone's colour before the text. */
  dot?: boolean;
}

/** A short state in a word or two. */
export function Badge({ tone, dot, className, children, ...props }: BadgeProps) {
  return (
    <span className={cn(styles({ tone }), className)} {...props}>
      {dot ? <span aria-hidden className="size-1.5 rounded-full bg-current" /> : null}
      {children}
    </span>
  );
}
