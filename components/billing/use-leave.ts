"use client";

import { useTransition } from "react";
import { toast } from "sonner";
import { UNREACHABLE } from "@/components/ui/unreachable";
import type { ActionResult } from "@/lib/edge/session-action";

/** Leads to the address that an action answers with, or says why there is none; `what` is what could not be done. */
export function useLeave(what: string) {
  const [pending, start] = useTransition();
  const leave = (ask: () => Promise<ActionResult<{ url: string }>>) =>
    start(async () => {
      const answer = await ask().catch(() => undefined);
      if (answer?.ok) {
        window.location.assign(answer.data.url);
        return;
      }
      toast.error(what, { description: answer?.error.message ?? UNREACHABLE });
    });
  return { pending, leave };
}
