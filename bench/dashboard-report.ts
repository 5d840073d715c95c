import { markdownTable } from "./table";

/** Targets of the brief: the server's answer, and what Chromium measures. */
export const TARGETS = { answerP95Ms: 300, lcpMs: 1_500, cls: 0.05 } as const;

export interface DashboardReport {
  /** ISO 8601. */
  at: string;
  machine: string;
  /** In the seeded year. */
  requests: number;
  /** Answers of each page that were timed, after a few to warm up. */
  rounds: number;
  /** Milliseconds from the request to the last byte of the answer. */
  answers: { name: string; p50: number; p95: number; max: number }[];
  /** As Chromium tells: of so many openings the middle, of layout shifts the largest; bytes of scripts as they come over the wire. */
  vitals: { name: string; openings: number; lcpMs: number; cls: number; scriptBytes: number }[];
  /** What else is to be known of the run: that others used the machine. */
  note?: string;
}

const verdict = (met: boolean) => (met ? "yes" : "no");

/** The report as Markdown. */
export function renderDashboard({ at, machine, requests, rounds, answers, vitals, note }: DashboardReport): string {
  const answered = markdownTable({
    headings: ["page", "p50 ms", "p95 ms", "max ms", `p95 under ${TARGETS.answerP95Ms} ms`],
    words: ["page"],
    rows: answers.map(({ name, p50, p95, max }) => [
      name,
      p50.toFixed(0),
      p95.toFixed(0),
      max.toFixed(0),
      verdict(p95 < TARGETS.answerP95Ms),
    ]),
  });
  const seen = markdownTable({
    headings: ["page", "openings", "LCP ms", "CLS", "JavaScript kB", "within targets"],
    words: ["page"],
    rows: vitals.map(({ name, openings, lcpMs, cls, scriptBytes }) => [
      name,
      String(openings),
      lcpMs.toFixed(0),
      cls.toFixed(3),
      (scriptBytes / 1_000).toFixed(0),
      verdict(lcpMs < TARGETS.lcpMs && cls < TARGETS.cls),
    ]),
  });
  return [
    "# The dashboard over a seeded year",
    "",
    `${requests.toLocaleString("en-GB")} requests, ${rounds} answers of each page, ${at.slice(0, 10)}, on ${machine}. The embedded PostgreSQL, the`,
    "server and the browser share the machine. `npm run bench:dashboard` writes this file.",
    ...(note === undefined ? [] : ["", note]),
    "",
    "## The server's answer, to its last byte",
    "",
    ...answered,
    "",
    "## What Chromium measures, with an empty cache",
    "",
    `The targets are an LCP under ${TARGETS.lcpMs.toLocaleString("en-GB")} ms and a CLS under ${TARGETS.cls}, for the landing page and the overview. JavaScript is what`,
    "comes over the wire within two seconds of the page's load, for other pages that it links to included.",
    "",
    ...seen,
    "",
  ].join("\n");
}
