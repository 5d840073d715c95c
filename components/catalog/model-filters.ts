import {
  createLoader,
  createSerializer,
  type inferParserType,
  parseAsBoolean,
  parseAsInteger,
  parseAsString,
  parseAsStringLiteral,
} from "nuqs/server";

/** The parts of the address that say which models are listed, and how. An empty one does not narrow. */
export const modelFilterParsers = {
  q: parseAsString.withDefault(""),
  provider: parseAsString.withDefault(""),
  capability: parseAsString.withDefault(""),
  input: parseAsString.withDefault(""),
  /** Only what the project may call; public pages know no project. */
  callable: parseAsBoolean.withDefault(false),
  sort: parseAsStringLiteral(["", "name", "context", "input", "output"] as const).withDefault(""),
  descending: parseAsBoolean.withDefault(false),
  page: parseAsInteger.withDefault(1),
};

/** Reads the filters out of an address, on the server. */
export const loadModelFilters = createLoader(modelFilterParsers);

/** Writes filters into an address. */
export const serializeModelFilters = createSerializer(modelFilterParsers);

export type ModelFilters = inferParserType<typeof modelFilterParsers>;

/** The order of a list of models; empty: the catalogue's own. */
export type ModelSort = ModelFilters["sort"];
