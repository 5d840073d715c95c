import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Where a process runs: the measured gateway has one core to itself, everything else shares the other. */
export type Place = "gateway" | "rest";

export type Running = {
  pid: number;
  /** The port it announced with a line `ready <port>`; absent when the caller chose the port. */
  port: number | undefined;
  /** SIGTERM, and SIGKILL when that did not end it within twenty seconds. */
  stop(): Promise<void>;
};

export type ProcessPlan = {
  name: string;
  place: Place;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Without an address, the process is up when it prints `ready <port>`; with one, when that answers below 500. */
  answersAt?: string;
  startMsMax?: number;
};

export const GATEWAY_CORE = 0;
export const REST_CORE = 1;
const OUTPUT_KEPT = 4_000;
/** A gateway may want to finish what it owes before it goes. */
const STOP_MS_MAX = 20_000;

/** Whether processes are held to a core each: scripts/bench.mjs tried, and started this process on the second one. */
export const pinned = process.env.BENCH_PINNED === "1";

/** The command line that starts `command` on the core of `place`; unchanged where processes cannot be pinned. */
export function placed(place: Place, command: string, args: string[]): [string, string[]] {
  if (!pinned) return [command, args];
  return ["taskset", ["-c", String(place === "gateway" ? GATEWAY_CORE : REST_CORE), command, ...args]];
}

/** The processes that were started on the gateway's core and still run. */
export const gatewayPids = new Set<number>();
const children = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** What a started program gets to see of our environment; a stray variable of the user's must not configure a contender. */
function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR && { TMPDIR }), NODE_ENV: "production", ...extra };
}

/** Starts a process and waits until it is up. Throws an Error with the end of its output when it is not in time. */
export async function startProcess(plan: ProcessPlan): Promise<Running> {
  const [command, args] = placed(plan.place, plan.command, plan.args);
  const child = spawn(command, args, {
    env: environment(plan.env),
    cwd: plan.cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  const pid = child.pid ?? 0;
  if (plan.place === "gateway") gatewayPids.add(pid);
  let output = "";
  const keep = (text: Buffer) => {
    output = (output + text.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      output += error.message;
      resolve();
    });
    child.once("exit", () => resolve());
  });
  let running = true;
  void ended.then(() => {
    running = false;
    children.delete(child);
    gatewayPids.delete(pid);
  });

  const deadline = Date.now() + (plan.startMsMax ?? 15_000);
  let port: number | undefined;
  while (running && Date.now() < deadline) {
    const announced = /^ready (\d+)$/m.exec(output)?.[1];
    if (announced !== undefined) port = Number(announced);
    const up = plan.answersAt === undefined ? port !== undefined : await answers(plan.answersAt);
    if (up) return { pid, port, stop };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const how = running ? "did not answer in time" : "ended while starting";
  await stop();
  throw new Error(`${plan.name} ${how}. The end of its output:\n${output.trim()}`);

  async function stop(): Promise<void> {
    if (!running) return;
    child.kill("SIGTERM");
    const kill = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    await ended;
    clearTimeout(kill);
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

/** The bundled script beside this one that `npm run bench` made of `bench/<name>.ts`. */
export function bundled(name: string): string {
  return fileURLToPath(new URL(`./${name}.mjs`, import.meta.url));
}

/** Runs a command to its end and answers what it printed. Throws an Error with its complaint when it fails. */
export async function runToEnd(
  command: string,
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const child = spawn(command, args, { ...options, env: environment(options.env), stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr = (stderr + text).slice(-OUTPUT_KEPT);
  });
  const [code] = await once(child, "close").finally(() => children.delete(child));
  if (code !== 0)
    throw new Error(`${command} ended with ${code}: ${stderr.trim() || stdout.trim().slice(-OUTPUT_KEPT)}`);
  return stdout;
}
