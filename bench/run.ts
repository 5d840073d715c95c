import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  type Check,
  type ContenderId,
  type Started,
  startBareProxy,
  startPortkey,
  startUpstream,
  upstreamAnswered,
} from "./contenders";
import { isDisturbed, type Measurement, measure, type Pace, summarise } from "./measure";
import { judge, machine, type Report, renderMarkdown, renderText } from "./report";
import { type BenchPostgres, startPostgres, startTurnpike } from "./turnpike";
import { ANSWER, STREAM } from "./workload";

/*
 * The driver of `npm run bench`: starts the contenders, loads them in turn, round after round, and writes the report.
 * Contenders take turns inside each round, and each round begins with another one, so that a machine that slows down
 * or speeds up favours nobody.
 */

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "5" },
    connections: { type: "string", default: "1,32,128" },
    stream: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
  },
});

const WARMUP_MS = 1_000;
const FIRST_WARMUP_MS = 3_000;
const WARMUP_CONNECTIONS = 32;
const projectRoot = process.cwd();
const pace: Pace = { warmupMs: WARMUP_MS, measureMs: Number(options.seconds) * 1000 };
const rounds = Number(options.rounds);
const connectionCounts = options.connections.split(",").map(Number);
const workload = options.stream ? STREAM : ANSWER;
const chosen = options.only?.split(",");
/** `--profile` has Node write where our own door spent its time, to be opened in a browser's developer tools. */
const profiling = options.profile ? ["--cpu-prof", "--cpu-prof-dir=dist/bench/profiles"] : [];
/** Only a run of everything replaces the committed results; a partial one is for looking. */
const whole = process.argv.length === 2;

type Starter = (upstreamPort: number, postgres: BenchPostgres) => Promise<Started>;

/** How each contender is started, given what it talks to. */
const starters: Record<Exclude<ContenderId, "direct">, Starter> = {
  bare: startBareProxy,
  portkey: (upstreamPort) => startPortkey(upstreamPort, projectRoot),
  server: (upstreamPort, postgres) => startTurnpike("server", postgres, upstreamPort, projectRoot, profiling),
  next: (upstreamPort, postgres) => startTurnpike("next", postgres, upstreamPort, projectRoot),
};

/** What runs so far, the upstream first; ended when the bench ends, however it does. */
const started: Started[] = [];
const notes: string[] = [];
const checks: Check[] = [];

async function startAll(postgres: BenchPostgres): Promise<void> {
  const upstream = await startUpstream();
  started.push(upstream);
  for (const [id, start] of Object.entries(starters)) {
    if (chosen && !chosen.includes(id)) continue;
    try {
      started.push(await start(upstream.contender.port, postgres));
    } catch (error) {
      // The reason may name folders of this machine, so it is for the terminal and not for the committed report.
      console.error(error instanceof Error ? error.message : error);
      // Somebody else's gateway may be out of reach, for want of a registry; ours has to be there.
      if (id === "portkey") notes.push("Portkey's gateway was left out: it could not be installed or started.");
      else checks.push({ name: `start of ${id}`, passed: false, detail: "did not come up" });
    }
  }
}

/** Lets every contender's code be compiled, which would else be measured in the first round. */
async function warmUp(): Promise<Measurement[]> {
  const length: Pace = { warmupMs: 0, measureMs: FIRST_WARMUP_MS };
  const measurements: Measurement[] = [];
  for (const { contender } of started) {
    measurements.push(await measure(contender, workload, WARMUP_CONNECTIONS, 0, length));
  }
  return measurements;
}

async function takeTurns(): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const total = rounds * connectionCounts.length * started.length;
  for (let round = 0; round < rounds; round += 1) {
    const order = [...started.slice(round % started.length), ...started.slice(0, round % started.length)];
    for (const connections of connectionCounts) {
      for (const { contender } of order) {
        const measurement = await measure(contender, workload, connections, round, pace);
        measurements.push(measurement);
        const { requestsPerSecond, p50Ms, p99Ms, errors } = measurement;
        console.log(
          `${String(measurements.length).padStart(3)}/${total}  ${contender.label}, ${connections} connections: ` +
            `${Math.round(requestsPerSecond)} requests/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ` +
            `${errors} errors${isDisturbed(measurement) ? disturbance(measurement) : ""}`,
        );
      }
    }
  }
  return measurements;
}

function disturbance({ effort, longestPauseMs }: Measurement): string {
  const percent = (share = 0) => `${Math.round(share * 100)} %`;
  return (
    `; disturbed: ${percent(effort?.gatewayCore.foreign)} / ${percent(effort?.restCore.foreign)} of the cores went ` +
    `elsewhere, longest pause ${Math.round(longestPauseMs)} ms`
  );
}

/** Stops every gateway, so that all it owes is written, and holds ours against what the load generator saw. */
async function audit(measurements: readonly Measurement[]): Promise<void> {
  for (const { contender, stop, audit: auditOne } of started) {
    if (contender.id === "direct") continue;
    await stop();
    if (!auditOne) continue;
    const own = measurements.filter((one) => one.contender === contender.id);
    const answered = own.reduce((sum, one) => sum + one.answered, 0);
    const errors = own.reduce((sum, one) => sum + one.errors, 0);
    const forwarded = await upstreamAnswered(started[0]?.contender.port ?? 0, contender.id);
    checks.push(
      { name: `${contender.label}: no error`, passed: errors === 0, detail: `${errors} errors` },
      {
        name: `${contender.label}: every call forwarded once`,
        passed: forwarded === answered,
        detail: `${forwarded} calls reached the upstream, ${answered} answers came back`,
      },
      ...(await auditOne(answered)),
    );
  }
}

async function save(report: Report): Promise<void> {
  const folder = path.join(projectRoot, "bench", "results");
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "latest.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(path.join(folder, "latest.md"), renderMarkdown(report));
  console.log("\nWritten to bench/results/latest.json and bench/results/latest.md.");
}

async function bench(postgres: BenchPostgres): Promise<void> {
  await startAll(postgres);
  const first = await warmUp();
  const measurements = await takeTurns();
  await audit([...first, ...measurements]);
  const figures = summarise(measurements);
  for (const { contender, connections, failures } of figures) {
    for (const [why, count] of Object.entries(failures)) {
      notes.push(`${contender} with ${connections} connections, ${count} times: ${why}`);
    }
  }
  const report: Report = {
    takenAt: new Date().toISOString(),
    machine: machine(postgres.version),
    pace: { rounds, ...pace },
    contenders: started.map(({ contender: { id, label } }) => ({ id, label })),
    figures,
    targets: judge(figures),
    checks,
    notes,
  };
  console.log(`\n${renderText(report)}`);
  const broke = checks.some((check) => !check.passed);
  if (broke) process.exitCode = 1;
  const disturbed = report.targets.some(({ verdict }) => verdict === "DISTURBED");
  const reason = broke ? "something broke" : disturbed ? "others used the machine" : "this was not the whole bench";
  if (whole && !broke && !disturbed) await save(report);
  else console.log(`\nNot written to bench/results: ${reason}.`);
}

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => reject(new Error(`ended by ${signal}`)));
});
const postgres = await startPostgres();
try {
  await Promise.race([bench(postgres), interrupted]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await Promise.all(started.map((one) => one.stop()));
  await postgres.stop();
}
// What was interrupted may still wait for an answer.
process.exit();
