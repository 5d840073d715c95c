import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { parseUsd } from "@/lib/core/money";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase } from "@/lib/infra/db";
import { type EmbeddedDatabase, ensureDatabase } from "@/lib/infra/embedded-postgres";
import { migrate } from "@/lib/infra/migrate";
import { createScratchDatabase } from "@/lib/infra/scratch-database";
import { makeTenant } from "@/lib/testing/builders";
import { freePort } from "@/lib/testing/free-port";
import type { Door } from "@/lib/testing/server";
import { TEST_SECRETS } from "@/lib/testing/test-database";
import { type Check, providerKey, type Started } from "./contenders";
import { runToEnd, startProcess } from "./processes";

/** More than any bench can spend, and still a limit that every request is held against. */
const LIMIT = parseUsd("1000000");

const LABELS: Record<Door, string> = {
  server: "Turnpike, its own door",
  next: "Turnpike, Next's door",
};

/** What Node runs for each door, below the project's root. */
const ENTRIES: Record<Door, string[]> = {
  server: ["dist/server.mjs"],
  next: ["node_modules/next/dist/bin/next", "start", "-p", "PORT", "-H", "127.0.0.1"],
};

/** The PostgreSQL that Turnpike's doors write to, with the settings of the embedded default: every settle is durable. */
export type BenchPostgres = {
  server: EmbeddedDatabase;
  version: string;
  /** A temporary folder, for the doors' own data too; `stop` removes it. */
  folder: string;
  stop(): Promise<void>;
};

/** Starts PostgreSQL in a temporary folder. It runs where this process runs, which is not on the gateway's core. */
export async function startPostgres(): Promise<BenchPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), "turnpike-bench-"));
  // Where this runs as root, PostgreSQL runs as another user and must get in.
  await chmod(folder, 0o711);
  const server = await ensureDatabase(folder);
  const [row] = await query(server.url, "select current_setting('server_version') as version");
  return {
    server,
    version: String(row?.version),
    folder,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Starts one of Turnpike's doors on a database of its own, with everything on: an organisation with credits, a project
 * that spends them, and one key with a spend limit that every request of the bench uses. `nodeOptions` are Node's own.
 */
export async function startTurnpike(
  door: Door,
  postgres: BenchPostgres,
  upstreamPort: number,
  projectRoot: string,
  nodeOptions: string[] = [],
): Promise<Started> {
  const database = await createScratchDatabase(postgres.server.url, `bench_${door}`);
  await migrate(database.url);
  const port = await freePort();
  const env = {
    ...TEST_SECRETS,
    DATABASE_URL: database.url,
    DATA_DIR: path.join(postgres.folder, door),
    PORT: String(port),
    HOST: "127.0.0.1",
    APP_URL: `http://127.0.0.1:${port}`,
    NEXT_TELEMETRY_DISABLED: "1",
    OPENAI_API_KEY: providerKey(door),
    OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
  };
  const secret = await seed(env);
  const running = await startProcess({
    name: LABELS[door],
    place: "gateway",
    command: process.execPath,
    args: [...nodeOptions, ...ENTRIES[door].map((part) => part.replace("PORT", String(port)))],
    env,
    cwd: projectRoot,
    answersAt: `http://127.0.0.1:${port}/health/readiness`,
    startMsMax: 60_000,
  });
  return {
    contender: {
      id: door,
      label: LABELS[door],
      pid: running.pid,
      port,
      path: "/api/v1/chat/completions",
      headers: { authorization: `Bearer ${secret}` },
    },
    stop: running.stop,
    audit: (answered) => audit(LABELS[door], env, projectRoot, answered),
  };
}

/** Makes the tenant that the bench calls as, in the database that `env` names, and answers its key. */
async function seed(env: Record<string, string>): Promise<string> {
  setEnvironment({ ...env, LOG_LEVEL: "error" });
  try {
    const tenant = await makeTenant({ credits: LIMIT, usageLimit: LIMIT, mode: "credits" });
    return tenant.secret;
  } finally {
    await closeDatabase();
  }
}

/** Whether each answered call left its receipt, no hold is open, and the books balance. */
async function audit(
  label: string,
  env: Record<string, string> & { DATABASE_URL: string },
  projectRoot: string,
  answered: number,
): Promise<Check[]> {
  const [row] = await query(
    env.DATABASE_URL,
    "select (select count(*) from request where status = 200) as receipts, (select count(*) from hold) as holds",
  );
  const receipts = Number(row?.receipts);
  const holds = Number(row?.holds);
  const books = await runToEnd(process.execPath, ["scripts/run.mjs", "scripts/books.ts"], {
    cwd: projectRoot,
    env,
  }).then(
    () => true,
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      return false;
    },
  );
  return [
    {
      name: `${label}: one receipt for each answer`,
      passed: receipts === answered,
      detail: `${receipts} receipts, ${answered} answers`,
    },
    { name: `${label}: nothing left held`, passed: holds === 0, detail: `${holds} open holds` },
    { name: `${label}: the books`, passed: books, detail: books ? "balance" : "npm run books found a fault" },
  ];
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
