import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Contender } from "./contenders";
import { runLoad } from "./measure";
import { watchMemory } from "./memory";
import { machine } from "./report";
import { saveResults } from "./results";
import { audit, type LoadOutcome, runSession, type Session } from "./session";
import {
  type CallMemory,
  judgeSoak,
  renderSoakMarkdown,
  renderSoakText,
  type SoakReport,
  type StreamMemory,
} from "./soak-report";
import { median } from "./statistics";
import { type Question, streamed, WORKLOADS } from "./workload";

/*
 * The driver of `npm run soak`: what the contenders' resident memory does while many slow streams are open at once, after
 * them, and over many calls. It compares memory and not speed, so the streams are open on all contenders at the same time.
 */

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "bare,portkey,server,next" },
    streams: { type: "string", default: "1000" },
    seconds: { type: "string", default: "60" },
    rest: { type: "string", default: "60" },
    calls: { type: "string", default: "20000" },
    turns: { type: "string", default: "5" },
  },
});

const streamCount = Number(options.streams);
const seconds = Number(options.seconds);
const restSeconds = Number(options.rest);
const callsPerTurn = Number(options.calls);
const turns = Number(options.turns);
/** Only a run of everything replaces the committed results; a partial one is for looking. */
const whole = process.argv.length === 2;

const CONNECTIONS = 32;
/** Enough for the code to be loaded, and too few to fill a heap that the streams would then find room in. */
const WARMUP_CALLS = 200;
const WARMUP_CONNECTIONS = 8;
/** The streams are opened over this time, and all of them are open from then on until the first one ends. */
const RAMP_MS = 5_000;
/** Memory at rest is the median of the last part of a rest. */
const SETTLED_MS = 5_000;
/** No load goes on for longer than this. */
const LOAD_MS_MAX = 120_000;

async function soak(session: Session): Promise<void> {
  const contenders = session.started.map(({ contender }) => contender).filter(({ id }) => id !== "direct");
  const loads: LoadOutcome[] = [];

  /** Puts so many calls on a contender and keeps what became of them. */
  async function call(contender: Contender, question: Question, connections: number, rampMs: number, callsMax: number) {
    const { answered, errors, failures } = await runLoad(contender, {
      ...question,
      connections,
      rampMs,
      warmupMs: 0,
      measureMs: LOAD_MS_MAX,
      callsMax,
    });
    loads.push({ contender: contender.id, answered, errors });
    for (const [why, count] of Object.entries(failures)) session.notes.push(`${contender.id}, ${count} times: ${why}`);
    if (answered + errors < callsMax)
      session.notes.push(`${contender.id} answered ${answered} of ${callsMax} calls in time`);
  }

  for (const contender of contenders) {
    await call(contender, WORKLOADS.answer, WARMUP_CONNECTIONS, 0, WARMUP_CALLS);
    await call(contender, WORKLOADS.stream, WARMUP_CONNECTIONS, 0, WARMUP_CALLS);
  }
  console.log(
    `Warm; resting for ${restSeconds} s, then ${streamCount} streams each for ${seconds} s, then rest again.`,
  );
  const streamMemory = await Promise.all(
    contenders.map(async (contender): Promise<StreamMemory> => {
      const beforeMiB = await atRest(contender);
      const isOver = new AbortController();
      const open = openMemory(contender, isOver.signal);
      await call(contender, streamed(seconds, 1_000), streamCount, RAMP_MS, streamCount);
      isOver.abort();
      const seen = await open;
      return {
        contender: contender.id,
        beforeMiB,
        duringMiB: median(seen),
        peakMiB: Math.max(...seen),
        afterMiB: await atRest(contender),
      };
    }),
  );
  const callMemory: CallMemory[] = [];
  for (const contender of contenders) {
    const turnsMiB: number[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      const endWatch = watchMemory(contender.pid);
      await call(contender, WORKLOADS.answer, CONNECTIONS, 0, callsPerTurn);
      turnsMiB.push(median(endWatch()));
      console.log(`${contender.label}: ${(turn + 1) * callsPerTurn} calls, ${turnsMiB.at(-1)?.toFixed(1)} MiB`);
    }
    callMemory.push({ contender: contender.id, turnsMiB });
  }
  await audit(session, loads);
  const report: SoakReport = {
    takenAt: new Date().toISOString(),
    machine: machine(session.postgres.version),
    streams: { count: streamCount, seconds, restSeconds },
    callsPerTurn,
    contenders: contenders.map(({ id, label }) => ({ id, label })),
    streamMemory,
    callMemory,
    targets: judgeSoak(callMemory, callsPerTurn),
    checks: session.checks,
    notes: session.notes,
  };
  console.log(`\n${renderSoakText(report)}`);
  const broke = session.checks.some(({ passed }) => !passed);
  if (whole && !broke) await saveResults("soak", report, renderSoakMarkdown(report));
  else console.log(`\nNot written to bench/results: ${broke ? "something broke" : "this was not the whole soak"}.`);
}

/** The resident memory at the end of a rest, in MiB. */
async function atRest({ pid }: Contender): Promise<number> {
  await sleep(Math.max(0, restSeconds * 1_000 - SETTLED_MS));
  const endWatch = watchMemory(pid);
  await sleep(SETTLED_MS);
  return median(endWatch());
}

/** What the resident memory was, in MiB, from when all streams are open until the first one ends, or `isOver`. */
async function openMemory({ pid }: Contender, isOver: AbortSignal): Promise<number[]> {
  const wait = (ms: number) => sleep(ms, undefined, { signal: isOver }).catch(() => undefined);
  await wait(2 * RAMP_MS);
  const endWatch = watchMemory(pid);
  await wait(seconds * 1_000 - 2 * RAMP_MS);
  return endWatch();
}

await runSession({ only: options.only.split(",") }, soak);
