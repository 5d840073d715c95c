const CHOICES = [10, 60, 300, 1_800, 3_600, 21_600, 86_400] as const;

const UNITS = [
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** How long an answer is given again, in words: "90 seconds", "1 hour". */
export function cacheTimeWords(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds % size === 0) ?? UNITS[2];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** The times that are offered, and the one that is set, should it be another one. */
export function cacheTimeOptions(current: number): { value: string; label: string }[] {
  return [...new Set<number>([...CHOICES, current])]
    .sort((a, b) => a - b)
    .map((seconds) => ({ value: String(seconds), label: cacheTimeWords(seconds) }));
}
