/** Buckets for each doubling of the time: `latency_bucket()` of the database counts in the same steps. */
const PER_DOUBLING = 8;

/** A bucket of a histogram of milliseconds and how many requests fell into it. */
export interface HistogramBucket {
  bucket: number;
  requests: bigint;
}

/** The longest time that bucket `bucket` holds, in milliseconds; it holds what is longer than the one before. */
export function bucketEnd(bucket: number): number {
  return 2 ** (bucket / PER_DOUBLING);
}

/**
 * The time in milliseconds that `share` (0 to 1) of the requests took at most, within half a bucket (5 %); null without
 * any. Inside a bucket requests are taken to lie evenly on its scale.
 */
export function percentile(histogram: readonly HistogramBucket[], share: number): number | null {
  const sorted = histogram.filter(({ requests }) => requests > 0n).sort((a, b) => a.bucket - b.bucket);
  const total = sorted.reduce((sum, { requests }) => sum + Number(requests), 0);
  const last = sorted.at(-1);
  if (last === undefined) return null;
  let before = 0;
  for (const { bucket, requests } of sorted) {
    const inside = Number(requests);
    if (before + inside >= total * share) {
      // Everything up to a millisecond is in the first bucket, which has no beginning on this scale.
      return Math.round(bucketEnd(bucket <= 0 ? 0 : bucket - 1 + Math.max(0, total * share - before) / inside));
    }
    before += inside;
  }
  return Math.round(bucketEnd(last.bucket));
}
