import { cn } from "@/components/ui/cn";

/** The mark: a barrier going up, and the coin that raised it. */
export function LogoMark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={cn("size-6 shrink-0", className)}>
      <rect width="32" height="32" rx="8" fill="#0d7346" />
      <path d="M9 25V13" stroke="#fff" strokeWidth="3.4" strokeLinecap="round" />
      <path d="M9 13 25 7.4" stroke="#fff" strokeWidth="3.4" strokeLinecap="round" />
      <circle cx="22.6" cy="22.6" r="2.4" fill="#f2b441" />
    </svg>
  );
}

/** The mark and the name. */
export function Logo({ className }: { className?: string }) {
  return (
    <span
      className={cn("inline-flex items-center gap-2 font-semibold text-[0.9375rem] text-ink tracking-tight", className)}
    >
      <LogoMark />
      Turnpike
    </span>
  );
}
