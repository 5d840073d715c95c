import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/components/ui/cn";

/** A bordered surface. */
export function Card({ className, ...props }: ComponentProps<"section">) {
  return <section className={cn("rounded-xl border border-line bg-surface shadow-card", className)} {...props} />;
}

interface CardHeaderProps {
  title: string;
  description?: ReactNode;
  /** At the right end. */
  actions?: ReactNode;
  /** Of the heading, so that a section can point to it with `aria-labelledby`. */
  id?: string;
}

/** The head of a card: what it is and what can be done with it. */
export function CardHeader({ title, description, actions, id }: CardHeaderProps) {
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-3.5 pb-3 sm:px-5">
      <div className="min-w-0">
        <h2 id={id} className="font-semibold text-ink text-sm">
          {title}
        </h2>
        {description ? <p className="mt-0.5 text-soft text-ui">{description}</p> : null}
      </div>
      {actions ? <div className="flex items-center gap-2">{actions}</div> : null}
    </header>
  );
}

/** The body of a card. */
export function CardBody({ className, ...props }: ComponentProps<"div">) {
  return <div className={cn("px-4 pb-4 sm:px-5 sm:pb-5", className)} {...props} />;
}
