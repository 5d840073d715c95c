"use client";

import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  type TooltipContentProps,
  XAxis,
  YAxis,
} from "recharts";
import { formatMoney } from "@/components/ui/money";
import { duration } from "@/components/ui/time";
import { bucketWords, valueWords } from "@/components/usage/usage-words";
import type { Measure } from "@/lib/usage/measures";
import type { BucketSize } from "@/lib/usage/span";

export interface ChartSeries {
  key: string;
  label: string;
  colour: string;
  /** By bucket, as decimal strings; null: there is none. */
  values: (string | null)[];
}

interface BreakdownChartProps {
  title: string;
  buckets: string[];
  series: ChartSeries[];
  size: BucketSize;
  /** Times are drawn as a line each, all else as bars on top of one another. */
  measure: Measure | "latency";
}

interface Point {
  bucket: string;
  index: number;
  /** By place of the series, for the height of a bar only; what is read is the decimal string. */
  heights: (number | null)[];
}

const TICKS = 7;
const compact = new Intl.NumberFormat("en-GB", { notation: "compact" });
const shortDay = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const shortHour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });

function isPoint(value: unknown): value is Point {
  return typeof value === "object" && value !== null && "heights" in value;
}

interface BucketTooltipProps extends Partial<TooltipContentProps<number, string>> {
  chart: BreakdownChartProps;
}

function BucketTooltip({ active, payload, chart: { series, size, measure } }: BucketTooltipProps) {
  const point: unknown = payload?.[0]?.payload;
  if (!active || !isPoint(point)) return null;
  const shown = series.filter((_, place) => (point.heights[place] ?? 0) > 0);
  return (
    <div className="tabular max-w-72 rounded-lg border border-line bg-raised px-3 py-2 text-xs shadow-pop">
      <p className="mb-1 font-medium">{bucketWords(point.bucket, size)}</p>
      {shown.length === 0 ? <p className="text-soft">Nothing</p> : null}
      {shown.map(({ key, label, colour, values }) => (
        <p key={key} className="flex items-center gap-2 text-soft">
          <span aria-hidden className="size-2 shrink-0 rounded-xs" style={{ background: colour }} />
          <span className="min-w-0 flex-1 truncate">{label}</span>
          <span className="pl-3 text-ink">{valueWords(values[point.index] ?? "0", measure)}</span>
        </p>
      ))}
    </div>
  );
}

const heightOf = (value: string | null | undefined): number | null => (value === null ? null : Number(value ?? 0));

function tickWords(value: number, measure: BreakdownChartProps["measure"]): string {
  switch (measure) {
    case "cost":
      return formatMoney(value.toFixed(9));
    case "latency":
      return duration(value);
    default:
      return compact.format(value).toUpperCase();
  }
}

/** A bar for each hour, day or week (UTC), stacked by group; of times, a line for each. */
export function BreakdownChart(chart: BreakdownChartProps) {
  const { title, buckets, series, size, measure } = chart;
  const points = buckets.map(
    (bucket, index): Point => ({ bucket, index, heights: series.map(({ values }) => heightOf(values[index])) }),
  );
  const step = Math.max(1, Math.ceil(buckets.length / TICKS));
  const ticks = buckets.filter((_, index) => (buckets.length - 1 - index) % step === 0);
  return (
    <ResponsiveContainer width="100%" height={260}>
      <ComposedChart
        data={points}
        title={title}
        desc="The arrow keys go from one to the next."
        margin={{ top: 6, right: 4, bottom: 0, left: 0 }}
        barCategoryGap="18%"
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="bucket"
          ticks={ticks}
          interval="preserveEnd"
          tickFormatter={(bucket: string) => (size === "hour" ? shortHour : shortDay).format(new Date(bucket))}
          tick={{ fontSize: 11, fill: "var(--faint)" }}
          tickLine={false}
          axisLine={{ stroke: "var(--line-strong)" }}
          minTickGap={8}
        />
        <YAxis
          width={measure === "cost" || measure === "latency" ? 70 : 44}
          tickFormatter={(value: number) => tickWords(value, measure)}
          tick={{ fontSize: 11, fill: "var(--faint)" }}
          tickLine={false}
          axisLine={false}
          allowDecimals={measure === "cost"}
        />
        <Tooltip
          content={<BucketTooltip chart={chart} />}
          cursor={measure === "latency" ? { stroke: "var(--line-strong)" } : { fill: "var(--hover)" }}
          isAnimationActive={false}
        />
        {series.map(({ key, label, colour }, place) =>
          measure === "latency" ? (
            <Line
              key={key}
              name={label}
              dataKey={(point: Point) => point.heights[place]}
              stroke={colour}
              strokeWidth={2}
              dot={{ r: 2, strokeWidth: 0, fill: colour }}
              connectNulls
              isAnimationActive={false}
            />
          ) : (
            <Bar
              key={key}
              name={label}
              dataKey={(point: Point) => point.heights[place]}
              stackId="bucket"
              fill={colour}
              isAnimationActive={false}
            />
          ),
        )}
      </ComposedChart>
    </ResponsiveContainer>
  );
}
