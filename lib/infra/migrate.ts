import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { MigrationList, SchemaFilter } from "@prisma/schema-engine-wasm/schema_engine_bg";
import pg from "pg";
import { DatabaseProblem, explainDatabaseProblem } from "@/lib/infra/database-problem";
import { migrateJobQueue } from "@/lib/infra/job-queue";
import { projectRoot } from "@/lib/infra/project-root";
import { withSchemaEngine } from "@/lib/infra/schema-engine";

/** Any number, but the same in every process: who holds it may change the schema. */
const MIGRATION_LOCK = 7_310_580_124;
const OLDEST_SERVER_VERSION = 150_000;
const CONNECT_TIMEOUT_MS = 10_000;

const NOTHING_EXTERNAL: SchemaFilter = { externalTables: [], externalEnums: [] };

export function migrationsFolder(): string {
  return path.join(projectRoot(), "prisma", "migrations");
}

/** The migrations on disk, oldest first, in the form that the engine takes. */
export async function readMigrations(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const lockfile = await readFile(path.join(folder, "migration_lock.toml"), "utf8").catch(() => null);
  return {
    baseDir: folder,
    lockfile: { path: "migration_lock.toml", content: lockfile },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(
      names.map(async (name) => ({
        path: name,
        migrationFile: {
          path: "migration.sql",
          content: { tag: "ok" as const, value: await readFile(path.join(folder, name, "migration.sql"), "utf8") },
        },
      })),
    ),
  };
}

/** Connects, runs `work`, and disconnects. @throws DatabaseProblem when the server cannot be used. */
async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    const explained = explainDatabaseProblem(error, url);
    throw explained === undefined ? error : new DatabaseProblem(explained, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Names of the migrations that the database has, as `prisma migrate deploy` records them. */
async function appliedMigrations(client: pg.Client): Promise<Set<string>> {
  const table = await client.query<{ name: string | null }>("select to_regclass('_prisma_migrations')::text as name");
  if (!table.rows[0]?.name) return new Set();
  const applied = await client.query<{ migration_name: string }>(
    "select migration_name from _prisma_migrations where finished_at is not null and rolled_back_at is null",
  );
  return new Set(applied.rows.map((row) => row.migration_name));
}

/** A migration is one transaction here, so one that failed left nothing behind and may be tried again. */
async function forgetFailedMigrations(client: pg.Client): Promise<void> {
  const table = await client.query<{ name: string | null }>("select to_regclass('_prisma_migrations')::text as name");
  if (!table.rows[0]?.name) return;
  await client.query(
    "update _prisma_migrations set rolled_back_at = now() where finished_at is null and rolled_back_at is null",
  );
}

/**
 * Applies what `prisma/migrations` holds and the database at `url` lacks, and returns the names of it; the job queue's own
 * tables are brought up to date as well. Each migration is one transaction. Any number of processes may call this at once:
 * one works, the others wait and find nothing to do.
 * @throws DatabaseProblem when the server cannot be reached or used; Error naming the migration that failed.
 */
export async function migrate(url: string, folder = migrationsFolder()): Promise<string[]> {
  const applied = await applyMigrations(url, folder);
  await migrateJobQueue(url);
  return applied;
}

async function applyMigrations(url: string, folder: string): Promise<string[]> {
  const migrationsList = await readMigrations(folder);
  const names = migrationsList.migrationDirectories.map((directory) => directory.path);
  return await withClient(url, async (client) => {
    const version = await client.query<{ number: number }>(
      "select current_setting('server_version_num')::int as number",
    );
    const serverVersion = version.rows[0]?.number ?? 0;
    if (serverVersion < OLDEST_SERVER_VERSION) {
      throw new DatabaseProblem(
        `PostgreSQL 15 or newer is needed; the server that DATABASE_URL names is version ${Math.floor(serverVersion / 10_000)}.`,
      );
    }
    const isComplete = async () => {
      const applied = await appliedMigrations(client);
      return names.every((name) => applied.has(name));
    };
    if (await isComplete()) return [];
    await client.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    if (await isComplete()) return [];
    await forgetFailedMigrations(client);
    const result = await withSchemaEngine(url, (engine) =>
      engine.applyMigrations({ migrationsList, filters: NOTHING_EXTERNAL }),
    );
    return result.appliedMigrationNames;
  });
}
