"use client";

import {
  Bar,
  BarChart,
  CartesianGrid,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from "recharts";
import { formatMoney } from "@/components/ui/money";
import { dayOf } from "@/components/ui/time";
import type { UsageDay } from "@/lib/usage/overview";

export type ChartMeasure = "cost" | "requests";

interface UsageChartProps {
  days: UsageDay[];
  measure: ChartMeasure;
}

interface Point {
  day: string;
  /** For the height of a bar only; what is read is the decimal string. */
  height: number;
  failed: number;
  source: UsageDay;
}

const count = new Intl.NumberFormat("en-GB");
const compact = new Intl.NumberFormat("en-GB", { notation: "compact" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

function isPoint(value: unknown): value is Point {
  return typeof value === "object" && value !== null && "source" in value;
}

function DayTooltip({ active, payload }: Partial<TooltipContentProps<number, string>>) {
  const point: unknown = payload?.[0]?.payload;
  if (!active || !isPoint(point)) return null;
  const { source } = point;
  return (
    <div className="tabular rounded-lg border border-line bg-raised px-3 py-2 text-xs shadow-pop">
      <p className="font-medium">{dayOf(source.day)}</p>
      <p className="mt-1 flex justify-between gap-6 text-soft">
        Spend <span className="text-ink">{formatMoney(source.cost)}</span>
      </p>
      <p className="flex justify-between gap-6 text-soft">
        Requests <span className="text-ink">{count.format(source.requests)}</span>
      </p>
      <p className="flex justify-between gap-6 text-soft">
        Errors <span className="text-ink">{count.format(source.errors)}</span>
      </p>
    </div>
  );
}

function axisLabel(measure: ChartMeasure, value: number): string {
  return measure === "cost" ? formatMoney(value.toFixed(9)) : compact.format(value);
}

/** Spend or requests, a bar for each UTC day. */
export function UsageChart({ days, measure }: UsageChartProps) {
  const points = days.map(
    (source): Point => ({
      day: source.day,
      height: measure === "cost" ? Number(source.cost) : source.requests - source.errors,
      failed: measure === "cost" ? 0 : source.errors,
      source,
    }),
  );
  // Every fifth day of a month, every day of a week, always with the last one.
  const step = days.length > 10 ? 5 : 1;
  const ticks = days.flatMap(({ day }, index) => ((days.length - 1 - index) % step === 0 ? [day] : []));
  return (
    <ResponsiveContainer width="100%" height={220}>
      <BarChart
        data={points}
        title={measure === "cost" ? "Spend by day" : "Requests by day"}
        desc="The arrow keys go from day to day."
        margin={{ top: 6, right: 4, bottom: 0, left: 0 }}
        barCategoryGap="22%"
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="day"
          ticks={ticks}
          interval="preserveEnd"
          tickFormatter={(day: string) => short.format(new Date(day))}
          tick={{ fontSize: 11, fill: "var(--faint)" }}
          tickLine={false}
          axisLine={{ stroke: "var(--line-strong)" }}
          minTickGap={8}
        />
        <YAxis
          width={measure === "cost" ? 70 : 40}
          tickFormatter={(value: number) => axisLabel(measure, value)}
          tick={{ fontSize: 11, fill: "var(--faint)" }}
          tickLine={false}
          axisLine={false}
          allowDecimals={measure === "cost"}
        />
        <Tooltip content={<DayTooltip />} cursor={{ fill: "var(--hover)" }} isAnimationActive={false} />
        <Bar
          dataKey="height"
          stackId="day"
          fill="var(--accent)"
          radius={measure === "cost" ? [3, 3, 0, 0] : 0}
          isAnimationActive={false}
        />
        <Bar dataKey="failed" stackId="day" fill="var(--danger)" isAnimationActive={false} />
      </BarChart>
    </ResponsiveContainer>
  );
}
