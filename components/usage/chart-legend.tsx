import type { ChartSeries } from "@/components/usage/breakdown-chart";

/** Which colour is what. */
export function ChartLegend({ series }: { series: readonly ChartSeries[] }) {
  return (
    <ul className="mt-3 flex flex-wrap gap-x-4 gap-y-1 text-soft text-xs">
      {series.map(({ key, label, colour }) => (
        <li key={key} className="flex min-w-0 max-w-full items-center gap-1.5">
          <span aria-hidden className="size-2.5 shrink-0 rounded-xs" style={{ background: colour }} />
          <span className="truncate">{label}</span>
        </li>
      ))}
    </ul>
  );
}
