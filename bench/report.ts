import { cpus } from "node:os";
import type { Check, Contender, ContenderId } from "./contenders";
import type { Figure } from "./measure";
import { pinned } from "./processes";

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
  pace: { rounds: number; warmupMs: number; measureMs: number };
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

/** Holds the figures against the targets that Turnpike's own door has to meet. */
export function judge(figures: readonly Figure[]): Target[] {
  const find = (contender: ContenderId, connections: number) =>
    figures.find(
      (figure) => figure.contender === contender && figure.workload === "answer" && figure.connections === connections,
    );
  const atLeast = (name: string, other: ContenderId, connections: number, wanted: number): Target => {
    const ours = find("server", connections);
    const theirs = find(other, connections);
    const base = { name: `${name}, ${connections} connections`, wanted: `at least ${wanted} times` };
    if (!ours || !theirs || theirs.requestsPerSecond === 0) return { ...base, seen: "-", verdict: "NOT MEASURED" };
    const ratio = ours.requestsPerSecond / theirs.requestsPerSecond;
    return { ...base, seen: `${ratio.toFixed(2)} times`, verdict: verdict(ratio >= wanted, ours, theirs) };
  };
  return [
    atLeast("requests a second over Portkey's", "portkey", 32, 6),
    atLeast("requests a second over Portkey's", "portkey", 128, 9),
    atLeast("requests a second over the bare proxy's", "bare", 128, 0.65),
    addedMedian(find("direct", 1), find("server", 1)),
  ];
}

function addedMedian(direct: Figure | undefined, ours: Figure | undefined): Target {
  const base = { name: "added to the median, 1 connection", wanted: "at most 1 ms" };
  if (!ours || !direct || ours.answered === 0) return { ...base, seen: "-", verdict: "NOT MEASURED" };
  const addedMs = ours.p50Ms - direct.p50Ms;
  return { ...base, seen: `${addedMs.toFixed(2)} ms`, verdict: verdict(addedMs <= 1, ours, direct) };
}

function verdict(isMet: boolean, ...figures: Figure[]): Target["verdict"] {
  if (figures.some(({ quietRounds }) => quietRounds === 0)) return "DISTURBED";
  return isMet ? "PASS" : "MISS";
}

type Column = {
  title: string;
  cell(figure: Figure, report: Report): string;
  /** Only shown in reports with streamed figures. */
  streamedOnly?: true;
};

const LABEL_COLUMN = 1;

const COLUMNS: Column[] = [
  { title: "conn.", cell: ({ connections }) => String(connections) },
  {
    title: "contender",
    cell: ({ contender, workload }, { contenders }) => {
      const label = contenders.find(({ id }) => id === contender)?.label ?? contender;
      return workload === "stream" ? `${label}, streamed` : label;
    },
  },
  { title: "requests/s", cell: ({ requestsPerSecond }) => Math.round(requestsPerSecond).toLocaleString("en") },
  { title: "p50 ms", cell: ({ p50Ms }) => p50Ms.toFixed(2) },
  { title: "p99 ms", cell: ({ p99Ms }) => p99Ms.toFixed(2) },
  {
    title: "added p50 ms",
    cell: (figure, report) => {
      const direct = sameLoad(report, figure, "direct");
      return direct && direct !== figure ? (figure.p50Ms - direct.p50Ms).toFixed(2) : "-";
    },
  },
  { title: "first chunk p50 ms", cell: ({ firstByteP50Ms }) => firstByteP50Ms.toFixed(2), streamedOnly: true },
  { title: "first chunk p99 ms", cell: ({ firstByteP99Ms }) => firstByteP99Ms.toFixed(2), streamedOnly: true },
  { title: "errors", cell: ({ errors }) => String(errors) },
  { title: "times bare", cell: (figure, report) => timesOf(figure, sameLoad(report, figure, "bare")) },
  { title: "times Portkey", cell: (figure, report) => timesOf(figure, sameLoad(report, figure, "portkey")) },
  { title: "quiet rounds", cell: ({ quietRounds, rounds }) => `${quietRounds} of ${rounds}` },
  { title: "µs/call", cell: ({ effort }) => (effort ? Math.round(effort.processorUsPerCall).toString() : "-") },
  {
    title: "cores busy",
    cell: ({ effort }) => (effort ? `${percent(effort.gatewayCore.busy)} / ${percent(effort.restCore.busy)}` : "-"),
  },
];

const LEGEND =
  "Quiet rounds: those in which nobody else used the machine. µs/call: processor time of the contender's own process " +
  "for each call. Cores busy: the gateway's / everything else's, whoever used them.";

function sameLoad(report: Report, figure: Figure, contender: ContenderId): Figure | undefined {
  return report.figures.find(
    (one) => one.contender === contender && one.workload === figure.workload && one.connections === figure.connections,
  );
}

function timesOf(figure: Figure, other: Figure | undefined): string {
  return other && other.requestsPerSecond > 0 ? (figure.requestsPerSecond / other.requestsPerSecond).toFixed(2) : "-";
}

/** The figures as a table of text with a heading row: by number of connections, contenders in the order of the report. */
function table(report: Report): string[][] {
  const order = report.contenders.map(({ id }) => id);
  const figures = report.figures.toSorted(
    (a, b) => a.connections - b.connections || order.indexOf(a.contender) - order.indexOf(b.contender),
  );
  const streamed = figures.some(({ workload }) => workload === "stream");
  const columns = COLUMNS.filter(({ streamedOnly }) => streamed || !streamedOnly);
  return [
    columns.map(({ title }) => title),
    ...figures.map((figure) => columns.map(({ cell }) => cell(figure, report))),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The whole report as text for a terminal. */
export function renderText(report: Report): string {
  const rows = table(report);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? "";
        return column === LABEL_COLUMN ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  "),
  );
  const verdicts = report.targets.map(
    ({ name, wanted, seen, verdict }) => `${verdict.padEnd(12)}  ${name}: ${seen} (wanted: ${wanted})`,
  );
  const checks = report.checks.map(
    ({ name, passed, detail }) => `${(passed ? "OK" : "BROKEN").padEnd(12)}  ${name}: ${detail}`,
  );
  return [
    summary(report),
    "",
    ...lines,
    "",
    LEGEND,
    "",
    ...verdicts,
    ...checks,
    ...report.notes.map((note) => `Note: ${note}`),
  ].join("\n");
}

/** The whole report as Markdown. */
export function renderMarkdown(report: Report): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  const [heading = [], ...rows] = table(report);
  return [
    "# Bench",
    "",
    summary(report),
    "",
    line(heading),
    line(heading.map((_, column) => (column === LABEL_COLUMN ? "---" : "---:"))),
    ...rows.map(line),
    "",
    LEGEND,
    "",
    line(["target", "wanted", "seen", "verdict"]),
    line(["---", "---", "---:", "---"]),
    ...report.targets.map(({ name, wanted, seen, verdict }) => line([name, wanted, seen, verdict])),
    "",
    ...report.checks.map(({ name, passed, detail }) => `- ${passed ? "OK" : "**BROKEN**"}: ${name}: ${detail}`),
    ...report.notes.map((note) => `- Note: ${note}`),
    "",
  ].join("\n");
}

function summary({ machine, pace, takenAt }: Report): string {
  const placement = machine.pinned
    ? "each gateway alone on core 0, everything else on core 1"
    : "processes not held to cores";
  return (
    `${takenAt.slice(0, 10)}, ${machine.cores} cores of ${machine.cpu}, Node ${machine.node}, PostgreSQL ${machine.postgres}; ${placement}; ` +
    `medians of the quiet ones of ${pace.rounds} rounds of ${pace.measureMs / 1000} s after ${pace.warmupMs / 1000} s of warm-up.`
  );
}
