/** The value below which the share `rank` (0 to 1) of ascending `sorted` lies, by the nearest-rank method; 0 when empty. */
export function percentile(sorted: readonly number[], rank: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * rank) - 1))] ?? 0;
}

/** The middle of `values` in any order, the mean of the two middle ones for an even count; 0 when empty. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? 0;
  return (upper + lower) / 2;
}
