import { createLoader, createSerializer, type inferParserType, parseAsString, parseAsStringLiteral } from "nuqs/server";
import { BREAKDOWNS, MEASURES } from "@/lib/usage/measures";
import { RANGES } from "@/lib/usage/span";

/** The parts of the address that say which span is shown. */
export const rangeParsers = {
  range: parseAsStringLiteral(RANGES).withDefault("30d"),
  /** UTC days, of a range of one's own. */
  from: parseAsString.withDefault(""),
  to: parseAsString.withDefault(""),
};

/** Reads the range out of an address, on the server. */
export const loadRange = createLoader(rangeParsers);

export type RangeFilters = inferParserType<typeof rangeParsers>;

/** The parts of the address that say what usage is shown. */
export const usageFilterParsers = {
  by: parseAsStringLiteral(BREAKDOWNS).withDefault("model"),
  measure: parseAsStringLiteral(MEASURES).withDefault("cost"),
  ...rangeParsers,
};

/** Reads the filters out of an address, on the server. */
export const loadUsageFilters = createLoader(usageFilterParsers);

/** Writes filters into an address. */
export const serializeUsageFilters = createSerializer(usageFilterParsers);

export type UsageFilters = inferParserType<typeof usageFilterParsers>;
