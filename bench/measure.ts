import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import type { Contender, ContenderId } from "./contenders";
import type { LoadJob, LoadResult } from "./load-job";
import { bundled, GATEWAY_CORE, gatewayPids, pinned, placed, REST_CORE, runToEnd } from "./processes";
import { median } from "./statistics";
import type { Workload } from "./workload";

/** One run of the load generator against one contender. */
export type Measurement = LoadResult & {
  contender: ContenderId;
  workload: Workload["name"];
  connections: number;
  round: number;
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
    effort?: Effort;
  };

export type Pace = { warmupMs: number; measureMs: number };

/** Loads one contender once and answers what was seen. */
export async function measure(
  contender: Contender,
  workload: Workload,
  connections: number,
  round: number,
  pace: Pace,
): Promise<Measurement> {
  const job: LoadJob = {
    port: contender.port,
    path: contender.path,
    headers: contender.headers,
    body: workload.body,
    mark: workload.mark,
    connections,
    ...pace,
  };
  const before = pinned ? usage(contender) : undefined;
  const result: LoadResult = JSON.parse(
    await runToEnd(...placed("rest", process.execPath, [bundled("load"), JSON.stringify(job)])),
  );
  return {
    contender: contender.id,
    workload: workload.name,
    connections,
    round,
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
  const processes = processTimes();
  const contenderMs = treeMs(processes, contender.pid, new Set());
  return {
    cores,
    contenderMs,
    // The upstream by itself is a contender that runs on the other core.
    gatewayMs: contender.id === "direct" ? 0 : contenderMs,
    restMs: treeMs(processes, process.pid, gatewayPids),
  };
}

/** Linux counts in hundredths of a second, whatever the kernel's own clock is: proc(5), utime to cstime. */
const TICK_MS = 10;

/** Every process of the machine: whose child it is, and its time with that of the children it has seen end. */
function processTimes(): Map<number, { parent: number; ms: number }> {
  const processes = new Map<number, { parent: number; ms: number }>();
  for (const name of readdirSync("/proc")) {
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

/** The time of a process and all below it, except for those in `without` and what is below them. */
function treeMs(processes: ReturnType<typeof processTimes>, root: number, without: ReadonlySet<number>): number {
  let ms = processes.get(root)?.ms ?? 0;
  for (const [pid, { parent }] of processes) {
    if (parent === root && !without.has(pid)) ms += treeMs(processes, pid, without);
  }
  return ms;
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
