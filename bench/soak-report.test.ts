import { describe, expect, it } from "vitest";
import { growthOf, judgeSoak, perStreamKiB } from "./soak-report";

describe("growthOf", () => {
  it("compares the last turn with the second, since the first warms up", () => {
    expect(growthOf({ contender: "server", turnsMiB: [100, 200, 300, 220] })).toBeCloseTo(0.1);
  });

  it("is unknown with fewer than two turns after the warm-up, and where the system tells no memory", () => {
    expect(growthOf({ contender: "server", turnsMiB: [100, 200] })).toBeNull();
    expect(growthOf({ contender: "server", turnsMiB: [0, 0, 0] })).toBeNull();
  });
});

describe("judgeSoak", () => {
  const judged = (...turnsMiB: number[]) => judgeSoak([{ contender: "server", turnsMiB }], 20_000)[0];

  it("passes a growth within a twentieth and misses what is more", () => {
    expect(judged(100, 200, 209)?.verdict).toBe("PASS");
    expect(judged(100, 200, 211)?.verdict).toBe("MISS");
  });

  it("says how many calls there were", () => {
    expect(judged(100, 200, 200, 200, 200)?.name).toContain("100,000 calls");
  });

  it("gives no verdict where our own door was left out", () => {
    expect(judgeSoak([{ contender: "bare", turnsMiB: [1, 1, 1] }], 20_000)[0]?.verdict).toBe("NOT MEASURED");
  });
});

describe("perStreamKiB", () => {
  it("is what the open streams add, divided by their number", () => {
    const memory = { contender: "server" as const, beforeMiB: 100, duringMiB: 150, peakMiB: 170, afterMiB: 110 };
    expect(perStreamKiB(memory, 1_024)).toBe(50);
  });
});
