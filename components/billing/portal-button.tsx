"use client";

import { useTransition } from "react";
import { toast } from "sonner";
import { openPortalAction } from "@/components/billing/actions";
import { Button } from "@/components/ui/button";

/** Leads to Stripe's pages for cards and invoices. */
export function PortalButton({ projectId }: { projectId: string }) {
  const [pending, start] = useTransition();
  const open = () =>
    start(async () => {
      const answer = await openPortalAction({ projectId }).catch(() => undefined);
      if (answer?.ok) {
        window.location.assign(answer.data.url);
        return;
      }
      toast.error("Cards and invoices could not be opened", {
        description: answer?.error.message ?? "The server could not be reached.",
      });
    });
  return (
    <Button onClick={open} pending={pending}>
      Cards and invoices
    </Button>
  );
}
