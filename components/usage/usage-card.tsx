"use client";

import { ChartColumn } from "lucide-react";
import dynamic from "next/dynamic";
import { parseAsStringLiteral, useQueryStates } from "nuqs";
import { Card, CardBody, CardHeader } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { formatMoney } from "@/components/ui/money";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { dayOf } from "@/components/ui/time";
import type { UsageDay } from "@/lib/usage/overview";

/** Drawn in the browser only: the library is large, and the figures above it stand without it. */
const UsageChart = dynamic(() => import("@/components/usage/usage-chart").then((module) => module.UsageChart), {
  ssr: false,
  loading: () => <Skeleton className="h-[220px]" />,
});

const MEASURES = [
  { value: "cost", label: "Spend" },
  { value: "requests", label: "Requests" },
] as const;
const RANGES = [
  { value: "7d", label: "7 days" },
  { value: "30d", label: "30 days" },
] as const;
const DAYS = { "7d": 7, "30d": 30 } as const;

/** Spend or requests by day, over a range that is kept in the address. */
export function UsageCard({ series }: { series: UsageDay[] }) {
  const [{ chart, range }, set] = useQueryStates({
    chart: parseAsStringLiteral(["cost", "requests"] as const).withDefault("cost"),
    range: parseAsStringLiteral(["7d", "30d"] as const).withDefault("30d"),
  });
  const days = series.slice(-DAYS[range]);
  const anything = days.some((day) => day.requests > 0);
  return (
    <Card>
      <CardHeader
        title={chart === "cost" ? "Spend by day" : "Requests by day"}
        description={
          chart === "cost" ? "At list price, whoever pays. Days are UTC." : "Failed ones in red. Days are UTC."
        }
        actions={
          <>
            <Segmented
              label="Measure"
              value={chart}
              onChange={(next) => void set({ chart: next })}
              options={MEASURES}
            />
            <Segmented label="Range" value={range} onChange={(next) => void set({ range: next })} options={RANGES} />
          </>
        }
      />
      <CardBody>
        {anything ? (
          <figure aria-label={chart === "cost" ? "Spend by day" : "Requests by day"}>
            <UsageChart days={days} measure={chart} />
            <table className="sr-only">
              <caption>{chart === "cost" ? "Spend by day" : "Requests by day"}</caption>
              <tbody>
                {days
                  .filter((day) => day.requests > 0)
                  .map((day) => (
                    <tr key={day.day}>
                      <th scope="row">{dayOf(day.day)}</th>
                      <td>
                        {chart === "cost" ? formatMoney(day.cost) : `${day.requests}, of which ${day.errors} failed`}
                      </td>
                    </tr>
                  ))}
              </tbody>
            </table>
          </figure>
        ) : (
          <EmptyState icon={ChartColumn} title="Nothing to draw yet" className="py-10">
            {range === "7d" ? "No request in the last seven days." : "Your first request puts a bar here."}
          </EmptyState>
        )}
      </CardBody>
    </Card>
  );
}
