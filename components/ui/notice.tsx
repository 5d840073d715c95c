import { CircleCheck, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";

const LOOKS = {
  info: { icon: Info, look: "bg-info-wash text-info-text" },
  warning: { icon: TriangleAlert, look: "bg-held-wash text-held-text" },
  error: { icon: TriangleAlert, look: "bg-danger-wash text-danger-text" },
  success: { icon: CircleCheck, look: "bg-accent-wash text-accent-text" },
} as const;

interface NoticeProps {
  tone: keyof typeof LOOKS;
  title?: string;
  /** Read out as soon as it appears. */
  live?: boolean;
  className?: string;
  children?: ReactNode;
}

/** A sentence that needs to be seen, in the page rather than in a toast. */
export function Notice({ tone, title, live, className, children }: NoticeProps) {
  const { icon: Icon, look } = LOOKS[tone];
  return (
    <div
      role={live ? "alert" : undefined}
      className={cn("flex gap-2.5 rounded-lg px-3 py-2.5 text-ui", look, className)}
    >
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0">
        {title ? <p className="font-medium">{title}</p> : null}
        {children ? <div className={cn(title && "mt-0.5")}>{children}</div> : null}
      </div>
    </div>
  );
}
