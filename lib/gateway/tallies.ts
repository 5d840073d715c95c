import { Tally } from "@/lib/core/tally";
import type { AttemptRecord } from "@/lib/gateway/settlement-statement";

/*
 * What this process counts while it serves. Numbers that are added up, and nothing else: they are put into words when
 * somebody asks for metrics (measured.ts).
 */

/** Seconds; a model may take minutes to think. */
const UPSTREAM_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Answers by endpoint and status. */
export const answers = new Map<string, Map<number, number>>();

/** Seconds until a provider had answered, or a stream's first event had come, by provider and outcome. */
export const upstream = new Map<string, Map<AttemptRecord["outcome"], Tally>>();

/** An answer was made; of a stream, its head. */
export function noteAnswer(endpoint: string, status: number): void {
  let byStatus = answers.get(endpoint);
  if (!byStatus) answers.set(endpoint, (byStatus = new Map()));
  byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
}

/** An attempt at a provider came to its outcome. */
export function noteUpstream({ provider, outcome, durationMs }: AttemptRecord): void {
  let byOutcome = upstream.get(provider);
  if (!byOutcome) upstream.set(provider, (byOutcome = new Map()));
  let tally = byOutcome.get(outcome);
  if (!tally) byOutcome.set(outcome, (tally = new Tally(UPSTREAM_BOUNDS)));
  tally.note(durationMs / 1000);
}
