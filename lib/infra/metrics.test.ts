import { expect, test } from "vitest";
import { Tally } from "@/lib/core/tally";
import { createMetrics } from "@/lib/infra/metrics";

test("metrics say counters, gauges and histograms as they are when somebody asks, and Node's own figures", async () => {
  const tally = new Tally([1, 10]);
  let count = 1;
  const { contentType, text } = createMetrics([
    { name: "a_total", help: "A", labels: ["x"], kind: "counter", read: () => [{ labels: { x: "1" }, value: count }] },
    { name: "b", help: "B", labels: [], kind: "gauge", read: () => [{ labels: {}, value: count }] },
    { name: "c_seconds", help: "C", labels: ["y"], kind: "histogram", read: () => [{ labels: { y: "2" }, tally }] },
  ]);
  await text();
  for (const value of [0.5, 5, 50]) tally.note(value);
  count = 7;
  const lines = (await text()).split("\n");
  expect(contentType).toContain("text/plain");
  for (const line of [
    'a_total{x="1"} 7',
    "b 7",
    "# TYPE c_seconds histogram",
    'c_seconds_bucket{y="2",le="1"} 1',
    'c_seconds_bucket{y="2",le="10"} 2',
    'c_seconds_bucket{y="2",le="+Inf"} 3',
    'c_seconds_sum{y="2"} 55.5',
    'c_seconds_count{y="2"} 3',
  ])
    expect(lines).toContain(line);
  expect(lines.some((line) => line.startsWith("nodejs_eventloop_lag_seconds"))).toBe(true);
});
