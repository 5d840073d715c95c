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
  const byStatus = answers.get(endpoint) ?? new Map<number, number>();
  if (byStatus.size === 0) answers.set(endpoint, byStatus);
  byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
}

/** An attempt at a provider came to its outcome. */
export function noteUpstream({ provider, outcome, durationMs }: AttemptRecord): void {
  const byOutcome = upstream.get(provider) ?? new Map<AttemptRecord["outcome"], Tally>();
  if (byOutcome.size === 0) upstream.set(provider, byOutcome);
  const tally = byOutcome.get(outcome) ?? new Tally(UPSTREAM_BOUNDS);
  if (tally.count === 0) byOutcome.set(outcome, tally);
  tally.note(durationMs / 1000);
}
