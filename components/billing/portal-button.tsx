"use client";

import { openPortalAction } from "@/components/billing/actions";
import { useLeave } from "@/components/billing/use-leave";
import { Button } from "@/components/ui/button";

/** Leads to Stripe's pages for cards and invoices. */
export function PortalButton({ projectId }: { projectId: string }) {
  const { pending, leave } = useLeave("Cards and invoices could not be opened");
  return (
    <Button onClick={() => leave(() => openPortalAction({ projectId }))} pending={pending}>
      Cards and invoices
    </Button>
  );
}
