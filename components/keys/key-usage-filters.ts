import { createLoader, type inferParserType, parseAsStringLiteral } from "nuqs/server";
import { MEASURES } from "@/lib/usage/measures";

/** The parts of a key's address that say what of its usage is drawn. */
export const keyUsageParsers = {
  by: parseAsStringLiteral(["model", "endpoint"] as const).withDefault("model"),
  measure: parseAsStringLiteral(MEASURES).withDefault("cost"),
  range: parseAsStringLiteral(["24h", "7d", "30d", "90d"] as const).withDefault("30d"),
};

/** Reads them out of an address, on the server. */
export const loadKeyUsage = createLoader(keyUsageParsers);

export type KeyUsageFilters = inferParserType<typeof keyUsageParsers>;
