import type { Check, Contender, ContenderId } from "./contenders";
import { describeMachine, type Machine, type Target, targetTable } from "./report";
import { markdownTable, type Table, textTable } from "./table";

/** What many slow streams at once do to a contender's resident memory, in MiB. */
export type StreamMemory = {
  contender: ContenderId;
  /** At rest, after the warm-up. */
  beforeMiB: number;
  /** The median and the most while all streams are open. */
  duringMiB: number;
  peakMiB: number;
  /** At rest again. */
  afterMiB: number;
};

/** The median resident memory of a contender during each turn of the same number of calls, in MiB. */
export type CallMemory = { contender: ContenderId; turnsMiB: number[] };

export type SoakReport = {
  takenAt: string;
  machine: Machine;
  /** How many streams were open at once and for how long, and how long the contenders rested before and after. */
  streams: { count: number; seconds: number; restSeconds: number };
  /** How many calls one turn has. */
  callsPerTurn: number;
  contenders: Pick<Contender, "id" | "label">[];
  streamMemory: StreamMemory[];
  callMemory: CallMemory[];
  targets: Target[];
  checks: Check[];
  notes: string[];
};

/** Resident memory goes up and down by about this share between two collections of garbage. */
const GROWTH_MAX = 0.05;

/** The growth of the resident memory over all turns but the first, which warms up. */
export function growthOf({ turnsMiB }: CallMemory): number | null {
  const [, from] = turnsMiB;
  const to = turnsMiB.at(-1);
  if (from === undefined || to === undefined || turnsMiB.length < 3 || from === 0) return null;
  return to / from - 1;
}

/** Holds Turnpike's own door against what its memory may do. */
export function judgeSoak(callMemory: readonly CallMemory[], callsPerTurn: number): Target[] {
  const ours = callMemory.find(({ contender }) => contender === "server");
  const turns = ours?.turnsMiB.length ?? 0;
  const growth = ours ? growthOf(ours) : null;
  const base = {
    name: `growth of the resident memory over ${(turns * callsPerTurn).toLocaleString("en")} calls, the first ${callsPerTurn.toLocaleString("en")} for warm-up`,
    wanted: `at most ${GROWTH_MAX * 100} %`,
  };
  if (growth === null) return [{ ...base, seen: "-", verdict: "NOT MEASURED" }];
  return [{ ...base, seen: `${(growth * 100).toFixed(1)} %`, verdict: growth <= GROWTH_MAX ? "PASS" : "MISS" }];
}

/** What one open stream adds to the resident memory, in KiB. */
export function perStreamKiB({ beforeMiB, duringMiB }: StreamMemory, count: number): number {
  return ((duringMiB - beforeMiB) * 1024) / count;
}

const CONTENDER = "contender";

function labelOf({ contenders }: SoakReport, contender: ContenderId): string {
  return contenders.find(({ id }) => id === contender)?.label ?? contender;
}

const mebibytes = (value: number): string => value.toFixed(1);

function streamTable(report: SoakReport): Table {
  return {
    headings: [CONTENDER, "before MiB", "during MiB", "peak MiB", "after MiB", "KiB a stream"],
    words: [CONTENDER],
    rows: report.streamMemory.map((memory) => [
      labelOf(report, memory.contender),
      mebibytes(memory.beforeMiB),
      mebibytes(memory.duringMiB),
      mebibytes(memory.peakMiB),
      mebibytes(memory.afterMiB),
      perStreamKiB(memory, report.streams.count).toFixed(1),
    ]),
  };
}

function callTable(report: SoakReport): Table {
  const turns = Math.max(0, ...report.callMemory.map(({ turnsMiB }) => turnsMiB.length));
  const calls = (turn: number) => ((turn + 1) * report.callsPerTurn).toLocaleString("en");
  return {
    headings: [CONTENDER, ...Array.from({ length: turns }, (_, turn) => `to ${calls(turn)}`), "growth"],
    words: [CONTENDER],
    rows: report.callMemory.map((memory) => {
      const growth = growthOf(memory);
      return [
        labelOf(report, memory.contender),
        ...memory.turnsMiB.map(mebibytes),
        growth === null ? "-" : `${(growth * 100).toFixed(1)} %`,
      ];
    }),
  };
}

function aboutStreams({ streams: { count, seconds, restSeconds } }: SoakReport): string {
  return (
    `Resident memory with ${count.toLocaleString("en")} streams at once, one chunk a second for ${seconds} s; ` +
    `before and after: at rest for ${restSeconds} s.`
  );
}

const ABOUT_CALLS =
  "Resident memory (MiB) while calls follow one another over 32 connections: the median of each turn. Growth: of the last " +
  "turn over the second, since the first warms up.";

/** The soak's table for README, as Markdown. */
export function renderSoakBriefly(report: SoakReport): string[] {
  return [aboutStreams(report), "", ...markdownTable(streamTable(report))];
}

/** The whole report as text for a terminal. */
export function renderSoakText(report: SoakReport): string {
  return [
    summary(report),
    "",
    aboutStreams(report),
    "",
    ...textTable(streamTable(report)),
    "",
    ABOUT_CALLS,
    "",
    ...textTable(callTable(report)),
    "",
    ...textTable(targetTable(report.targets)),
    "",
    ...report.checks.map(({ name, passed, detail }) => `${passed ? "OK" : "BROKEN"}: ${name}: ${detail}`),
    ...report.notes.map((note) => `Note: ${note}`),
  ].join("\n");
}

/** The whole report as Markdown. */
export function renderSoakMarkdown(report: SoakReport): string {
  return [
    "# Soak",
    "",
    summary(report),
    "",
    aboutStreams(report),
    "",
    ...markdownTable(streamTable(report)),
    "",
    ABOUT_CALLS,
    "",
    ...markdownTable(callTable(report)),
    "",
    ...markdownTable(targetTable(report.targets)),
    "",
    ...report.checks.map(({ name, passed, detail }) => `- ${passed ? "OK" : "**BROKEN**"}: ${name}: ${detail}`),
    ...report.notes.map((note) => `- Note: ${note}`),
    "",
  ].join("\n");
}

function summary({ takenAt, machine }: SoakReport): string {
  return `${takenAt.slice(0, 10)}, ${describeMachine(machine)}.`;
}
