import { randomBytes } from "node:crypto";
import pg from "pg";

/** A database that somebody throws away again. */
export interface ScratchDatabase {
  url: string;
  /** Drops it, whoever is still connected. Safe to call twice. */
  drop(): Promise<void>;
}

async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Makes a database with a name of its own on the server at `serverUrl` (any database there that may be connected to).
 * With a `template`, it begins as a copy of that one, to which nobody may be connected.
 */
export async function createScratchDatabase(
  serverUrl: string,
  prefix: string,
  template?: string,
): Promise<ScratchDatabase> {
  const name = `${prefix}_${randomBytes(6).toString("hex")}`;
  // Copied through the write-ahead log: no checkpoint, so many small databases come quickly.
  await onServer(
    serverUrl,
    template ? `create database "${name}" template "${template}" strategy wal_log` : `create database "${name}"`,
  );
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => onServer(serverUrl, `drop database if exists "${name}" with (force)`),
  };
}
