"use client";

import { Search } from "lucide-react";
import { openPalette } from "@/components/shell/palette-events";
import { useHydrated } from "@/components/ui/theme";

/** Opens the palette; the same as ⌘K or Ctrl K. */
export function PaletteButton() {
  const hydrated = useHydrated();
  const apple = hydrated && /Mac|iPhone|iPad/.test(navigator.userAgent);
  return (
    <button
      type="button"
      onClick={openPalette}
      className="flex h-8 w-full items-center gap-2.5 rounded-md border border-line bg-surface px-2.5 text-faint text-ui transition-colors hover:border-line-strong hover:text-ink"
    >
      <Search className="size-4" aria-hidden />
      <span className="flex-1 text-left">Go to…</span>
      <kbd className="hidden rounded border border-line px-1 font-sans text-2xs lg:block">
        {apple ? "⌘K" : "Ctrl K"}
      </kbd>
    </button>
  );
}
