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

/** Every key that a test makes, configures or presents is told here: none of them may stand in what is traced. */
export function registerSecret(secret: string | undefined): void {
  if (secret && secret.length >= SHORTEST_SECRET) append(SECRETS_FILE, `${JSON.stringify(secret)}\n`);
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
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      const { rows } = await client.query<{ kept: string }>(`SELECT to_jsonb(t)::text AS kept FROM ${name} t`);
      for (const { kept } of rows) trace("database", `${name} ${kept}\n`);
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

/** Where secrets stand in texts, without the secrets. */
export function findLeaks(texts: ReadonlyMap<string, string>, secrets: Iterable<string>): string[] {
  const leaks: string[] = [];
  for (const secret of new Set(secrets))
    for (const form of formsOf(secret))
      for (const [name, text] of texts) {
        const at = text.indexOf(form);
        if (at !== -1)
          leaks.push(
            `${name}: a secret that begins with ${secret.slice(0, 8)} stands after ${JSON.stringify(text.slice(Math.max(0, at - 80), at))}`,
          );
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
