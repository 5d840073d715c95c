import { cpus } from "node:os";
import type { Check, Contender, ContenderId } from "./contenders";
import type { Figure } from "./measure";
import { pinned } from "./processes";
import { markdownTable, type Table, textTable } from "./table";
import { WORKLOADS, type WorkloadName } from "./workload";

/** What the machine is, without saying where. */
export type Machine = { cores: number; cpu: string; node: string; postgres: string; pinned: boolean };

/**
 * One of the targets: what was wanted, what was seen, and whether that is enough. DISTURBED: others used the machine in
 * every round of a figure that the verdict needs, so there is none.
 */
export type Target = {
  name: string;
  wanted: string;
  seen: string;
  verdict: "PASS" | "MISS" | "DISTURBED" | "NOT MEASURED";
};

export type Report = {
  takenAt: string;
  machine: Machine;
  pace: { rounds: number; measureMs: number };
  contenders: Pick<Contender, "id" | "label">[];
  figures: Figure[];
  targets: Target[];
  checks: Check[];
  notes: string[];
};

/** Describes this machine by what decides the figures; `postgres` is the version of the database that was used. */
export function machine(postgres: string): Machine {
  const all = cpus();
  return { cores: all.length, cpu: all[0]?.model.trim() ?? "unknown", node: process.version, postgres, pinned };
}

/** The machine in one line. */
export function describeMachine(machine: Machine): string {
  const placement = machine.pinned
    ? "each gateway alone on core 0, everything else on core 1"
    : "processes not held to cores";
  return `${machine.cores} cores of ${machine.cpu}, Node ${machine.node}, PostgreSQL ${machine.postgres}; ${placement}`;
}

type Seen = { seen: string; isMet: boolean };

/** Holds the figures against the targets that Turnpike's own door has to meet. */
export function judge(figures: readonly Figure[]): Target[] {
  const find = (contender: ContenderId, workload: WorkloadName, connections: number) =>
    figures.find((one) => one.contender === contender && one.workload === workload && one.connections === connections);
  const target = (
    name: string,
    wanted: string,
    [workload, connections]: [WorkloadName, number],
    other: ContenderId,
    look: (ours: Figure, theirs: Figure) => Seen,
  ): Target => {
    const ours = find("server", workload, connections);
    const theirs = find(other, workload, connections);
    if (!ours || !theirs || ours.answered === 0 || theirs.answered === 0)
      return { name, wanted, seen: "-", verdict: "NOT MEASURED" };
    const { seen, isMet } = look(ours, theirs);
    return { name, wanted, seen, verdict: verdict(isMet, ours, theirs) };
  };
  const atLeast = (name: string, other: ContenderId, connections: number, wanted: number): Target =>
    target(
      `${name}, ${connections} connections`,
      `at least ${wanted} times`,
      ["answer", connections],
      other,
      (ours, theirs) => {
        const ratio = ours.requestsPerSecond / theirs.requestsPerSecond;
        return { seen: `${ratio.toFixed(2)} times`, isMet: ratio >= wanted };
      },
    );
  return [
    atLeast("requests a second over Portkey's", "portkey", 32, 6),
    atLeast("requests a second over Portkey's", "portkey", 128, 9),
    atLeast("requests a second over the bare proxy's", "bare", 128, 0.65),
    target("added to the median, 1 connection", "at most 1 ms", ["answer", 1], "direct", (ours, direct) => {
      const addedMs = ours.p50Ms - direct.p50Ms;
      return { seen: `${addedMs.toFixed(2)} ms`, isMet: addedMs <= 1 };
    }),
    target("time to the first chunk, 32 streams without pause", "at most 5 ms", ["stream", 32], "direct", (ours) => ({
      seen: `${ours.firstByteP50Ms.toFixed(2)} ms`,
      isMet: ours.firstByteP50Ms <= 5,
    })),
    target("500 paced streams, of the direct rate", "at least 99 %", ["paced", 500], "direct", (ours, direct) => {
      const share = ours.requestsPerSecond / direct.requestsPerSecond;
      return { seen: exactPercent(share), isMet: share >= 0.99 };
    }),
    target("500 paced streams, resident memory", "at most 160 MiB", ["paced", 500], "direct", ({ peakMiB }) => ({
      seen: `${Math.ceil(peakMiB)} MiB`,
      isMet: peakMiB > 0 && peakMiB <= 160,
    })),
  ];
}

function verdict(isMet: boolean, ...figures: Figure[]): Target["verdict"] {
  if (figures.some(({ quietRounds }) => quietRounds === 0)) return "DISTURBED";
  return isMet ? "PASS" : "MISS";
}

type Column = { title: string; cell(figure: Figure, report: Report): string };

const added = (pick: (figure: Figure) => number) => (figure: Figure, report: Report) => {
  const direct = sameLoad(report, figure, "direct");
  return direct && direct !== figure ? (pick(figure) - pick(direct)).toFixed(2) : "-";
};

const CONTENDER = "contender";

const COLUMN = {
  connections: { title: "conn.", cell: ({ connections }) => String(connections) },
  contender: {
    title: CONTENDER,
    cell: ({ contender, workload }, { contenders }) => {
      const label = contenders.find(({ id }) => id === contender)?.label ?? contender;
      return workload === "paced" ? `${label}, paced` : label;
    },
  },
  rate: { title: "requests/s", cell: ({ requestsPerSecond }) => Math.round(requestsPerSecond).toLocaleString("en") },
  p50: { title: "p50 ms", cell: ({ p50Ms }) => p50Ms.toFixed(2) },
  p99: { title: "p99 ms", cell: ({ p99Ms }) => p99Ms.toFixed(2) },
  addedP50: { title: "added p50 ms", cell: added(({ p50Ms }) => p50Ms) },
  addedP99: { title: "added p99 ms", cell: added(({ p99Ms }) => p99Ms) },
  firstP50: { title: "first chunk p50 ms", cell: ({ firstByteP50Ms }) => firstByteP50Ms.toFixed(2) },
  firstP99: { title: "first chunk p99 ms", cell: ({ firstByteP99Ms }) => firstByteP99Ms.toFixed(2) },
  errors: { title: "errors", cell: ({ errors }) => String(errors) },
  ofDirect: {
    title: "of direct",
    cell: (figure, report) => {
      const direct = sameLoad(report, figure, "direct");
      return direct && direct.requestsPerSecond > 0
        ? exactPercent(figure.requestsPerSecond / direct.requestsPerSecond)
        : "-";
    },
  },
  timesBare: { title: "times bare", cell: (figure, report) => timesOf(figure, sameLoad(report, figure, "bare")) },
  timesPortkey: {
    title: "times Portkey",
    cell: (figure, report) => timesOf(figure, sameLoad(report, figure, "portkey")),
  },
  peak: { title: "peak MiB", cell: ({ peakMiB }) => (peakMiB > 0 ? String(Math.ceil(peakMiB)) : "-") },
  quiet: { title: "quiet rounds", cell: ({ quietRounds, rounds }) => `${quietRounds} of ${rounds}` },
  processor: {
    title: "µs/call",
    cell: ({ effort }) => (effort ? Math.round(effort.processorUsPerCall).toString() : "-"),
  },
  cores: {
    title: "cores busy",
    cell: ({ effort }) => (effort ? `${percent(effort.gatewayCore.busy)} / ${percent(effort.restCore.busy)}` : "-"),
  },
} satisfies Record<string, Column>;

/** A table of the report: the workloads that stand in it, and what is said of each figure, at length and in short. */
type Section = { title: string; streamed: boolean; columns: Column[]; brief: Column[] };

const SECTIONS: Section[] = [
  {
    title: "Whole answers",
    streamed: false,
    columns: [
      COLUMN.connections,
      COLUMN.contender,
      COLUMN.rate,
      COLUMN.p50,
      COLUMN.p99,
      COLUMN.addedP50,
      COLUMN.addedP99,
      COLUMN.errors,
      COLUMN.timesBare,
      COLUMN.timesPortkey,
      COLUMN.quiet,
      COLUMN.processor,
      COLUMN.peak,
      COLUMN.cores,
    ],
    brief: [
      COLUMN.connections,
      COLUMN.contender,
      COLUMN.rate,
      COLUMN.addedP50,
      COLUMN.addedP99,
      COLUMN.timesBare,
      COLUMN.timesPortkey,
    ],
  },
  {
    title: "Streams",
    streamed: true,
    columns: [
      COLUMN.connections,
      COLUMN.contender,
      { ...COLUMN.rate, title: "streams/s" },
      COLUMN.firstP50,
      COLUMN.firstP99,
      COLUMN.p50,
      COLUMN.p99,
      COLUMN.addedP50,
      COLUMN.addedP99,
      COLUMN.errors,
      COLUMN.ofDirect,
      COLUMN.timesBare,
      COLUMN.timesPortkey,
      COLUMN.quiet,
      { ...COLUMN.processor, title: "µs/stream" },
      COLUMN.peak,
      COLUMN.cores,
    ],
    brief: [
      COLUMN.connections,
      COLUMN.contender,
      { ...COLUMN.rate, title: "streams/s" },
      COLUMN.firstP50,
      COLUMN.firstP99,
      COLUMN.ofDirect,
      COLUMN.timesBare,
      COLUMN.timesPortkey,
      COLUMN.peak,
    ],
  },
];

const LEGEND =
  "Added: over the same load on the upstream, direct. Of direct: the rate over that one's. Peak: the most resident memory " +
  "of the contender's processes in any round. Quiet rounds: those in which nobody else used the machine. µs/call and " +
  "µs/stream: processor time of the contender's own process for each. Cores busy: the gateway's / everything else's, whoever " +
  "used them. Paced streams send 50 chunks, one each 20 ms, all others 20 without pause.";

function sameLoad(report: Report, figure: Figure, contender: ContenderId): Figure | undefined {
  return report.figures.find(
    (one) => one.contender === contender && one.workload === figure.workload && one.connections === figure.connections,
  );
}

function timesOf(figure: Figure, other: Figure | undefined): string {
  return other && other.requestsPerSecond > 0 ? (figure.requestsPerSecond / other.requestsPerSecond).toFixed(2) : "-";
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Rounded down, since 98.96 % is not 99. */
function exactPercent(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

/** The tables that have figures, by number of connections, contenders in the order of the report. */
function tables(report: Report, length: "columns" | "brief"): { title: string; table: Table }[] {
  const order = report.contenders.map(({ id }) => id);
  return SECTIONS.flatMap((section) => {
    const figures = report.figures
      .filter(({ workload }) => WORKLOADS[workload].streamed === section.streamed)
      // In short, the upstream by itself is only what the others are held against.
      .filter(({ contender }) => length === "columns" || contender !== "direct")
      .toSorted((a, b) => a.connections - b.connections || order.indexOf(a.contender) - order.indexOf(b.contender));
    if (figures.length === 0) return [];
    const columns = section[length];
    const headings = columns.map(({ title }) => title);
    const rows = figures.map((figure) => columns.map(({ cell }) => cell(figure, report)));
    return [{ title: section.title, table: { headings, rows, words: [CONTENDER] } }];
  });
}

/** The tables of the report, in the few columns that somebody who chooses a gateway asks for, as Markdown. */
export function renderBriefly(report: Report): string[] {
  return tables(report, "brief").flatMap(({ table }) => [...markdownTable(table), ""]);
}

/** What was wanted and what was seen, as a table. */
export function targetTable(targets: readonly Target[]): Table {
  return {
    headings: ["target", "wanted", "seen", "verdict"],
    rows: targets.map(({ name, wanted, seen, verdict }) => [name, wanted, seen, verdict]),
    words: ["target", "wanted", "verdict"],
  };
}

/** The whole report as text for a terminal. */
export function renderText(report: Report): string {
  return [
    summary(report),
    "",
    ...tables(report, "columns").flatMap(({ title, table }) => [title, "", ...textTable(table), ""]),
    LEGEND,
    "",
    ...textTable(targetTable(report.targets)),
    "",
    ...report.checks.map(({ name, passed, detail }) => `${passed ? "OK" : "BROKEN"}: ${name}: ${detail}`),
    ...report.notes.map((note) => `Note: ${note}`),
  ].join("\n");
}

/** The whole report as Markdown. */
export function renderMarkdown(report: Report): string {
  return [
    "# Bench",
    "",
    summary(report),
    "",
    ...tables(report, "columns").flatMap(({ title, table }) => [`## ${title}`, "", ...markdownTable(table), ""]),
    LEGEND,
    "",
    ...markdownTable(targetTable(report.targets)),
    "",
    ...report.checks.map(({ name, passed, detail }) => `- ${passed ? "OK" : "**BROKEN**"}: ${name}: ${detail}`),
    ...report.notes.map((note) => `- Note: ${note}`),
    "",
  ].join("\n");
}

/** When and where the figures were taken, in one line. */
export function summary({ machine, pace, takenAt }: Report): string {
  return (
    `${takenAt.slice(0, 10)}, ${describeMachine(machine)}; ` +
    `medians of the quiet ones of ${pace.rounds} rounds of ${pace.measureMs / 1000} s.`
  );
}
