import { createLoader, createSerializer, type inferParserType, parseAsString, parseAsStringLiteral } from "nuqs/server";

/** The parts of the address that say which entries are listed. */
const parsers = {
  /** `movements`: all but what requests booked. */
  entries: parseAsStringLiteral(["all", "movements"] as const).withDefault("movements"),
  /** Where an older page starts; empty: the newest. */
  before: parseAsString.withDefault(""),
};

/** Reads the filters out of an address, on the server. */
export const loadJournalFilters = createLoader(parsers);

/** Writes filters into an address. */
export const serializeJournalFilters = createSerializer(parsers);

export type JournalFilters = inferParserType<typeof parsers>;

export const JOURNAL_PAGE_ROWS = 50;
