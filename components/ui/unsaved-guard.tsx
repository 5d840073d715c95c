"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";

interface UnsavedGuardProps {
  /** Whether something would be lost. */
  active: boolean;
  /** What it is: "changes to the rules". */
  what: string;
}

/** Asks before a page with unsaved changes is left by a link, or closed. */
export function UnsavedGuard({ active, what }: UnsavedGuardProps) {
  const router = useRouter();
  const [leavingTo, setLeavingTo] = useState<string | null>(null);

  useEffect(() => {
    if (!active) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    const press = (event: MouseEvent) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
      if (!(link instanceof HTMLAnchorElement) || link.target === "_blank" || link.hasAttribute("download")) return;
      const to = new URL(link.href);
      // Another origin is asked about by the browser; a place on this page leaves nothing.
      if (to.origin !== window.location.origin || to.pathname === window.location.pathname) return;
      event.preventDefault();
      event.stopPropagation();
      setLeavingTo(to.pathname + to.search + to.hash);
    };
    window.addEventListener("beforeunload", ask);
    // Before any link of the page hears of it.
    document.addEventListener("click", press, { capture: true });
    return () => {
      window.removeEventListener("beforeunload", ask);
      document.removeEventListener("click", press, { capture: true });
    };
  }, [active]);

  return (
    <ConfirmDialog
      open={leavingTo !== null}
      onOpenChange={(open) => {
        if (!open) setLeavingTo(null);
      }}
      title="Leave without saving?"
      description={`Your ${what} are not saved and will be lost.`}
      confirm="Leave"
      onConfirm={async () => {
        if (leavingTo !== null) router.push(leavingTo);
        return true;
      }}
    />
  );
}
