import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { ScrollRegion } from "@/components/ui/scroll-region";

interface TableProps {
  /** What the table lists, for screen readers. */
  label: string;
  children: ReactNode;
  className?: string;
}

/** A table that scrolls sideways inside its own frame, never the page; the frame can be reached by keyboard. */
export function Table({ label, children, className }: TableProps) {
  return (
    <ScrollRegion label={label}>
      <table className={cn("w-full border-collapse text-left text-ui", className)}>{children}</table>
    </ScrollRegion>
  );
}

export function TableHead({ children }: { children: ReactNode }) {
  return <thead className="border-line border-b">{children}</thead>;
}

interface HeaderCellProps extends ComponentProps<"th"> {
  /** Right-aligned, for figures. */
  numeric?: boolean;
}

export function HeaderCell({ numeric, className, ...props }: HeaderCellProps) {
  return (
    <th
      scope="col"
      className={cn(
        "h-9 whitespace-nowrap px-3 font-medium text-faint text-xs first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5",
        numeric && "text-right",
        className,
      )}
      {...props}
    />
  );
}

export function Row({ className, ...props }: ComponentProps<"tr">) {
  return <tr className={cn("border-line border-b transition-colors last:border-b-0", className)} {...props} />;
}

interface CellProps extends ComponentProps<"td"> {
  /** Right-aligned tabular figures. */
  numeric?: boolean;
}

export function Cell({ numeric, className, ...props }: CellProps) {
  return (
    <td
      className={cn(
        "h-11 px-3 py-2 align-middle first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5",
        numeric && "tabular whitespace-nowrap text-right",
        className,
      )}
      {...props}
    />
  );
}
