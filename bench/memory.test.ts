import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { residentMiB, watchMemory } from "./memory";
import { treeOf } from "./process-table";

const tellsMemory = existsSync("/proc/self/status");

describe("memory", () => {
  it.runIf(tellsMemory)("tells a process's resident memory in MiB", () => {
    const ownMiB = process.memoryUsage.rss() / 1024 ** 2;
    expect(residentMiB(process.pid) / ownMiB).toBeGreaterThan(0.5);
    expect(watchMemory(process.pid)().every((mib) => mib / ownMiB > 0.5)).toBe(true);
  });

  it("is 0 for a process that has ended", () => {
    expect(residentMiB(2 ** 30)).toBe(0);
  });
});

describe("treeOf", () => {
  const processes = new Map([
    [1, { parent: 0, ms: 0 }],
    [2, { parent: 1, ms: 0 }],
    [3, { parent: 2, ms: 0 }],
    [4, { parent: 1, ms: 0 }],
    [5, { parent: 4, ms: 0 }],
    [6, { parent: 0, ms: 0 }],
  ]);

  it("is a process with all below it, and nobody else", () => {
    expect(treeOf(processes, 1).toSorted()).toEqual([1, 2, 3, 4, 5]);
  });

  it("leaves out who is named, and what is below", () => {
    expect(treeOf(processes, 1, new Set([4])).toSorted()).toEqual([1, 2, 3]);
  });
});
