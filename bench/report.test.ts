import { describe, expect, it } from "vitest";
import type { ContenderId } from "./contenders";
import type { Figure } from "./measure";
import { judge } from "./report";

function figure(contender: ContenderId, connections: number, requestsPerSecond: number, p50Ms = 1): Figure {
  return {
    contender,
    workload: "answer",
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
  };
}

const verdicts = (figures: Figure[]) => judge(figures).map(({ verdict }) => verdict);

describe("judge", () => {
  const others = [
    figure("direct", 1, 30_000, 0.25),
    figure("portkey", 32, 1_000),
    figure("portkey", 128, 1_000),
    figure("bare", 128, 10_000),
  ];

  it("passes figures that just meet every target", () => {
    const ours = [figure("server", 1, 900, 1.25), figure("server", 32, 6_000), figure("server", 128, 9_000)];
    expect(verdicts([...others, ...ours])).toEqual(["PASS", "PASS", "PASS", "PASS"]);
  });

  it("misses each target that is not met", () => {
    const ours = [figure("server", 1, 900, 1.26), figure("server", 32, 5_999), figure("server", 128, 6_499)];
    expect(verdicts([...others, ...ours])).toEqual(["MISS", "MISS", "MISS", "MISS"]);
  });

  it("gives no verdict from a figure without a quiet round", () => {
    const ours = [figure("server", 1, 900, 1), figure("server", 32, 9_000), figure("server", 128, 9_000)];
    const noisy = others.map((one) => ({ ...one, quietRounds: 0 }));
    expect(verdicts([...noisy, ...ours])).toEqual(Array(4).fill("DISTURBED"));
  });

  it("says so where a contender was left out, and passes nothing for it", () => {
    expect(verdicts([figure("server", 1, 900), figure("server", 128, 9_000)])).toEqual(Array(4).fill("NOT MEASURED"));
  });
});
