import { describe, expect, it } from "vitest";
import type { ContenderId } from "./contenders";
import type { Figure } from "./measure";
import { judge, type Report, renderBriefly } from "./report";
import type { WorkloadName } from "./workload";

function figure(contender: ContenderId, connections: number, requestsPerSecond: number, rest: Partial<Figure> = {}) {
  const p50Ms = rest.p50Ms ?? 1;
  return {
    contender,
    workload: "answer" as WorkloadName,
    connections,
    rounds: 3,
    quietRounds: 3,
    requestsPerSecond,
    p50Ms,
    p99Ms: p50Ms * 2,
    firstByteP50Ms: p50Ms,
    firstByteP99Ms: p50Ms * 2,
    errors: 0,
    answered: 1_000,
    failures: {},
    peakMiB: 150,
    ...rest,
  } satisfies Figure;
}

const verdicts = (figures: Figure[]) => judge(figures).map(({ verdict }) => verdict);

describe("judge", () => {
  const others = [
    figure("direct", 1, 30_000, { p50Ms: 0.25 }),
    figure("portkey", 32, 1_000),
    figure("portkey", 128, 1_000),
    figure("bare", 128, 10_000),
    figure("direct", 32, 2_000, { workload: "stream" }),
    figure("direct", 500, 400, { workload: "paced" }),
  ];

  it("passes figures that just meet every target", () => {
    const ours = [
      figure("server", 1, 900, { p50Ms: 1.25 }),
      figure("server", 32, 6_000),
      figure("server", 128, 9_000),
      figure("server", 32, 1_000, { workload: "stream", firstByteP50Ms: 5 }),
      figure("server", 500, 396, { workload: "paced", peakMiB: 160 }),
    ];
    expect(verdicts([...others, ...ours])).toEqual(Array(7).fill("PASS"));
  });

  it("misses each target that is not met", () => {
    const ours = [
      figure("server", 1, 900, { p50Ms: 1.26 }),
      figure("server", 32, 5_999),
      figure("server", 128, 6_499),
      figure("server", 32, 1_000, { workload: "stream", firstByteP50Ms: 5.01 }),
      figure("server", 500, 395.9, { workload: "paced", peakMiB: 160.1 }),
    ];
    const targets = judge([...others, ...ours]);
    expect(targets.map(({ verdict }) => verdict)).toEqual(Array(7).fill("MISS"));
    // What is seen is not rounded to what was wanted.
    expect(targets.slice(-2).map(({ seen }) => seen)).toEqual(["98.9 %", "161 MiB"]);
  });

  it("gives no verdict from a figure without a quiet round", () => {
    const ours = [
      figure("server", 1, 900),
      figure("server", 32, 9_000),
      figure("server", 128, 9_000),
      figure("server", 32, 1_000, { workload: "stream" }),
      figure("server", 500, 400, { workload: "paced" }),
    ];
    const noisy = others.map((one) => ({ ...one, quietRounds: 0 }));
    expect(verdicts([...noisy, ...ours])).toEqual(Array(7).fill("DISTURBED"));
  });

  it("says so where a contender was left out, and passes nothing for it", () => {
    expect(verdicts([figure("server", 1, 900), figure("server", 128, 9_000)])).toEqual(Array(7).fill("NOT MEASURED"));
  });

  it("passes no memory that the system did not tell", () => {
    const ours = figure("server", 500, 400, { workload: "paced", peakMiB: 0 });
    expect(verdicts([...others, ours]).at(-1)).toBe("MISS");
  });
});

describe("renderBriefly", () => {
  const report: Report = {
    takenAt: "2026-01-02T03:04:05.000Z",
    machine: { cores: 2, cpu: "CPU", node: "v20", postgres: "18", pinned: true },
    pace: { rounds: 3, measureMs: 4_000 },
    contenders: [
      { id: "direct", label: "upstream, direct" },
      { id: "bare", label: "bare proxy" },
      { id: "server", label: "ours" },
    ],
    figures: [
      figure("direct", 32, 10_000, { p50Ms: 0.5 }),
      figure("bare", 32, 4_000, { p50Ms: 1 }),
      figure("server", 32, 3_000, { p50Ms: 1.75 }),
      figure("server", 16, 2_000, { workload: "stream" }),
      figure("direct", 16, 4_000, { workload: "stream" }),
    ],
    targets: [],
    checks: [],
    notes: [],
  };

  it("holds calls and streams against the same load on the upstream and on the others", () => {
    const rows = renderBriefly(report).map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    // Connections, contender, requests/s, added p50, added p99, times the bare proxy, times Portkey.
    expect(rows).toContainEqual(["32", "ours", "3,000", "1.25", "2.50", "0.75", "-"]);
    expect(rows.filter(([connections]) => connections === "32")).toHaveLength(2);
    // Connections, contender, streams/s, first chunk p50 and p99, of direct, times both, peak.
    expect(rows).toContainEqual(["16", "ours", "2,000", "1.00", "2.00", "50.0 %", "-", "-", "150"]);
  });

  it("leaves out a table that has no figures", () => {
    const calls = { ...report, figures: report.figures.filter(({ workload }) => workload === "answer") };
    expect(renderBriefly(calls).join("\n")).not.toContain("streams/s");
  });
});
