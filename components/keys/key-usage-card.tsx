"use client";

import { ChartColumn } from "lucide-react";
import dynamic from "next/dynamic";
import { useQueryStates } from "nuqs";
import { useTransition } from "react";
import { type KeyUsageFilters, keyUsageParsers } from "@/components/keys/key-usage-filters";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { cn } from "@/components/ui/cn";
import { EmptyState } from "@/components/ui/empty-state";
import { formatMoney } from "@/components/ui/money";
import { Segmented } from "@/components/ui/segmented";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { ChartLegend } from "@/components/usage/chart-legend";
import { MEASURE_WORDS } from "@/components/usage/usage-words";
import type { Breakdown } from "@/lib/usage/breakdown";
import { MEASURES } from "@/lib/usage/measures";
import type { BucketSize } from "@/lib/usage/span";

/** Drawn in the browser only: the library is large, and the figures below it stand without it. */
const BreakdownChart = dynamic(
  () => import("@/components/usage/breakdown-chart").then((module) => module.BreakdownChart),
  { ssr: false, loading: () => <Skeleton className="h-[260px]" /> },
);

const count = new Intl.NumberFormat("en-GB");
const COLOURS = 6;
const BY = [
  { value: "model", label: "Model" },
  { value: "endpoint", label: "Endpoint" },
] as const;
const RANGES = [
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
  { value: "90d", label: "Last 90 days" },
] as const;

interface KeyUsageCardProps {
  filters: KeyUsageFilters;
  breakdown: Breakdown;
  size: BucketSize;
  /** Of how many of the newest calls at most endpoints are counted. */
  endpointCallsMax: number;
}

/** What a key used over time, by model or by endpoint. */
export function KeyUsageCard({ filters: shown, breakdown, size, endpointCallsMax }: KeyUsageCardProps) {
  const [isPending, startTransition] = useTransition();
  const [filters, setFilters] = useQueryStates(keyUsageParsers, { shallow: false, scroll: false, startTransition });
  const series = breakdown.series.map(({ group, name }, place) => ({
    key: group ?? "others",
    label: group === null ? "All others" : (name ?? "No model"),
    colour: group === null ? "var(--series-7)" : `var(--series-${(place % COLOURS) + 1})`,
    values: breakdown.series[place]?.values ?? [],
  }));
  const title = `${MEASURE_WORDS[shown.measure]} by ${shown.by}`;
  const { total } = breakdown;
  return (
    <Card>
      <CardHeader
        title="Usage"
        description={
          <span className="tabular">
            {formatMoney(total.cost)}, {count.format(total.requests)} calls of which {count.format(total.errors)}{" "}
            failed, {count.format(total.promptTokens + total.completionTokens)} tokens
            {shown.by === "endpoint" ? `, of the newest ${count.format(endpointCallsMax)} calls at most` : ""}
          </span>
        }
      />
      <CardBody className={cn("transition-opacity", isPending && "opacity-60")}>
        <div className="mb-3 flex flex-wrap items-center gap-2" aria-busy={isPending}>
          <Segmented label="Group by" value={filters.by} onChange={(by) => void setFilters({ by })} options={BY} />
          <Segmented
            label="Measure"
            value={filters.measure}
            onChange={(measure) => void setFilters({ measure })}
            options={MEASURES.map((value) => ({ value, label: MEASURE_WORDS[value] }))}
          />
          <Select
            aria-label="Range"
            value={filters.range}
            onChange={(range) => void setFilters({ range })}
            options={RANGES}
            className="h-8 w-36 text-ui"
          />
        </div>
        {series.length > 0 ? (
          <figure aria-label={title}>
            <BreakdownChart
              title={title}
              buckets={breakdown.buckets}
              series={series}
              size={size}
              measure={shown.measure}
            />
            <ChartLegend series={series} />
          </figure>
        ) : (
          <EmptyState icon={ChartColumn} title="Nothing to draw" className="py-8">
            {total.requests === 0
              ? "The key was not called in this span."
              : `Its calls in this span have no ${MEASURE_WORDS[shown.measure].toLowerCase()}.`}
          </EmptyState>
        )}
      </CardBody>
    </Card>
  );
}
