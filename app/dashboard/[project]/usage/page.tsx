import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import { loadUsageFilters } from "@/components/usage/usage-filters";
import { UsageView } from "@/components/usage/usage-view";
import { requireProject } from "@/lib/edge/session";
import { readBreakdown } from "@/lib/usage/breakdown";
import { daysOf, spanOf } from "@/lib/usage/span";

export const metadata: Metadata = { title: "Usage" };

interface UsagePageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function UsagePage({ params, searchParams }: UsagePageProps) {
  const { organization, project, may } = await requireProject((await params).project, "usage.view");
  const asked = await loadUsageFilters(searchParams);
  // Names of keys are for those who may see the keys.
  const filters = asked.by === "key" && !may("keys.view") ? { ...asked, by: "model" as const } : asked;
  const span = spanOf(filters, new Date());
  const breakdown =
    typeof span === "string"
      ? null
      : await readBreakdown({
          organizationId: organization.id,
          projectId: project.id,
          by: filters.by,
          measure: filters.measure,
          span,
        });
  return (
    <UsageView
      projectId={project.id}
      filters={filters}
      span={typeof span === "string" ? span : { ...daysOf(span), size: span.size }}
      breakdown={breakdown}
      may={{ seeKeys: may("keys.view"), openLogs: may("logs.view") }}
    />
  );
}
