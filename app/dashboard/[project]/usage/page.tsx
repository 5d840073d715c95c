import type { Metadata } from "next";
import type { SearchParams } from "nuqs/server";
import { maySee } from "@/components/usage/may-see";
import { loadUsageFilters } from "@/components/usage/usage-filters";
import { UsageView } from "@/components/usage/usage-view";
import { requireProject } from "@/lib/edge/session";
import { readBreakdown } from "@/lib/usage/breakdown";
import { BREAKDOWNS } from "@/lib/usage/measures";
import { daysOf, spanOf } from "@/lib/usage/span";

export const metadata: Metadata = { title: "Usage" };

interface UsagePageProps {
  params: Promise<{ project: string }>;
  searchParams: Promise<SearchParams>;
}

export default async function UsagePage({ params, searchParams }: UsagePageProps) {
  const { organization, project, may } = await requireProject((await params).project, "usage.view");
  const asked = await loadUsageFilters(searchParams);
  const filters = maySee(asked.by, may) ? asked : { ...asked, by: "model" as const };
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
      choices={BREAKDOWNS.filter((by) => maySee(by, may))}
      mayOpenLogs={may("logs.view")}
    />
  );
}
