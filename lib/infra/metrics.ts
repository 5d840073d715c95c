import cluster from "node:cluster";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Tally } from "@/lib/core/tally";

type Labels = Readonly<Record<string, string>>;

interface Sample {
  labels: Labels;
  value: number;
}

interface Tallied {
  labels: Labels;
  tally: Tally;
}

/** Something measured, and how it is read when somebody asks; until then nobody pays for it. Times are in seconds. */
export type Measured = { name: string; help: string; labels: readonly string[] } & (
  | { kind: "counter" | "gauge"; read: () => Sample[] }
  | { kind: "histogram"; read: () => Tallied[] }
);

/** As prom-client writes a line of a histogram. */
interface Value {
  metricName: string;
  labels: Readonly<Record<string, string | number>>;
  value: number;
}

/** A histogram whose values were counted elsewhere. */
class TalliedHistogram extends Histogram {
  readonly #measured: Measured & { kind: "histogram" };

  constructor(measured: Measured & { kind: "histogram" }, register: Registry) {
    super({ name: measured.name, help: measured.help, labelNames: [...measured.labels], registers: [register] });
    this.#measured = measured;
  }

  /** What a registry asks of a metric, in prom-client's own form, where the answer is text. */
  async getForPromString() {
    const { name, help, read } = this.#measured;
    return { name, help, type: "histogram", values: read().flatMap((tallied) => this.#valuesOf(name, tallied)) };
  }

  #valuesOf(name: string, { labels, tally }: Tallied): Value[] {
    let below = 0;
    const buckets = tally.bounds.map((bound, index) => {
      below += tally.counts[index] ?? 0;
      return { metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: tally.count },
      { metricName: `${name}_sum`, labels, value: tally.sum },
      { metricName: `${name}_count`, labels, value: tally.count },
    ];
  }
}

function register(measured: Measured, registry: Registry): void {
  const { name, help, labels } = measured;
  const configuration = { name, help, labelNames: [...labels], registers: [registry] };
  switch (measured.kind) {
    case "histogram":
      new TalliedHistogram(measured, registry);
      break;
    case "counter":
      new Counter({
        ...configuration,
        collect() {
          this.reset();
          for (const sample of measured.read()) this.inc(sample.labels, sample.value);
        },
      });
      break;
    case "gauge":
      new Gauge({
        ...configuration,
        collect() {
          this.reset();
          for (const sample of measured.read()) this.set(sample.labels, sample.value);
        },
      });
  }
}

/**
 * What this process measures, and Node's own figures, in Prometheus' text format. One process answers for itself alone:
 * where there are several, each line says which by the label `worker`.
 */
export function createMetrics(all: readonly Measured[]): { contentType: string; text: () => Promise<string> } {
  const registry = new Registry();
  if (cluster.worker) registry.setDefaultLabels({ worker: String(cluster.worker.id) });
  collectDefaultMetrics({ register: registry });
  for (const measured of all) register(measured, registry);
  return { contentType: registry.contentType, text: () => registry.metrics() };
}
