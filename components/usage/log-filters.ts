import { createLoader, createSerializer, type inferParserType, parseAsString, parseAsStringLiteral } from "nuqs/server";
import type { UsageGroup } from "@/lib/usage/breakdown";
import type { BreakdownBy } from "@/lib/usage/measures";
import type { RequestQuery } from "@/lib/usage/requests";
import type { RequestFilters } from "@/lib/usage/store";

export const LOG_SPANS = ["any", "1h", "24h", "7d", "30d", "own"] as const;
export type LogSpan = (typeof LOG_SPANS)[number];

const HOUR_MS = 3_600_000;
const SPAN_MS: Readonly<Record<Exclude<LogSpan, "any" | "own">, number>> = {
  "1h": HOUR_MS,
  "24h": 24 * HOUR_MS,
  "7d": 168 * HOUR_MS,
  "30d": 720 * HOUR_MS,
};

/** The parts of the address that say which requests are listed. */
export const logFilterParsers = {
  /** Spans that end now, or `own`: from one minute to another. */
  since: parseAsStringLiteral(LOG_SPANS).withDefault("any"),
  key: parseAsString.withDefault(""),
  status: parseAsStringLiteral(["all", "ok", "error"] as const).withDefault("all"),
  model: parseAsString.withDefault(""),
  provider: parseAsString.withDefault(""),
  /** An end user, as our customer names them. */
  user: parseAsString.withDefault(""),
  /** Minutes of UTC, as in 2026-11-21T14:35; `to` is not included. */
  from: parseAsString.withDefault(""),
  to: parseAsString.withDefault(""),
  /** Where an older page starts; empty: the newest. */
  before: parseAsString.withDefault(""),
};

/** Reads the filters out of an address, on the server. */
export const loadLogFilters = createLoader(logFilterParsers);

/** Writes filters into an address. */
export const serializeLogFilters = createSerializer(logFilterParsers);

export type LogFilters = inferParserType<typeof logFilterParsers>;

export const LOG_PAGE_ROWS = 50;

/** The filters of nothing: what "Clear filters" sets. */
export const NO_LOG_FILTERS = {
  key: "",
  status: "all",
  model: "",
  provider: "",
  user: "",
  since: "any",
  from: "",
  to: "",
} as const;

/** Whether any filter narrows the log. */
export function isFiltered({ before, ...filters }: LogFilters): boolean {
  return serializeLogFilters(filters) !== "";
}

/** The span that the filters mean: minutes in an address, as links have them, are one of its own. */
export function spanShown({ since, from, to }: Pick<LogFilters, "since" | "from" | "to">): LogSpan {
  return since === "any" && (from !== "" || to !== "") ? "own" : since;
}

/** The times of a span; null: open. */
function timesOf(filters: Pick<LogFilters, "since" | "from" | "to">, now: number): [Date | null, Date | null] {
  const span = spanShown(filters);
  if (span === "any") return [null, null];
  if (span === "own") return [minuteOf(filters.from), minuteOf(filters.to)];
  return [new Date(now - SPAN_MS[span]), null];
}

/** The filters, as parameters of the address, that show the requests behind a group of usage; null where there are none. */
export function logFiltersOf(by: BreakdownBy, { group, name }: UsageGroup): Record<string, string> | null {
  if (group === "") return null;
  if (by === "model" || by === "provider" || by === "key") return { [by]: group };
  return by === "user" && name !== null ? { user: name } : null;
}

/** A minute of UTC as a time; null where it is none. */
function minuteOf(text: string): Date | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)) return null;
  const time = new Date(`${text}Z`);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** The filters as the query understands them; what cannot be read narrows nothing. */
export function requestFilters(filters: LogFilters, now: number): RequestFilters {
  const { key, status, model, provider, user } = filters;
  const [since, until] = timesOf(filters, now);
  return {
    ...(key ? { keyId: key } : {}),
    ...(status === "all" ? {} : { status }),
    ...(model ? { model } : {}),
    ...(provider ? { provider } : {}),
    ...(user ? { endUser: user } : {}),
    ...(since ? { from: since } : {}),
    ...(until ? { to: until } : {}),
  };
}

/** The filters as the page of the log that they ask for. */
export function logQuery(projectId: string, filters: LogFilters, now = Date.now()): RequestQuery {
  return { projectId, before: filters.before || null, limit: LOG_PAGE_ROWS, filters: requestFilters(filters, now) };
}
