/**
 * Counts values by size, for a histogram: cheap enough for every request, since it only adds numbers up. `bounds` rise;
 * a value belongs to the first bound that it does not exceed, and else to none of them.
 */
export class Tally {
  readonly bounds: readonly number[];
  /** How many values belong to each bound; not added up. */
  readonly counts: number[];
  /** All values, those beyond the last bound too. */
  count = 0;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  note(value: number): void {
    this.count += 1;
    this.sum += value;
    for (let index = 0; index < this.bounds.length; index += 1) {
      if (value > (this.bounds[index] ?? 0)) continue;
      this.counts[index] = (this.counts[index] ?? 0) + 1;
      return;
    }
  }
}
