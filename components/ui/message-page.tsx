import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

interface MessagePageProps {
  /** A status such as 404, in small type above the title. */
  code?: string;
  title: string;
  children: ReactNode;
  actions: ReactNode;
  /** Fills the window; else the place it stands in. */
  whole?: boolean;
}

/** A page that says one thing: not found, failed. */
export function MessagePage({ code, title, children, actions, whole = true }: MessagePageProps) {
  return (
    <div className={cn("flex items-center justify-center px-6", whole ? "min-h-dvh" : "min-h-[60dvh]")}>
      <div className="max-w-md text-center">
        {code ? <p className="font-mono text-faint text-xs">{code}</p> : null}
        <h1 className="mt-2 font-semibold text-xl tracking-tight">{title}</h1>
        <div className="mt-2 text-soft text-sm">{children}</div>
        <div className="mt-6 flex flex-wrap justify-center gap-2">{actions}</div>
      </div>
    </div>
  );
}
