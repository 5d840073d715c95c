import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { migrate } from "@/lib/infra/migrate";
import { createScratchDatabase } from "@/lib/infra/scratch-database";

/** How test files learn where the run's PostgreSQL is: set by the global setup, inherited by every worker. */
export const SERVER_VARIABLE = "TURNPIKE_TEST_POSTGRES";
/** The name of the database that has every migration, to be copied. */
export const TEMPLATE_VARIABLE = "TURNPIKE_TEST_TEMPLATE";

/** One PostgreSQL for a whole test run. */
export interface TestPostgres {
  stop(): Promise<void>;
}

/**
 * Losing a test's data in a power cut is no loss. Every copy of the template goes through the write-ahead log, and packing
 * that takes three times as long as writing it.
 */
const FAST = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_compression: "off",
  max_connections: "300",
};

/** Starts PostgreSQL in a temporary folder, with one migrated database to copy from, and tells the environment. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(path.join(tmpdir(), "turnpike-test-"));
  // Where the tests run as root, PostgreSQL runs as another user and must get in.
  await chmod(folder, 0o711);
  const server = await ensureDatabase(folder, { settings: FAST });
  const template = await createScratchDatabase(server.url, "template");
  await migrate(template.url);
  process.env[SERVER_VARIABLE] = server.url;
  process.env[TEMPLATE_VARIABLE] = new URL(template.url).pathname.slice(1);
  return {
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
