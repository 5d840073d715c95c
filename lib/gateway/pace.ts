import type { Attempt } from "@/lib/gateway/plan";

/** How much the newest measurement counts; older ones fade by the rest. */
const NEWEST = 0.2;
/** A measurement that is older says little about now, and is forgotten. */
const FORGOTTEN_MS = 10 * 60_000;
/** How many models at providers are remembered; beyond, the one that was met first is forgotten. */
const ENTRIES_MAX = 5_000;

/** A model at a provider. */
type Served = Pick<Attempt, "provider" | "upstreamModel">;

/**
 * How fast providers have been of late, as exponentially weighted averages for each of their models. A hint, which each
 * process, and each copy of this module in it, learns for itself.
 */
export interface Pace {
  /** A stream whose first event came after so many milliseconds. */
  noteFirstEvent(served: Served, ms: number): void;
  /** A whole answer of so many characters that took so many milliseconds. */
  noteWhole(served: Served, characters: number, ms: number): void;
  /** Milliseconds to a stream's first event; null: not measured of late. */
  latency(served: Served): number | null;
  /** Characters of a whole answer for each millisecond; null: not measured of late. */
  throughput(served: Served): number | null;
  /** How many averages are remembered. */
  size(): number;
}

interface Average {
  value: number;
  at: number;
}

/** An empty memory. `now` gives milliseconds. */
export function createPace(now: () => number = Date.now): Pace {
  const averages = new Map<string, Average>();

  const note = (name: string, value: number): void => {
    const at = now();
    const known = averages.get(name);
    if (known) {
      known.value = at - known.at > FORGOTTEN_MS ? value : known.value + NEWEST * (value - known.value);
      known.at = at;
      return;
    }
    averages.set(name, { value, at });
    const [oldest] = averages.keys();
    if (averages.size > ENTRIES_MAX && oldest !== undefined) averages.delete(oldest);
  };

  const read = (name: string): number | null => {
    const known = averages.get(name);
    return known && now() - known.at <= FORGOTTEN_MS ? known.value : null;
  };

  return {
    noteFirstEvent: ({ provider, upstreamModel }, ms) => note(`latency ${provider} ${upstreamModel}`, ms),
    noteWhole: ({ provider, upstreamModel }, characters, ms) =>
      note(`throughput ${provider} ${upstreamModel}`, characters / Math.max(ms, 1)),
    latency: ({ provider, upstreamModel }) => read(`latency ${provider} ${upstreamModel}`),
    throughput: ({ provider, upstreamModel }) => read(`throughput ${provider} ${upstreamModel}`),
    size: () => averages.size,
  };
}

/** What this process has measured. */
export const pace = createPace();
