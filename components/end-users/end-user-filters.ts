import { createLoader, parseAsInteger, parseAsString, parseAsStringLiteral } from "nuqs/server";

/** The parts of the address that say what the page shows. */
export const endUserFilterParsers = {
  tab: parseAsStringLiteral(["users", "budgets"] as const).withDefault("users"),
  q: parseAsString.withDefault(""),
  /** From 1 on. */
  page: parseAsInteger.withDefault(1),
};

/** Reads the filters out of an address, on the server. */
export const loadEndUserFilters = createLoader(endUserFilterParsers);

export const END_USER_PAGE_ROWS = 50;
