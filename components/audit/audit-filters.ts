import { createLoader, createSerializer, type inferParserType, parseAsString } from "nuqs/server";
import type { TrailFilters } from "@/lib/audit/trail-store";

/** The parts of the address that say which rows are listed. */
export const auditFilterParsers = {
  actor: parseAsString.withDefault(""),
  action: parseAsString.withDefault(""),
  /** Days in UTC, `2026-11-21`; both are within. */
  from: parseAsString.withDefault(""),
  to: parseAsString.withDefault(""),
  /** Where an older page starts; empty: the newest. */
  before: parseAsString.withDefault(""),
};

/** Reads the filters out of an address, on the server. */
export const loadAuditFilters = createLoader(auditFilterParsers);

/** Writes filters into an address. */
export const serializeAuditFilters = createSerializer(auditFilterParsers);

export type AuditFilters = inferParserType<typeof auditFilterParsers>;

export const AUDIT_PAGE_ROWS = 50;

const DAY_MS = 86_400_000;

/** The beginning of a day in UTC; undefined where the text names none. */
function dayStart(day: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const start = new Date(`${day}T00:00:00Z`);
  return Number.isNaN(start.getTime()) ? undefined : start;
}

/** The filters as the query that they ask for; a day that is none narrows nothing. */
export function trailFilters({ actor, action, from, to }: AuditFilters): TrailFilters {
  const start = dayStart(from);
  const last = dayStart(to);
  return {
    ...(actor ? { actor } : {}),
    ...(action ? { action } : {}),
    ...(start ? { from: start } : {}),
    ...(last ? { until: new Date(last.getTime() + DAY_MS) } : {}),
  };
}
