"use client";

import { ChartColumn } from "lucide-react";
import dynamic from "next/dynamic";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { formatMoney } from "@/components/ui/money";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { duration } from "@/components/ui/time";
import type { ChartSeries } from "@/components/usage/breakdown-chart";
import { ChartLegend } from "@/components/usage/chart-legend";
import { BUCKET_WORDS, bucketWords } from "@/components/usage/usage-words";
import type { OverviewBucket } from "@/lib/usage/overview";
import type { BucketSize } from "@/lib/usage/span";

/** Drawn in the browser only: the library is large, and the figures above it stand without it. */
const BreakdownChart = dynamic(
  () => import("@/components/usage/breakdown-chart").then((module) => module.BreakdownChart),
  { ssr: false, loading: () => <Skeleton className="h-[260px]" /> },
);

const MEASURES = [
  { value: "cost", label: "Spend" },
  { value: "requests", label: "Requests" },
  { value: "latency", label: "Latency" },
] as const;
type Chart = (typeof MEASURES)[number]["value"];

const TITLES: Readonly<Record<Chart, string>> = { cost: "Spend", requests: "Requests", latency: "Latency" };
const NOTES: Readonly<Record<Chart, string>> = {
  cost: "At list price, whoever pays, in UTC.",
  requests: "Served and failed, in UTC.",
  latency: "From a call’s arrival to the end of its answer: half of the calls took p50 at most, 95% p95. In UTC.",
};

const msText = (ms: number | null): string | null => (ms === null ? null : String(ms));

/** What a chart draws: spend, requests with those that failed on top, or how long they took. */
function seriesOf(buckets: readonly OverviewBucket[], chart: Chart): ChartSeries[] {
  switch (chart) {
    case "cost":
      return [{ key: "cost", label: "Spend", colour: "var(--accent)", values: buckets.map(({ cost }) => cost) }];
    case "requests":
      return [
        {
          key: "served",
          label: "Served",
          colour: "var(--accent)",
          values: buckets.map(({ requests, errors }) => String(requests - errors)),
        },
        {
          key: "failed",
          label: "Failed",
          colour: "var(--danger)",
          values: buckets.map(({ errors }) => String(errors)),
        },
      ];
    case "latency":
      return [
        {
          key: "p95",
          label: "p95",
          colour: "var(--series-2)",
          values: buckets.map(({ latency }) => msText(latency.p95)),
        },
        {
          key: "p50",
          label: "p50",
          colour: "var(--accent)",
          values: buckets.map(({ latency }) => msText(latency.p50)),
        },
      ];
  }
}

/** The same of one bucket, to be read. */
function wordsOf({ cost, requests, errors, latency }: OverviewBucket, chart: Chart): string {
  switch (chart) {
    case "cost":
      return formatMoney(cost);
    case "requests":
      return `${requests}, of which ${errors} failed`;
    case "latency":
      return latency.p50 === null || latency.p95 === null
        ? "nothing was timed"
        : `p50 ${duration(latency.p50)}, p95 ${duration(latency.p95)}`;
  }
}

/** Spend, requests or latency by hour, day or week. */
export function UsageCard({ series: buckets, size }: { series: OverviewBucket[]; size: BucketSize }) {
  const [chart, setChart] = useQueryState(
    "chart",
    parseAsStringLiteral(MEASURES.map(({ value }) => value)).withDefault("cost"),
  );
  const title = `${TITLES[chart]} by ${BUCKET_WORDS[size]}`;
  const series = seriesOf(buckets, chart);
  const used = buckets.filter(({ requests }) => requests > 0);
  return (
    <Card>
      <CardHeader
        title={title}
        description={NOTES[chart]}
        actions={
          <Segmented label="Measure" value={chart} onChange={(next) => void setChart(next)} options={MEASURES} />
        }
      />
      <CardBody>
        {used.length > 0 ? (
          <figure aria-label={title}>
            <BreakdownChart
              title={title}
              buckets={buckets.map(({ startsAt }) => startsAt)}
              series={series}
              size={size}
              measure={chart}
            />
            {chart === "cost" ? null : <ChartLegend series={series} />}
            <table className="sr-only">
              <caption>{title}</caption>
              <tbody>
                {used.map((bucket) => (
                  <tr key={bucket.startsAt}>
                    <th scope="row">{bucketWords(bucket.startsAt, size)}</th>
                    <td>{wordsOf(bucket, chart)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </figure>
        ) : (
          <EmptyState icon={ChartColumn} title="Nothing to draw yet" className="py-10">
            There was no request in this time. Your next one puts a bar here.
          </EmptyState>
        )}
      </CardBody>
    </Card>
  );
}
