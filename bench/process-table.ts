import { readdirSync, readFileSync } from "node:fs";

/** Linux counts in hundredths of a second, whatever the kernel's own clock is: proc(5), utime to cstime. */
const TICK_MS = 10;

/** Every process of the machine: whose child it is, and its processor time with that of the children it has seen end. */
export type ProcessTable = Map<number, { parent: number; ms: number }>;

/** Reads /proc, so it is empty where that is none of Linux's. */
export function processTable(): ProcessTable {
  const processes: ProcessTable = new Map();
  for (const name of namesInProc()) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      // The name, in brackets, may hold spaces. After it: state, parent, …, and as the 12th to 15th the four times.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      processes.set(Number(name), { parent: Number(fields[1]), ms: ticks * TICK_MS });
    } catch {
      // It ended while we were looking.
    }
  }
  return processes;
}

function namesInProc(): string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}

/** A process and all below it, except for those in `without` and what is below them. */
export function treeOf(processes: ProcessTable, root: number, without: ReadonlySet<number> = new Set()): number[] {
  const tree = [root];
  for (const [pid, { parent }] of processes) {
    if (parent === root && !without.has(pid)) tree.push(...treeOf(processes, pid, without));
  }
  return tree;
}
