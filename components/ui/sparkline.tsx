const WIDTH = 72;
const HEIGHT = 20;
const GAP = 1;

interface SparklineProps {
  values: readonly number[];
  /** What it says, for those who cannot see it. */
  label: string;
}

/** A row of little bars, the highest as high as the row; nothing to read, only a shape. */
export function Sparkline({ values, label }: SparklineProps) {
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length);
  return (
    <svg
      role="img"
      aria-label={label}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="shrink-0"
    >
      <title>{label}</title>
      {values.map((value, index) => {
        const height = value === 0 ? 1 : Math.max(2, (value / most) * HEIGHT);
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a place in time is what a bar is
            key={index}
            x={index * step}
            y={HEIGHT - height}
            width={step - GAP}
            height={height}
            rx={0.5}
            fill={value === 0 ? "var(--line-strong)" : "var(--accent)"}
          />
        );
      })}
    </svg>
  );
}
