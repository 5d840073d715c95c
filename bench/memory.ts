import { readFileSync } from "node:fs";
import { processTable, treeOf } from "./process-table";

const SAMPLE_MS = 200;
const KIB_PER_MIB = 1024;

/** Resident memory of a process and all below it, in MiB; 0 where the system does not tell. */
export function residentMiB(pid: number): number {
  return resident(treeOf(processTable(), pid));
}

function resident(pids: readonly number[]): number {
  let kib = 0;
  for (const pid of pids) {
    try {
      kib += Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      // It ended, or the system has no /proc.
    }
  }
  return kib / KIB_PER_MIB;
}

/**
 * Looks at the resident memory of a process, and of those that are below it now, five times a second until it is ended;
 * then answers what it saw, in MiB, the first before anything else happened and the last at the end.
 */
export function watchMemory(pid: number): () => number[] {
  const pids = treeOf(processTable(), pid);
  const seen = [resident(pids)];
  const timer = setInterval(() => seen.push(resident(pids)), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    seen.push(resident(pids));
    return seen;
  };
}
