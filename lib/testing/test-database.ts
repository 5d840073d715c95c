import { setEnvironment } from "@/lib/infra/config";
import { createScratchDatabase, type ScratchDatabase } from "@/lib/infra/scratch-database";
import { traceDatabase } from "@/lib/testing/leaks";
import { SERVER_VARIABLE, TEMPLATE_VARIABLE } from "@/lib/testing/test-postgres";

/** Secrets for tests alone; they guard nothing. */
export const TEST_SECRETS = {
  NEXTAUTH_SECRET: "a secret for tests only, which guards nothing at all",
  ENCRYPTION_KEY: Buffer.alloc(32, "turnpike test key").toString("base64"),
};

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: does the test's name end in .db.test.ts or .contract.test.ts?`);
  return value;
}

/**
 * An own database for a test file, with every migration applied, in a few dozen milliseconds. Drop it in `afterAll`,
 * after whatever holds connections to it.
 */
export async function testDatabase(): Promise<ScratchDatabase> {
  const database = await createScratchDatabase(variable(SERVER_VARIABLE), "test", variable(TEMPLATE_VARIABLE));
  let isTraced = false;
  return {
    url: database.url,
    async drop() {
      if (!isTraced) await traceDatabase(database.url);
      isTraced = true;
      await database.drop();
    },
  };
}

/** An own database without a single table. */
export function emptyTestDatabase(): Promise<ScratchDatabase> {
  return createScratchDatabase(variable(SERVER_VARIABLE), "empty");
}

/**
 * `testDatabase`, and this process set to it: `config()`, `prisma()` and `pool()` then work as in the server. Close them
 * with `closeDatabase()` before `drop`.
 */
export async function useTestDatabase(): Promise<ScratchDatabase> {
  const database = await testDatabase();
  setEnvironment({
    DATABASE_URL: database.url,
    TURNPIKE_EMBEDDED_DATABASE: "true",
    LOG_LEVEL: "error",
    ...TEST_SECRETS,
  });
  return database;
}
