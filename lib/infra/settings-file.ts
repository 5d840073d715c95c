import { LineCounter, parseDocument } from "yaml";

/** What is wrong with a settings file; one line that holds none of its values. */
export class SettingsFileError extends Error {
  override readonly name = "SettingsFileError";
}

type Env = Readonly<Record<string, string | undefined>>;

/** Names that other gateways' files have for ours: any-llm's and llm-interactive-proxy's. */
const OTHER_NAMES: readonly [pattern: RegExp, name: string][] = [
  [/^AUTH_/, ""],
  [/^BRUTE_FORCE_PROTECTION_/, "BRUTE_FORCE_"],
  [/^MASTER_KEY$/, "GATEWAY_MASTER_KEY"],
  [/^PROVIDERS_/, ""],
  [/_API_BASE$/, "_BASE_URL"],
];

/** `brute_force: {ttl_seconds: …}` sets BRUTE_FORCE_TTL_SECONDS: what stands above a name belongs to it. */
function variableOf(path: readonly string[], isSetting: (name: string) => boolean): string | undefined {
  let name = path
    .join("_")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, "_");
  if (isSetting(name)) return name;
  for (const [pattern, replacement] of OTHER_NAMES) name = name.replace(pattern, replacement);
  return isSetting(name) ? name : undefined;
}

/**
 * The settings of a `turnpike.yml`, by the names of the variables that they stand for. `${VAR}` in a value is what `env`
 * has under that name, `$${` is a plain `${`; a list is its items with commas between; what has no value is not set.
 * @param isSetting whether there is a setting of this name.
 * @throws SettingsFileError for what is no YAML, for keys that are no settings and for variables that are not set, naming them.
 */
export function readSettingsFile(
  text: string,
  env: Env,
  isSetting: (name: string) => boolean,
): Readonly<Record<string, string>> {
  const read: Record<string, string> = {};
  const unknown: string[] = [];
  for (const [path, values] of leaves(contentOf(text), [])) {
    const name = variableOf(path, isSetting);
    const written = path.join(".");
    if (name === undefined) {
      unknown.push(written);
      continue;
    }
    if (Object.hasOwn(read, name)) throw new SettingsFileError(`says ${name} twice, the second time as ${written}`);
    read[name] = values.map((value) => filledIn(value, written, env)).join(",");
  }
  if (unknown.length > 0)
    throw new SettingsFileError(
      `has ${unknown.length === 1 ? "a key that is" : "keys that are"} no setting: ${unknown.join(", ")}`,
    );
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value.trim() !== ""));
}

/** The file as maps, lists and texts: nothing is taken for a number, so that a secret of digits stays what it is. */
function contentOf(text: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", prettyErrors: false, lineCounter: lines });
  const [fault] = [...document.errors, ...document.warnings];
  // The library's own words may quote the line, and a secret in it.
  if (fault) throw new SettingsFileError(`cannot be read as YAML: look at line ${lines.linePos(fault.pos[0]).line}`);
  try {
    return document.toJS({ mapAsMap: true });
  } catch {
    throw new SettingsFileError("cannot be read as YAML: it refers to an anchor that it does not have");
  }
}

const NOTHING: readonly unknown[] = [null, "", "~", "null"];

/** Every value with the names above it, as a list of texts. */
function* leaves(value: unknown, path: readonly string[]): Generator<[path: readonly string[], values: string[]]> {
  if (value instanceof Map) {
    for (const [key, below] of value) yield* leaves(below, [...path, String(key)]);
  } else if (path.length === 0) {
    if (value !== null && value !== "") throw new SettingsFileError("must be a list of settings, each as name: value");
  } else {
    const items: unknown[] = Array.isArray(value) ? value : [value];
    const isFlat = items.every((item) => item === null || typeof item === "string");
    if (!isFlat) throw new SettingsFileError(`has more than one value in an item of ${path.join(".")}`);
    yield [path, items.filter((item) => !NOTHING.includes(item)).map(String)];
  }
}

function filledIn(value: string, written: string, env: Env): string {
  return value.replaceAll(/\$\$\{|\$\{([^}]*)\}/g, (match, name: string | undefined) => {
    if (name === undefined) return match.slice(1);
    const found = env[name.trim()];
    if (found === undefined || found.trim() === "")
      throw new SettingsFileError(`wants the variable ${name.trim()} for ${written}, which is not set`);
    return found;
  });
}
