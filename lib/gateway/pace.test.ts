import { expect, test } from "vitest";
import { createPace } from "@/lib/gateway/pace";

const MINI = { provider: "openai", upstreamModel: "gpt-4o-mini" } as const;
const AZURE = { provider: "azure", upstreamModel: "gpt-4o-mini" } as const;

test("an average follows what is measured, for each provider and model apart", () => {
  const times = createPace(() => 0);
  expect(times.latency(MINI)).toBeNull();
  times.noteFirstEvent(MINI, 100);
  expect(times.latency(MINI)).toBe(100);
  times.noteFirstEvent(MINI, 200);
  expect(times.latency(MINI)).toBeGreaterThan(100);
  expect(times.latency(MINI)).toBeLessThan(150);
  for (let count = 0; count < 50; count += 1) times.noteFirstEvent(MINI, 200);
  expect(times.latency(MINI)).toBeCloseTo(200, 0);
  expect(times.latency(AZURE)).toBeNull();
  expect(times.throughput(MINI)).toBeNull();
  times.noteWhole(MINI, 3_000, 1_000);
  expect(times.throughput(MINI)).toBe(3);
  times.noteWhole(AZURE, 3_000, 0);
  expect(times.throughput(AZURE)).toBe(3_000);
});

test("what was measured ten minutes ago says nothing of now", () => {
  let now = 0;
  const times = createPace(() => now);
  times.noteFirstEvent(MINI, 5_000);
  now = 10 * 60_000;
  expect(times.latency(MINI)).toBe(5_000);
  now += 1;
  expect(times.latency(MINI)).toBeNull();
  times.noteFirstEvent(MINI, 100);
  expect(times.latency(MINI)).toBe(100);
});

test("no more than a bounded number of averages is kept, and the oldest go first", () => {
  const times = createPace(() => 0);
  for (let index = 0; index < 6_000; index += 1) times.noteFirstEvent({ ...MINI, upstreamModel: `m${index}` }, index);
  expect(times.size()).toBe(5_000);
  expect(times.latency({ ...MINI, upstreamModel: "m999" })).toBeNull();
  expect(times.latency({ ...MINI, upstreamModel: "m1000" })).toBe(1_000);
});
