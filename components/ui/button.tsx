import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/components/ui/cn";

const styles = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md font-medium transition-colors disabled:opacity-55 aria-disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary:
          "bg-accent text-accent-ink shadow-[inset_0_1px_0_oklch(1_0_0/14%)] not-disabled:hover:bg-[color-mix(in_oklch,var(--accent),black_10%)]",
        secondary: "border border-line-strong bg-surface text-ink shadow-card not-disabled:hover:bg-hover",
        ghost: "text-soft not-disabled:hover:bg-hover not-disabled:hover:text-ink",
        danger: "bg-danger text-white not-disabled:hover:bg-[color-mix(in_oklch,var(--danger),black_10%)]",
        link: "text-accent-text underline-offset-4 not-disabled:hover:underline",
      },
      size: {
        sm: "h-7 px-2.5 text-ui",
        md: "h-8 px-3 text-ui",
        lg: "h-10 px-4 text-sm",
        icon: "size-8",
        "icon-sm": "size-7",
        inline: "h-auto p-0 text-ui",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof styles> {
  /** Renders the only child (a link) with the look of a button. */
  asChild?: boolean;
  /** Shows that the act is under way and takes no further press. */
  pending?: boolean;
}

/** A button, or with `asChild` a link that looks like one. */
export function Button({
  className,
  variant,
  size,
  asChild,
  pending,
  disabled,
  children,
  type,
  ...props
}: ButtonProps) {
  const look = cn(styles({ variant, size }), className);
  if (asChild) {
    return (
      <Slot.Root className={look} {...props}>
        {children}
      </Slot.Root>
    );
  }
  return (
    <button
      type={type ?? "button"}
      className={look}
      disabled={disabled || pending}
      aria-busy={pending || undefined}
      {...props}
    >
      {pending ? <LoaderCircle className="animate-spin" aria-hidden /> : null}
      {children}
    </button>
  );
}
