import cluster, { type Worker } from "node:cluster";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { directDoor } from "@/lib/edge/direct-door";
import { type PagesListener, pagesAt, pagesHere, startPagesProcess } from "@/lib/edge/pages";
import { serverDoor } from "@/lib/edge/server-door";
import { startGateway, stopGateway } from "@/lib/gateway/lifecycle";
import { clientAddressReader } from "@/lib/infra/client-address";
import { ConfigError, config, isSet, setEnvironment, settleEnvironment } from "@/lib/infra/config";
import { DatabaseProblem, explainDatabaseProblem } from "@/lib/infra/database-problem";
import { isDatabaseUnavailable } from "@/lib/infra/db";
import { type EmbeddedDatabase, EmbeddedPostgresError, ensureDatabase } from "@/lib/infra/embedded-postgres";
import { drainable } from "@/lib/infra/http-drain";
import { claimInstallation } from "@/lib/infra/installation-claim";
import { installationSecrets } from "@/lib/infra/installation-secrets";
import { log } from "@/lib/infra/log";
import { migrate } from "@/lib/infra/migrate";
import { outliveStrayErrors } from "@/lib/infra/outlive-stray-errors";
import { redact } from "@/lib/infra/redact";

/** Longer than the idle time of the usual load balancers (60 s), so that they close first and never race with us. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** npm passes Ctrl-C on to us and the terminal sends it too: only what comes later than this is a second one. */
const SAME_SIGNAL_MS = 1_000;
const WORKER_RESTART_DELAY_MS = 1_000;
/** `lib/edge/pages-process.ts`, built beside this file. */
const PAGES_SCRIPT = fileURLToPath(new URL("./pages.mjs", import.meta.url));
const DRAIN_MESSAGE = "drain";
const READY_MESSAGE = "ready";

/** What stops the start in a way that one line explains. */
class StartProblem extends Error {}

const development = process.argv.includes("--dev");

/** Undoes what has been started, last first. */
const undo: (() => Promise<void>)[] = [];

async function undoAll(): Promise<void> {
  for (const step of undo.splice(0).reverse()) {
    await step().catch((error) => log().error({ err: error }, "shutdown step failed"));
  }
}

/** Gateway paths are served here; everything else is the pages' business. */
function isGatewayPath(url: string): boolean {
  const path = url.startsWith("/") ? url : url.replace(/^[a-z]+:\/\/[^/]*/i, "");
  return /^\/(?:api\/v1|v1|health|metrics)(?:[/?]|$)/.test(path);
}

// ---- before the first request ----

/** Starts the embedded database and makes sure that this is the only server on it. */
async function startEmbeddedDatabase(dataDir: string, appUrl: string): Promise<EmbeddedDatabase> {
  const database = await ensureDatabase(dataDir, { keepRunning: true });
  undo.push(() => database.stop());
  const claim = await claimInstallation(database.url, appUrl);
  if ("claimedBy" in claim) {
    throw new StartProblem(
      `Turnpike already runs on the data folder ${dataDir}: ${claim.claimedBy || "it is just starting"}. Stop it first, or set DATA_DIR to another folder.`,
    );
  }
  undo.push(() => claim.release());
  return database;
}

/**
 * Finds or makes everything that a server needs, and puts it into the environment, where worker processes and Next's
 * copy of the code read it.
 */
async function prepareInstallation(): Promise<void> {
  settleEnvironment(process.argv.slice(2));
  const settings = config();
  const { dataDir, appUrl, host, disableAuth, port } = settings;
  if (disableAuth)
    console.warn(
      `Warning: authentication is off (DISABLE_AUTH). Whoever reaches ${host}:${port} calls models as a local user of the default project, and no key is asked for.`,
    );

  const database = isSet("DATABASE_URL") ? undefined : await startEmbeddedDatabase(dataDir, appUrl);
  const made = isSet("NEXTAUTH_SECRET") && isSet("ENCRYPTION_KEY") ? {} : await installationSecrets(dataDir);
  const defaults = Object.entries({ ...made, NEXTAUTH_URL: appUrl }).filter(([name]) => !isSet(name));
  setEnvironment({
    ...Object.fromEntries(defaults),
    ...(database ? { DATABASE_URL: database.url, TURNPIKE_EMBEDDED_DATABASE: "true" } : {}),
    DATA_DIR: dataDir,
    HOST: host,
    TURNPIKE_SERVER: "true",
  });
  await requireFreePort(port, host);
  await migrate(config().databaseUrl);
}

/** Says at once that the port is taken, before slower things are started. */
async function requireFreePort(port: number, host: string): Promise<void> {
  const probe = createServer();
  try {
    await listen(probe, port, host);
  } finally {
    await new Promise<void>((resolve) => probe.close(() => resolve()));
  }
}

function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenProblem(error, port, host)));
    server.listen({ port, host, backlog: 1024 }, resolve);
  });
}

function listenProblem(error: NodeJS.ErrnoException, port: number, host: string): Error {
  switch (error.code) {
    case "EADDRINUSE":
      return new StartProblem(
        `Port ${port} is in use: stop what listens there, or take another one with: npm start -- --port ${port === 65_535 ? 3001 : port + 1}`,
      );
    case "EACCES":
      return new StartProblem(
        `Port ${port} may not be used by this user: take one above 1023 with: npm start -- --port 3000`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartProblem(`HOST=${host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all of them.`);
    default:
      return error;
  }
}

// ---- one serving process ----

/** Serves until the returned function is called; that one resolves when every request has been answered and settled. */
async function serve(): Promise<() => Promise<void>> {
  const { port, host, shutdownTimeoutMs, trustedProxies } = config();
  const clientAddress = clientAddressReader(trustedProxies);
  const addressOf = ({ socket, headers }: IncomingMessage): string =>
    clientAddress(socket.remoteAddress ?? "", headers["x-forwarded-for"]?.toString());
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, requestTimeout: 0 });
  const drainer = drainable(server, directDoor(server, clientAddress, KEEP_ALIVE_TIMEOUT_MS));
  const [pages] = await Promise.all([startPages(server, addressOf), startGateway()]);

  const gatewayListener = serverDoor(addressOf);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === "*") {
      // "*" asks about the server itself, and only OPTIONS may (RFC 9112, section 3.2.4); Next would fail on it.
      response.writeHead(request.method === "OPTIONS" ? 204 : 400).end();
      return;
    }
    if (isGatewayPath(request.url ?? "/")) {
      void gatewayListener(request, response);
      return;
    }
    pages.listener(request, response);
  });
  // Only the development server upgrades connections; no answer ends them, so shutdown must. In production nobody listens,
  // so that Node serves a request which offers an upgrade (HTTP/2 clients do) as if it did not.
  const upgraded = new Set<Socket>();
  if (development) {
    server.on("upgrade", (_request, socket: Socket) => {
      upgraded.add(socket);
      socket.once("close", () => upgraded.delete(socket));
    });
  } else {
    server.removeAllListeners("upgrade");
    server.on("newListener", (event, listener) => {
      if (event === "upgrade") setImmediate(() => server.removeListener("upgrade", listener as () => void));
    });
  }
  await listen(server, port, host);

  return async () => {
    for (const socket of upgraded) socket.destroy();
    const cut = await drainer.drain(shutdownTimeoutMs);
    if (cut > 0) log().warn({ requests: cut }, "shutdown deadline passed: requests were cut off");
    await stopGateway();
    await pages.close();
  };
}

/**
 * What answers requests for pages: Next, in a process of its own that all serving processes share. While developing it
 * is in this one, so that it can upgrade connections.
 */
async function startPages(
  server: Server,
  addressOf: (message: IncomingMessage) => string,
): Promise<{ listener: PagesListener; close: () => Promise<void> }> {
  if (development) return pagesHere(server, { development, addressOf });
  const { pagesSocket } = config();
  if (pagesSocket) return { listener: pagesAt(pagesSocket, addressOf), close: async () => undefined };
  const { socketPath, close } = await startPagesProcess(PAGES_SCRIPT);
  return { listener: pagesAt(socketPath, addressOf), close };
}

// ---- several serving processes ----

/** Starts one worker and resolves when it serves. @throws StartProblem when it ends first. */
function startWorker(): Promise<Worker> {
  return new Promise((resolve, reject) => {
    const worker = cluster.fork();
    worker.on("message", (message) => {
      if (message === READY_MESSAGE) resolve(worker);
    });
    worker.once("exit", () => reject(new StartProblem("A server process ended while starting; its reason is above.")));
  });
}

/** Keeps `count` workers serving until the returned function is called. */
async function serveWithWorkers(count: number): Promise<() => Promise<void>> {
  let stopping = false;
  const pages = await startPagesProcess(PAGES_SCRIPT);
  undo.push(() => pages.close());
  setEnvironment({ TURNPIKE_PAGES_SOCKET: pages.socketPath });
  // Workers begin here, not with the script that brought this process up to date.
  cluster.setupPrimary({ exec: fileURLToPath(import.meta.url), args: [], execArgv: ["--no-deprecation"] });
  await Promise.all(Array.from({ length: count }, startWorker));
  cluster.on("exit", async (worker, code, signal) => {
    if (stopping) return;
    log().error({ worker: worker.id, code, signal }, "server process ended unasked; starting another");
    for (;;) {
      await sleep(WORKER_RESTART_DELAY_MS);
      if (stopping) return;
      const started = await startWorker().catch(() => undefined);
      if (started && stopping) started.send(DRAIN_MESSAGE);
      if (started) return;
    }
  });
  return async () => {
    stopping = true;
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(
      workers.map((worker) => {
        const ended = new Promise((resolve) => worker.once("exit", resolve));
        worker.send(DRAIN_MESSAGE, () => undefined);
        return ended;
      }),
    );
  };
}

async function work(): Promise<void> {
  // The terminal sends Ctrl-C to every process; only the first one decides.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => undefined);
  const stop = await serve();
  let stopping = false;
  const leave = async () => {
    if (stopping) return;
    stopping = true;
    await stop();
    process.exit(0);
  };
  process.on("message", (message) => {
    if (message === DRAIN_MESSAGE) void leave();
  });
  process.once("disconnect", () => void leave());
  process.send?.(READY_MESSAGE);
}

// ---- the whole ----

/** Ends everything in order on the first SIGTERM or SIGINT, at once on the second. */
function stopOnSignals(stop: () => Promise<void>): void {
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (firstAt !== undefined) {
      if (Date.now() - firstAt < SAME_SIGNAL_MS) return;
      console.error("Stopped at once.");
      process.exit(1);
    }
    firstAt = Date.now();
    log().info({ signal }, "stopping: requests in flight are finished first; a second signal stops at once");
    void stop()
      .catch((error) => log().error({ err: error }, "shutdown failed"))
      .then(undoAll)
      .then(() => process.exit(0));
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}

async function start(): Promise<void> {
  let stop: () => Promise<void> = async () => undefined;
  const started = (async () => {
    await prepareInstallation();
    const { webConcurrency } = config();
    stop = webConcurrency > 1 && !development ? await serveWithWorkers(webConcurrency) : await serve();
  })();
  // A signal while starting waits until there is something to stop.
  stopOnSignals(async () => {
    await started.catch(() => undefined);
    await stop();
  });
  await started;
  const { appUrl } = config();
  console.log(`Turnpike is ready: ${appUrl}`);
  console.log(`Sign up there, make a key, and call the gateway at ${appUrl}/api/v1`);
}

function explained(error: unknown): string {
  const isOurs = [StartProblem, ConfigError, DatabaseProblem, EmbeddedPostgresError].some(
    (kind) => error instanceof kind,
  );
  if (isOurs && error instanceof Error) return error.message;
  const problem =
    isDatabaseUnavailable(error) && isSet("DATABASE_URL") && explainDatabaseProblem(error, config().databaseUrl);
  if (problem) return problem;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

outliveStrayErrors();
await (cluster.isPrimary ? start() : work()).catch(async (error: unknown) => {
  console.error(redact(explained(error)));
  await undoAll();
  process.exit(1);
});
