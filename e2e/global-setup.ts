import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { startServer } from "@/lib/testing/server";
import { MASTER_KEY } from "./support";

/**
 * Starts the production build as a newcomer would have it, on an embedded database of its own, and tells the tests where
 * both are. What is returned stops them after the last test.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), "turnpike-e2e-"));
  // Where the tests run as root, an embedded PostgreSQL runs as another user and must get in.
  await chmod(folder, 0o711);
  const server = await startServer({
    // Tests bring providers of their own, on this machine.
    env: { DATA_DIR: folder, GATEWAY_MASTER_KEY: MASTER_KEY, ALLOW_PRIVATE_UPSTREAMS: "true" },
  });
  const database = await ensureDatabase(folder);
  process.env.E2E_BASE_URL = server.url;
  process.env.E2E_DATABASE_URL = database.url;
  return async () => {
    await server.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
