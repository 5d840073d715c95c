import { startTestPostgres, type TestPostgres } from "@/lib/testing/test-postgres";

/** Vitest loads this file once a project, but the projects of one run share one PostgreSQL. */
interface Shared {
  users: number;
  server: Promise<TestPostgres>;
}

declare global {
  var turnpikeTestPostgres: Shared | undefined;
}

export async function setup(): Promise<void> {
  globalThis.turnpikeTestPostgres ??= { users: 0, server: startTestPostgres() };
  globalThis.turnpikeTestPostgres.users += 1;
  await globalThis.turnpikeTestPostgres.server;
}

export async function teardown(): Promise<void> {
  const shared = globalThis.turnpikeTestPostgres;
  if (!shared) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  globalThis.turnpikeTestPostgres = undefined;
  await (await shared.server).stop();
}
