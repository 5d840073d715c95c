import { startServer } from "@/lib/testing/server";
import { MASTER_KEY } from "./support";

/**
 * Starts the production build as a newcomer would have it, on an embedded database of its own, and tells the tests where.
 * What is returned stops it after the last test.
 */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const server = await startServer({ env: { GATEWAY_MASTER_KEY: MASTER_KEY } });
  process.env.E2E_BASE_URL = server.url;
  return async () => {
    await server.stop();
  };
}
