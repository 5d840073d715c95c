import { createLoader, createSerializer, type inferParserType, parseAsString, parseAsStringLiteral } from "nuqs/server";
import type { RequestQuery } from "@/lib/usage/requests";

/** The parts of the address that say which requests are listed. */
export const logFilterParsers = {
  key: parseAsString.withDefault(""),
  status: parseAsStringLiteral(["all", "ok", "error"] as const).withDefault("all"),
  model: parseAsString.withDefault(""),
  /** Where an older page starts; empty: the newest. */
  before: parseAsString.withDefault(""),
};

/** Reads the filters out of an address, on the server. */
export const loadLogFilters = createLoader(logFilterParsers);

/** Writes filters into an address. */
export const serializeLogFilters = createSerializer(logFilterParsers);

export type LogFilters = inferParserType<typeof logFilterParsers>;

export const LOG_PAGE_ROWS = 50;

/** The filters as the query that they ask for. */
export function logQuery(projectId: string, { key, status, model, before }: LogFilters): RequestQuery {
  return {
    projectId,
    before: before || null,
    limit: LOG_PAGE_ROWS,
    filters: {
      ...(key ? { keyId: key } : {}),
      ...(status === "all" ? {} : { status }),
      ...(model ? { model } : {}),
    },
  };
}
