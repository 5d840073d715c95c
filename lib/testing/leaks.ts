import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";

/** Names the folder in which a run leaves what its servers said and kept; set by the global setup, inherited by every worker. */
export const TRACES_VARIABLE = "TURNPIKE_TEST_TRACES";

/** Below so many characters a text is nobody's key, and may stand somewhere by chance. */
const SHORTEST_SECRET = 16;
const SECRETS_FILE = "secrets";

function append(name: string, text: string): void {
  const folder = process.env[TRACES_VARIABLE];
  if (folder) appendFileSync(path.join(folder, name), text);
}

/** What this process has told, by the folder: a key is presented with each of its requests. */
const told = new Set<string>();

/** Every key that a test makes, configures or presents is told here: none of them may stand in what is traced. */
export function registerSecret(secret: string | undefined): void {
  if (!secret || secret.length < SHORTEST_SECRET) return;
  const known = `${process.env[TRACES_VARIABLE]} ${secret}`;
  if (told.has(known)) return;
  told.add(known);
  append(SECRETS_FILE, `${JSON.stringify(secret)}\n`);
}

/** Keeps what a server printed, answered or stored, for the search at the end of the run; `source` names it. */
export function trace(source: string, text: string): void {
  append(`${source}.trace`, text);
}

/** Keeps every row of a database as text, before it is thrown away. Nothing where the run keeps no traces. */
export async function traceDatabase(url: string): Promise<void> {
  if (!process.env[TRACES_VARIABLE]) return;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      // A partition's rows are its table's.
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
    );
    for (const { name } of tables) {
      const { rows } = await client.query<{ kept: string }>(`SELECT to_jsonb(t)::text AS kept FROM ${name} t`);
      trace("database", rows.map(({ kept }) => `${name} ${kept}\n`).join(""));
    }
  } finally {
    await client.end();
  }
}

/** The forms in which a secret may stand in a text: as it is, and in base64, wherever in what was encoded it stood. */
function formsOf(secret: string): string[] {
  const encoded = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]).toString("base64");
    // The characters at both ends also hold bits of what stands beside.
    return text.replace(/=+$/, "").slice(before === 0 ? 0 : before + 1, -1);
  });
  return [secret, ...encoded];
}

/** A form of a secret that is looked for, and whose it is. */
interface Sought {
  form: string;
  secret: string;
}

/** So many of a form's last characters are looked for first: keys differ there, and begin alike. */
const TAIL = 8;
const BASE = 257;
const BASE_TO_TAIL = Array.from({ length: TAIL }).reduce<number>((power) => Math.imul(power, BASE), 1);
const MARKS = 1 << 20;

const hashWith = (hash: number, code: number) => (Math.imul(hash, BASE) + code) | 0;
const markOf = (hash: number) => (hash ^ (hash >>> 15)) & (MARKS - 1);

/** The forms of all secrets, by a hash of their last characters. */
function soughtBy(secrets: Iterable<string>): Map<number, Sought[]> {
  const sought = new Map<number, Sought[]>();
  for (const secret of new Set(secrets))
    for (const form of formsOf(secret)) {
      let hash = 0;
      for (let at = form.length - TAIL; at < form.length; at += 1) hash = hashWith(hash, form.charCodeAt(at));
      sought.set(hash, [...(sought.get(hash) ?? []), { form, secret }]);
    }
  return sought;
}

/**
 * Where secrets of sixteen characters or more stand in texts, without the secrets; each once a text. Goes through a text
 * once for all of them (Rabin and Karp's way): there are thousands, and tens of megabytes to look at.
 */
export function findLeaks(texts: ReadonlyMap<string, string>, secrets: Iterable<string>): string[] {
  const sought = soughtBy(secrets);
  const marks = new Uint8Array(MARKS);
  for (const hash of sought.keys()) marks[markOf(hash)] = 1;
  const leaks: string[] = [];
  for (const [name, text] of texts) {
    const found = new Set<string>();
    let hash = 0;
    for (let at = 0; at < text.length; at += 1) {
      hash = hashWith(hash, text.charCodeAt(at));
      if (at >= TAIL) hash = (hash - Math.imul(text.charCodeAt(at - TAIL), BASE_TO_TAIL)) | 0;
      if (marks[markOf(hash)] === 0) continue;
      for (const { form, secret } of sought.get(hash) ?? []) {
        const begin = at + 1 - form.length;
        if (begin < 0 || found.has(form) || !text.startsWith(form, begin)) continue;
        found.add(form);
        leaks.push(
          `${name}: a secret that begins with ${secret.slice(0, 8)} stands after ${JSON.stringify(text.slice(Math.max(0, begin - 80), begin))}`,
        );
      }
    }
  }
  return leaks;
}

/** What a run's traces hold of its secrets. @throws Error where nothing was traced: then nothing was looked at. */
export function findLeaksIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".trace"));
  const read = (name: string) => readFileSync(path.join(folder, name), "utf8");
  const secrets = readdirSync(folder).includes(SECRETS_FILE)
    ? read(SECRETS_FILE)
        .trim()
        .split("\n")
        .map((line): string => JSON.parse(line))
    : [];
  if (names.length === 0 || secrets.length === 0) throw new Error("nothing was traced, so nothing was searched");
  return findLeaks(new Map(names.map((name) => [name, read(name)])), secrets);
}
