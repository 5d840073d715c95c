"use client";

import { ChartColumn, Download } from "lucide-react";
import dynamic from "next/dynamic";
import { useQueryStates } from "nuqs";
import { useTransition } from "react";
import { projectPath } from "@/components/shell/navigation";
import { Button } from "@/components/ui/button";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { ChartLegend } from "@/components/usage/chart-legend";
import { RangePicker } from "@/components/usage/range-picker";
import { serializeUsageFilters, type UsageFilters, usageFilterParsers } from "@/components/usage/usage-filters";
import { UsageGroupsTable } from "@/components/usage/usage-groups-table";
import { BUCKET_WORDS, BY_WORDS, groupWords, MEASURE_WORDS, valueWords } from "@/components/usage/usage-words";
import type { Breakdown } from "@/lib/usage/breakdown";
import { type BreakdownBy, MEASURES } from "@/lib/usage/measures";
import type { BucketSize } from "@/lib/usage/span";

/** Drawn in the browser only: the library is large, and the figures below it stand without it. */
const BreakdownChart = dynamic(
  () => import("@/components/usage/breakdown-chart").then((module) => module.BreakdownChart),
  { ssr: false, loading: () => <Skeleton className="h-[260px]" /> },
);

const count = new Intl.NumberFormat("en-GB");
const COLOURS = 6;
const OTHERS_COLOUR = "var(--series-7)";
interface UsageViewProps {
  projectId: string;
  /** As the server read them; `by` may be another than asked for where the role forbids it. */
  filters: UsageFilters;
  /** The span that is shown: UTC days for the fields, both included. A sentence where the address names none. */
  span: { firstDay: string; lastDay: string; size: BucketSize } | string;
  /** null where there is no span. */
  breakdown: Breakdown | null;
  /** What the role may tell usage apart by. */
  choices: readonly BreakdownBy[];
  mayOpenLogs: boolean;
}

/** What a project used, drawn and listed by one of its parts, over a span that is kept in the address. */
export function UsageView({ projectId, filters: shown, span, breakdown, choices, mayOpenLogs }: UsageViewProps) {
  const [isPending, startTransition] = useTransition();
  const [filters, setFilters] = useQueryStates(usageFilterParsers, { shallow: false, startTransition });
  const { by, measure } = shown;
  const series =
    breakdown?.series.map(({ group, name, values }, place) => ({
      key: group ?? "others",
      label: group === null ? "All others" : groupWords({ group, name }, by),
      colour: group === null ? OTHERS_COLOUR : `var(--series-${(place % COLOURS) + 1})`,
      values,
    })) ?? [];
  const colours = new Map(series.map(({ key, colour }) => [key, colour]));
  const size = typeof span === "string" ? "day" : span.size;
  const title = `${MEASURE_WORDS[measure]} by ${BUCKET_WORDS[size]} and ${BY_WORDS[by].toLowerCase()}`;

  return (
    <>
      <PageHeader
        title="Usage"
        description={`What ${by === "project" ? "the organisation’s projects" : "this project’s keys"} used, by the time at which calls began. Costs are at list price, whoever pays; test keys cost nothing.`}
        actions={
          breakdown && breakdown.groups.length > 0 ? (
            <Button asChild>
              <a href={serializeUsageFilters(`${projectPath(projectId, "/usage")}/export`, shown)} download>
                <Download />
                Export CSV
              </a>
            </Button>
          ) : null
        }
      />
      <div className="mb-3 flex flex-wrap items-center gap-2" aria-busy={isPending}>
        <Select
          aria-label="Group by"
          value={filters.by}
          onChange={(next) => void setFilters({ by: next })}
          options={choices.map((value) => ({ value, label: `By ${BY_WORDS[value].toLowerCase()}` }))}
          className="h-8 w-36 text-ui"
        />
        <Segmented
          label="Measure"
          value={filters.measure}
          onChange={(next) => void setFilters({ measure: next })}
          options={MEASURES.map((value) => ({ value, label: MEASURE_WORDS[value] }))}
        />
        <RangePicker shown={typeof span === "string" ? null : span} startTransition={startTransition} />
      </div>
      <div className={cn("grid gap-4 transition-opacity", isPending && "opacity-60")}>
        {typeof span === "string" ? (
          <Notice tone="warning" live>
            {span}
          </Notice>
        ) : null}
        {breakdown ? (
          <Card>
            <CardHeader title={title} description="Hours, days and weeks are UTC." />
            <CardBody>
              {series.length > 0 ? (
                <figure aria-label={title}>
                  <BreakdownChart
                    title={title}
                    buckets={breakdown.buckets}
                    series={series}
                    size={size}
                    measure={measure}
                  />
                  <ChartLegend series={series} />
                </figure>
              ) : (
                <EmptyState icon={ChartColumn} title="Nothing to draw" className="py-10">
                  {breakdown.groups.length === 0
                    ? "There was no call in this span."
                    : `The calls of this span have no ${MEASURE_WORDS[measure].toLowerCase()}: ${valueWords("0", measure)} in all.`}
                </EmptyState>
              )}
            </CardBody>
          </Card>
        ) : null}
        {breakdown && breakdown.groups.length > 0 ? (
          <Card className="overflow-hidden">
            <UsageGroupsTable
              projectId={projectId}
              by={by}
              groups={breakdown.groups}
              total={breakdown.total}
              colours={colours}
              mayOpenLogs={mayOpenLogs}
            />
            {breakdown.others > 0 ? (
              <p className="border-line border-t px-5 py-2.5 text-soft text-xs">
                {count.format(breakdown.others)} more are in the total, and the largest 2,000 in the export.
              </p>
            ) : null}
          </Card>
        ) : null}
      </div>
    </>
  );
}
