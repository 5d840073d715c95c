"use client";

import { ChartColumn } from "lucide-react";
import dynamic from "next/dynamic";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { formatMoney } from "@/components/ui/money";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import type { ChartSeries } from "@/components/usage/breakdown-chart";
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
] as const;

/** The bars of a chart: spend, or requests with those that failed on top. */
function seriesOf(buckets: readonly OverviewBucket[], measure: "cost" | "requests"): ChartSeries[] {
  if (measure === "cost") {
    return [{ key: "cost", label: "Spend", colour: "var(--accent)", values: buckets.map(({ cost }) => cost) }];
  }
  return [
    {
      key: "served",
      label: "Served",
      colour: "var(--accent)",
      values: buckets.map(({ requests, errors }) => String(requests - errors)),
    },
    { key: "failed", label: "Failed", colour: "var(--danger)", values: buckets.map(({ errors }) => String(errors)) },
  ];
}

/** Spend or requests by hour, day or week. */
export function UsageCard({ series: buckets, size }: { series: OverviewBucket[]; size: BucketSize }) {
  const [chart, setChart] = useQueryState(
    "chart",
    parseAsStringLiteral(["cost", "requests"] as const).withDefault("cost"),
  );
  const title = `${chart === "cost" ? "Spend" : "Requests"} by ${BUCKET_WORDS[size]}`;
  const used = buckets.filter(({ requests }) => requests > 0);
  return (
    <Card>
      <CardHeader
        title={title}
        description={chart === "cost" ? "At list price, whoever pays, in UTC." : "Failed ones in red, in UTC."}
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
              series={seriesOf(buckets, chart)}
              size={size}
              measure={chart}
            />
            <table className="sr-only">
              <caption>{title}</caption>
              <tbody>
                {used.map(({ startsAt, cost, requests, errors }) => (
                  <tr key={startsAt}>
                    <th scope="row">{bucketWords(startsAt, size)}</th>
                    <td>{chart === "cost" ? formatMoney(cost) : `${requests}, of which ${errors} failed`}</td>
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
