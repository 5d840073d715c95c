import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { devNull, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { plainEnvironment } from "@/lib/infra/config";
import { ensureDatabase } from "@/lib/infra/embedded-postgres";
import { projectRoot } from "@/lib/infra/project-root";
import { freePort } from "@/lib/testing/free-port";
import { registerSecret, trace } from "@/lib/testing/leaks";
import { TEST_SECRETS } from "@/lib/testing/test-database";

const READY_TIMEOUT_MS = 100_000;
const STOP_TIMEOUT_MS = 45_000;

/** The two ways in that serve the same pipeline (DESIGN section 1). */
export type Door = "server" | "next";

export interface ServerOptions {
  /** Laid over a plain production environment. Name `DATABASE_URL`, or let the server start an embedded database. */
  env?: Readonly<Record<string, string>>;
  /** `server`: the production entry (default). `next`: `next start`, as a serverless deployment would run the routes. */
  door?: Door;
  /** Flags for the `server` door. */
  args?: readonly string[];
  /**
   * Whether the `server` door also starts the process that serves pages (default). A file that asks that door for no page
   * need not pay for it: a page is then a 503.
   */
  pages?: boolean;
}

/** Settings that hold a credential. */
const SECRET_SETTINGS = /(?:_KEY|_SECRET|_TOKEN)$/;

/** The production build, running as a process of its own. */
export interface RunningServer {
  /** `http://127.0.0.1:<port>` */
  url: string;
  process: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Sends the signal (SIGTERM) and resolves with the exit code once it has ended; null when the signal killed it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

function command(door: Door, port: number, args: readonly string[]): string[] {
  const root = projectRoot();
  return door === "server"
    ? [path.join(root, "dist", "server.mjs"), ...args]
    : [path.join(root, "node_modules", "next", "dist", "bin", "next"), "start", "-p", String(port), "-H", "127.0.0.1"];
}

/**
 * Starts the production build on a free port of 127.0.0.1 with a data folder of its own, and resolves when it answers
 * `/health/readiness`.
 * @throws Error with what it printed when it does not come up.
 */
export async function startServer({
  env = {},
  door = "server",
  args = [],
  pages = true,
}: ServerOptions = {}): Promise<RunningServer> {
  if (!existsSync(path.join(projectRoot(), "dist", "server.mjs"))) {
    throw new Error("There is no production build: run npm run build first (npm test does).");
  }
  const port = env.PORT ? Number(env.PORT) : await freePort();
  const ownFolder = env.DATA_DIR ? undefined : await mkdtemp(path.join(tmpdir(), "turnpike-server-"));
  // Where the tests run as root, an embedded PostgreSQL runs as another user and must get in.
  if (ownFolder) await chmod(ownFolder, 0o711);
  for (const [name, value] of Object.entries({ ...TEST_SECRETS, ...env }))
    if (SECRET_SETTINGS.test(name)) registerSecret(value);
  const child = spawn(process.execPath, command(door, port, args), {
    cwd: projectRoot(),
    env: {
      // A developer's own settings must not leak in.
      ...plainEnvironment(),
      TURNPIKE_CONFIG: devNull,
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      // Whatever may be said is said, and searched for keys at the end of the run.
      LOG_LEVEL: "trace",
      PORT: String(port),
      HOST: "127.0.0.1",
      APP_URL: `http://127.0.0.1:${port}`,
      ...(ownFolder ? { DATA_DIR: ownFolder } : {}),
      ...TEST_SECRETS,
      // Contract tests use what the embedded default offers, such as test credits.
      ...(env.DATABASE_URL ? { TURNPIKE_EMBEDDED_DATABASE: "true" } : {}),
      ...(pages ? {} : { TURNPIKE_PAGES_SOCKET: path.join(tmpdir(), `turnpike-no-pages-${port}`) }),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      trace(`${door}-${port}`, text);
    });
  }
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    if (!hasEnded()) {
      const ended = once(child, "exit");
      child.kill(signal);
      const killing = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(killing);
    }
    if (ownFolder) {
      // A killed server leaves its embedded database running.
      if (!env.DATABASE_URL) await (await ensureDatabase(ownFolder)).stop();
      await rm(ownFolder, { recursive: true, force: true });
    }
    return child.exitCode;
  };

  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    // Read to its end, so that the connection does not stay busy.
    const ready = await fetch(`${url}/health/readiness`).then(
      (response) => response.arrayBuffer().then(() => response.ok),
      () => false,
    );
    if (ready) return { url, process: child, output: () => printed, stop };
    if (hasEnded() || Date.now() > deadline) {
      await stop("SIGKILL");
      throw new Error(`The ${door} door did not come up:\n${printed}`);
    }
    await sleep(50);
  }
}
