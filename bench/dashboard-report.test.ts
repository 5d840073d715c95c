import { expect, test } from "vitest";
import { renderDashboard } from "./dashboard-report";

test("the dashboard's report says of each page whether it met its targets", () => {
  const text = renderDashboard({
    at: "2026-11-21T10:00:00Z",
    machine: "a machine",
    requests: 1_000_000,
    rounds: 30,
    answers: [
      { name: "Quick", p50: 20, p95: 299, max: 400 },
      { name: "Slow", p50: 20, p95: 300, max: 400 },
    ],
    vitals: [
      { name: "Landing", openings: 5, lcpMs: 900, cls: 0.01, scriptBytes: 150_400 },
      { name: "Shifting", openings: 1, lcpMs: 900, cls: 0.05, scriptBytes: 1 },
    ],
    note: "Others used the machine.",
  });
  const line = (name: string) => text.split("\n").find((row) => row.includes(name));
  expect(line("Quick")).toMatch(/yes \|$/);
  expect(line("Slow")).toMatch(/no \|$/);
  expect(line("Landing")).toMatch(/150 \| +yes \|$/);
  expect(line("Shifting")).toMatch(/no \|$/);
  expect(text).toContain("1,000,000 requests");
  expect(text).toContain("\nOthers used the machine.\n");
});
