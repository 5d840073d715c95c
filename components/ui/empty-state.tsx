import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  /** Why it is empty and what fills it. */
  children: ReactNode;
  action?: ReactNode;
  className?: string;
}

/** What a list or chart shows before there is anything in it. */
export function EmptyState({ icon: Icon, title, children, action, className }: EmptyStateProps) {
  return (
    <div className={cn("flex flex-col items-center px-6 py-14 text-center", className)}>
      <span className="flex size-10 items-center justify-center rounded-lg border border-line bg-sunken text-faint">
        <Icon className="size-5" aria-hidden />
      </span>
      <p className="mt-4 font-medium text-ink text-sm">{title}</p>
      <div className="mt-1 max-w-sm text-soft text-ui">{children}</div>
      {action ? <div className="mt-4">{action}</div> : null}
    </div>
  );
}
