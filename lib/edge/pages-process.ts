import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import { DRAIN_MESSAGE, pagesHere, READY_MESSAGE } from "@/lib/edge/pages";
import { config } from "@/lib/infra/config";
import { drainable } from "@/lib/infra/http-drain";
import { outliveStrayErrors } from "@/lib/infra/outlive-stray-errors";
import { redact } from "@/lib/infra/redact";

/*
 * The process that serves pages: Next on the socket that it is given, until its parent says so or is gone. An entry of its
 * own (`dist/pages.mjs`), so that it loads nothing of the gateway beside what Next's own bundles hold.
 */

async function servePages(socketPath: string): Promise<void> {
  // The terminal sends Ctrl-C to every process; only the parent decides.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  // The parent keeps its connections; one that was closed for being quiet would fail the next request over it.
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 });
  const drainer = drainable(server);
  const pages = await pagesHere(server, { development: false });
  server.on("request", pages.listener);
  if (process.platform !== "win32") await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  let leaving = false;
  const leave = async () => {
    if (leaving) return;
    leaving = true;
    await drainer.drain(config().shutdownTimeoutMs);
    await pages.close();
    process.exit(0);
  };
  process.on("message", (message) => {
    if (message === DRAIN_MESSAGE) void leave();
  });
  process.once("disconnect", () => void leave());
  process.send?.(READY_MESSAGE);
}

outliveStrayErrors();
await servePages(process.argv[2] ?? "").catch((error: unknown) => {
  console.error(redact(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  process.exit(1);
});
