import { cpus } from "node:os";
import type { Contender, ContenderId } from "./contenders";
import type { LoadJob, LoadResult } from "./load-job";
import { watchMemory } from "./memory";
import { type ProcessTable, processTable, treeOf } from "./process-table";
import { bundled, GATEWAY_CORE, gatewayPids, pinned, placed, REST_CORE, runToEnd } from "./processes";
import { median } from "./statistics";
import type { Workload } from "./workload";

/** One run of the load generator against one contender. */
export type Measurement = LoadResult & {
  contender: ContenderId;
  workload: Workload["name"];
  connections: number;
  round: number;
  /** The most resident memory of the contender's processes while it was loaded; 0 where the system does not tell. */
  peakMiB: number;
  /** Absent where processes cannot be pinned. */
  effort?: Effort;
};

/** What a measurement cost, to tell a gateway at its limit from a machine that somebody else was using. */
export type Effort = {
  gatewayCore: CoreUse;
  /** The core of everything but the gateway: load generator, upstream, PostgreSQL, this driver. */
  restCore: CoreUse;
  /** Processor time that the contender's own process spent for each call it answered, all threads, in microseconds. */
  processorUsPerCall: number;
};

/** Shares (0 to 1) of a core's time: in use at all, and in use by something that is no part of the bench. */
export type CoreUse = { busy: number; foreign: number };

const FOREIGN_MAX = 0.1;
const PAUSE_MS_MAX = 500;

/**
 * Whether somebody else was using the machine: more than a tenth of a core went elsewhere (an idle machine shows one or
 * two hundredths), or the load generator was kept from running for half a second.
 */
export function isDisturbed({ effort, longestPauseMs }: Measurement): boolean {
  const foreign = effort ? Math.max(effort.gatewayCore.foreign, effort.restCore.foreign) : 0;
  return foreign > FOREIGN_MAX || longestPauseMs > PAUSE_MS_MAX;
}

/**
 * The medians of a contender's rounds at one number of connections, those left out in which the machine was disturbed
 * (all are taken where none was quiet); `errors` and `answered` are sums over all rounds.
 */
export type Figure = Pick<Measurement, "contender" | "workload" | "connections"> &
  Pick<
    LoadResult,
    "requestsPerSecond" | "p50Ms" | "p99Ms" | "firstByteP50Ms" | "firstByteP99Ms" | "errors" | "answered"
  > & {
    rounds: number;
    quietRounds: number;
    failures: Record<string, number>;
    /** The highest of all rounds, also of those in which the machine was disturbed: memory is nobody else's. */
    peakMiB: number;
    effort?: Effort;
  };

/** The parts of a load job that are the measurement's and not the contender's. */
export type Load = Omit<LoadJob, "port" | "path" | "headers">;

/** Puts one load on a contender and answers what the load generator saw. */
export async function runLoad(contender: Contender, load: Load): Promise<LoadResult> {
  const { port, path, headers } = contender;
  const job: LoadJob = { ...load, port, path, headers };
  return JSON.parse(await runToEnd(...placed("rest", process.execPath, [bundled("load"), JSON.stringify(job)])));
}

/** Loads one contender once and answers what was seen. */
export async function measure(
  contender: Contender,
  workload: Workload,
  connections: number,
  round: number,
  measureMs: number,
): Promise<Measurement> {
  const before = pinned ? usage(contender) : undefined;
  const endWatch = watchMemory(contender.pid);
  const result = await runLoad(contender, { ...workload, connections, measureMs });
  const peakMiB = Math.max(...endWatch());
  return {
    contender: contender.id,
    workload: workload.name,
    connections,
    round,
    peakMiB,
    ...result,
    ...(before && { effort: effort(before, usage(contender), result.answered) }),
  };
}

/** Milliseconds of processor time since the start: of the cores, and of what the bench runs on them. */
type Usage = {
  cores: { busyMs: number; totalMs: number }[];
  contenderMs: number;
  gatewayMs: number;
  restMs: number;
};

function usage(contender: Contender): Usage {
  const cores = cpus().map(({ times }) => {
    const busyMs = times.user + times.nice + times.sys + times.irq;
    return { busyMs, totalMs: busyMs + times.idle };
  });
  const processes = processTable();
  const contenderMs = treeMs(processes, contender.pid);
  return {
    cores,
    contenderMs,
    // The upstream by itself is a contender that runs on the other core.
    gatewayMs: contender.id === "direct" ? 0 : contenderMs,
    restMs: treeMs(processes, process.pid, gatewayPids),
  };
}

/** The time of a process and all below it, except for those in `without` and what is below them. */
function treeMs(processes: ProcessTable, root: number, without?: ReadonlySet<number>): number {
  return treeOf(processes, root, without).reduce((sum, pid) => sum + (processes.get(pid)?.ms ?? 0), 0);
}

function effort(before: Usage, after: Usage, answered: number): Effort {
  const core = (index: number, ownMs: number): CoreUse => {
    const from = before.cores[index];
    const to = after.cores[index];
    if (!from || !to || to.totalMs <= from.totalMs) return { busy: 0, foreign: 0 };
    const totalMs = to.totalMs - from.totalMs;
    const busyMs = to.busyMs - from.busyMs;
    return { busy: busyMs / totalMs, foreign: Math.max(0, busyMs - ownMs) / totalMs };
  };
  return {
    gatewayCore: core(GATEWAY_CORE, after.gatewayMs - before.gatewayMs),
    restCore: core(REST_CORE, after.restMs - before.restMs),
    processorUsPerCall: answered === 0 ? 0 : ((after.contenderMs - before.contenderMs) * 1000) / answered,
  };
}

/** Brings the rounds of each contender, workload and number of connections together, in the order first measured. */
export function summarise(measurements: readonly Measurement[]): Figure[] {
  const groups = new Map<string, Measurement[]>();
  for (const one of measurements) {
    const name = `${one.contender} ${one.workload} ${one.connections}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return Array.from(groups.values(), (group) => {
    const [first] = group;
    if (!first) throw new Error("a group of measurements is empty");
    const quiet = group.filter((one) => !isDisturbed(one));
    const middle = (pick: (one: Measurement) => number) => median((quiet.length > 0 ? quiet : group).map(pick));
    const coreUse = (pick: (effort: Effort) => CoreUse): CoreUse => ({
      busy: middle((one) => (one.effort ? pick(one.effort).busy : 0)),
      foreign: middle((one) => (one.effort ? pick(one.effort).foreign : 0)),
    });
    const sum = (pick: (one: Measurement) => number) => group.reduce((total, one) => total + pick(one), 0);
    const failures: Record<string, number> = {};
    for (const one of group) {
      for (const [why, count] of Object.entries(one.failures)) failures[why] = (failures[why] ?? 0) + count;
    }
    return {
      contender: first.contender,
      workload: first.workload,
      connections: first.connections,
      rounds: group.length,
      quietRounds: quiet.length,
      requestsPerSecond: middle((one) => one.requestsPerSecond),
      p50Ms: middle((one) => one.p50Ms),
      p99Ms: middle((one) => one.p99Ms),
      firstByteP50Ms: middle((one) => one.firstByteP50Ms),
      firstByteP99Ms: middle((one) => one.firstByteP99Ms),
      errors: sum((one) => one.errors),
      answered: sum((one) => one.answered),
      failures,
      peakMiB: Math.max(...group.map((one) => one.peakMiB)),
      ...(first.effort && {
        effort: {
          gatewayCore: coreUse((effort) => effort.gatewayCore),
          restCore: coreUse((effort) => effort.restCore),
          processorUsPerCall: middle((one) => one.effort?.processorUsPerCall ?? 0),
        },
      }),
    };
  });
}
