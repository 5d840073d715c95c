import { parseArgs } from "node:util";
import type { Started } from "./contenders";
import { isDisturbed, type Measurement, measure, summarise } from "./measure";
import { judge, machine, type Report, renderMarkdown, renderText } from "./report";
import { saveResults } from "./results";
import { audit, runSession, type Session } from "./session";
import { WORKLOADS, type Workload } from "./workload";

/*
 * The driver of `npm run bench`: loads the contenders in turn, round after round, and writes the report. Contenders take
 * turns at each load of each round, and each round begins with another one, so that a machine that slows down or speeds
 * up favours nobody.
 */

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    workloads: { type: "string" },
    connections: { type: "string" },
    profile: { type: "boolean", default: false },
  },
});

const FIRST_WARMUP_MS = 3_000;
const WARMUP_CONNECTIONS = 32;
const measureMs = Number(options.seconds) * 1000;
const rounds = Number(options.rounds);
const chosenWorkloads = options.workloads?.split(",");
const chosenConnections = options.connections?.split(",").map(Number);
/** Only a run of everything replaces the committed results; a partial one is for looking. */
const whole = process.argv.length === 2;

/** Every load that each contender is put under in each round. */
const loads: { workload: Workload; connections: number }[] = Object.values(WORKLOADS)
  .filter(({ name }) => !chosenWorkloads || chosenWorkloads.includes(name))
  .flatMap((workload) => (chosenConnections ?? workload.connections).map((connections) => ({ workload, connections })));

/** Lets every contender's code be compiled, which would else be measured in the first round. */
async function warmUp(started: readonly Started[]): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const streamed of new Set(loads.map(({ workload }) => workload.streamed))) {
    const workload = streamed ? WORKLOADS.stream : WORKLOADS.answer;
    for (const { contender } of started) {
      measurements.push(await measure(contender, workload, WARMUP_CONNECTIONS, 0, FIRST_WARMUP_MS));
    }
  }
  return measurements;
}

async function takeTurns(started: readonly Started[]): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  const total = rounds * loads.length * started.length;
  for (let round = 0; round < rounds; round += 1) {
    const order = [...started.slice(round % started.length), ...started.slice(0, round % started.length)];
    for (const { workload, connections } of loads) {
      for (const { contender } of order) {
        const measurement = await measure(contender, workload, connections, round, measureMs);
        measurements.push(measurement);
        const count = `${String(measurements.length).padStart(3)}/${total}`;
        console.log(`${count}  ${contender.label}, ${workload.name}, ${connections}: ${seen(workload, measurement)}`);
      }
    }
  }
  return measurements;
}

function seen({ streamed }: Workload, measurement: Measurement): string {
  const { requestsPerSecond, p50Ms, p99Ms, firstByteP50Ms, firstByteP99Ms, peakMiB, errors } = measurement;
  return (
    `${requestsPerSecond.toFixed(1)}/s, p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ` +
    (streamed ? `first chunk p50 ${firstByteP50Ms.toFixed(2)} ms, p99 ${firstByteP99Ms.toFixed(2)} ms, ` : "") +
    `${Math.round(peakMiB)} MiB, ${errors} errors${isDisturbed(measurement) ? disturbance(measurement) : ""}`
  );
}

function disturbance({ effort, longestPauseMs }: Measurement): string {
  const percent = (share = 0) => `${Math.round(share * 100)} %`;
  return (
    `; disturbed: ${percent(effort?.gatewayCore.foreign)} / ${percent(effort?.restCore.foreign)} of the cores went ` +
    `elsewhere, longest pause ${Math.round(longestPauseMs)} ms`
  );
}

async function bench(session: Session): Promise<void> {
  const { started, notes, checks, postgres } = session;
  const first = await warmUp(started);
  const measurements = await takeTurns(started);
  await audit(session, [...first, ...measurements]);
  const figures = summarise(measurements);
  for (const { contender, workload, connections, failures } of figures) {
    for (const [why, count] of Object.entries(failures)) {
      notes.push(`${contender}, ${workload}, ${connections} connections, ${count} times: ${why}`);
    }
  }
  const report: Report = {
    takenAt: new Date().toISOString(),
    machine: machine(postgres.version),
    pace: { rounds, measureMs },
    contenders: started.map(({ contender: { id, label } }) => ({ id, label })),
    figures,
    targets: judge(figures),
    checks,
    notes,
  };
  console.log(`\n${renderText(report)}`);
  const broke = checks.some((check) => !check.passed);
  const disturbed = report.targets.some(({ verdict }) => verdict === "DISTURBED");
  const reason = broke ? "something broke" : disturbed ? "others used the machine" : "this was not the whole bench";
  if (whole && !broke && !disturbed) await saveResults("latest", report, renderMarkdown(report));
  else console.log(`\nNot written to bench/results: ${reason}.`);
}

await runSession(
  {
    only: options.only?.split(","),
    // Has Node write where our own door spent its time, to be opened in a browser's developer tools.
    nodeOptions: options.profile ? ["--cpu-prof", "--cpu-prof-dir=dist/bench/profiles"] : [],
  },
  bench,
);
