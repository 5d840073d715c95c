import { createLoader, createSerializer, type inferParserType, parseAsString, parseAsStringLiteral } from "nuqs/server";
import type { UsageGroup } from "@/lib/usage/breakdown";
import type { BreakdownBy } from "@/lib/usage/measures";
import type { RequestQuery } from "@/lib/usage/requests";
import type { RequestFilters } from "@/lib/usage/store";

/** The parts of the address that say which requests are listed. */
export const logFilterParsers = {
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
export const NO_LOG_FILTERS = { key: "", status: "all", model: "", provider: "", user: "", from: "", to: "" } as const;

/** Whether any filter narrows the log. */
export function isFiltered({ before, ...filters }: LogFilters): boolean {
  return serializeLogFilters(filters) !== "";
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
export function requestFilters({ key, status, model, provider, user, from, to }: LogFilters): RequestFilters {
  const [since, until] = [minuteOf(from), minuteOf(to)];
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
export function logQuery(projectId: string, filters: LogFilters): RequestQuery {
  return { projectId, before: filters.before || null, limit: LOG_PAGE_ROWS, filters: requestFilters(filters) };
}
