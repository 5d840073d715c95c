"use client";

import { useTransition } from "react";
import { PageHeader } from "@/components/ui/page-header";
import { RangePicker } from "@/components/usage/range-picker";

/** The head of the overview, with the span that it is about. */
export function OverviewHeader({ shown }: { shown: { firstDay: string; lastDay: string } | null }) {
  const [isPending, startTransition] = useTransition();
  return (
    <PageHeader
      title="Overview"
      actions={
        <div className="flex flex-wrap items-center gap-2" aria-busy={isPending}>
          <RangePicker shown={shown} startTransition={startTransition} />
        </div>
      }
    />
  );
}
