import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { config } from "@/lib/infra/config";
import { log } from "@/lib/infra/log";
import { projectRoot } from "@/lib/infra/project-root";

/*
 * Pages are served by a process of their own, so that rendering one never keeps a model call waiting, and so that what
 * Next does to the process it runs in (it follows every promise through AsyncLocalStorage) is not paid for by each call:
 * that alone was a sixth of the gateway's processor time (docs/decisions/0013).
 */

/** What the pages' process says once it serves, and what it is told when it shall end. */
export const READY_MESSAGE = "ready";
export const DRAIN_MESSAGE = "drain";
const RESTART_DELAY_MS = 1_000;
/** Of this hop alone (RFC 9110, section 7.6.1); what is said about the connection to the client is not for the next one. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const FORWARDED_FOR = "x-forwarded-for";

/** Answers one request for a page. Never throws. */
export type PagesListener = (message: IncomingMessage, response: ServerResponse) => void;

/**
 * Next in this process: for development, whose server upgrades connections, and for the pages' own process, which is told
 * the clients' addresses and needs no `addressOf`.
 */
export async function pagesHere(
  server: Server,
  { development, addressOf }: { development: boolean; addressOf?: (message: IncomingMessage) => string },
): Promise<{ listener: PagesListener; close: () => Promise<void> }> {
  const { host, port } = config();
  // Loaded here and not above: it follows promises in whatever process it is loaded into.
  const { default: next } = await import("next");
  const app = next({ dev: development, dir: projectRoot(), hostname: host, port, httpServer: server });
  await app.prepare();
  const handle = app.getRequestHandler();
  return {
    listener: (message, response) => {
      if (addressOf) message.headers[FORWARDED_FOR] = addressOf(message);
      void handle(message, response).catch((error: unknown) => {
        log().error({ err: error }, "page failed");
        refusePage(response, 500, "Internal Server Error");
      });
    },
    close: () => app.close(),
  };
}

/**
 * Passes requests on to the process that serves pages at `socketPath`, with the client's address as `addressOf` says it
 * in `X-Forwarded-For`: behind a socket of this machine nothing else tells it, and what a client writes there is not passed on.
 */
export function pagesAt(socketPath: string, addressOf: (message: IncomingMessage) => string): PagesListener {
  const agent = new Agent({ keepAlive: true });
  return (message, response) => {
    const headers = onwardHeaders(message.rawHeaders, FORWARDED_FOR);
    headers.push(FORWARDED_FOR, addressOf(message));
    // A body without a length came in chunks, and goes on in chunks.
    if (message.headers["transfer-encoding"] !== undefined) headers.push("transfer-encoding", "chunked");
    const onward = request({ socketPath, agent, method: message.method, path: message.url, headers });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, onwardHeaders(answer.rawHeaders));
      pipeline(answer, response, () => undefined);
    });
    onward.on("error", (error) => {
      // The client went, or the pages' process did: it is started again at once.
      if (response.destroyed) return;
      log().warn({ err: error }, "the process that serves pages did not answer");
      if (response.headersSent) response.destroy();
      else refusePage(response, 503, "The dashboard is restarting. Please reload in a moment.");
    });
    response.on("close", () => {
      if (!response.writableFinished) onward.destroy();
    });
    message.pipe(onward);
  };
}

function refusePage(response: ServerResponse, status: number, text: string): void {
  if (!response.headersSent)
    response.writeHead(status, { "content-type": "text/plain", ...(status === 503 && { "retry-after": "1" }) });
  response.end(text);
}

/** Header names and values, alternating as Node reads them, without those that are of one hop alone, and without `except`. */
function onwardHeaders(raw: readonly string[], except?: string): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = "", value = ""] = [raw[i], raw[i + 1]];
    const plain = name.toLowerCase();
    if (!HOP_BY_HOP.has(plain) && plain !== except) kept.push(name, value);
  }
  return kept;
}

/** The pages' process, kept running; `close` ends it after the requests that it is still serving. */
export interface PagesProcess {
  socketPath: string;
  close(): Promise<void>;
}

/** Starts `script` (`pages-process.ts`, built) as the process that serves pages, and again whenever it ends. @throws Error when it does not come up. */
export async function startPagesProcess(script: string): Promise<PagesProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), "turnpike-"));
  // On Windows, where no file can be a socket, a named pipe.
  const socketPath =
    process.platform === "win32" ? `\\\\.\\pipe\\${path.basename(folder)}` : path.join(folder, "pages");
  let closing = false;
  let child = await startOnce();

  function startOnce(): Promise<ChildProcess> {
    return new Promise((resolve, reject) => {
      const started = fork(script, [socketPath], { execArgv: ["--no-deprecation", "--enable-source-maps"] });
      let isUp = false;
      started.on("message", (message) => {
        if (message !== READY_MESSAGE) return;
        isUp = true;
        resolve(started);
      });
      started.once("exit", (code, signal) => {
        if (!isUp) reject(new Error("The process that serves pages ended while starting; its reason is above."));
        else if (!closing) void restart(code, signal);
      });
    });
  }

  async function restart(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    log().error({ code, signal }, "the process that serves pages ended unasked; starting another");
    while (!closing) {
      await sleep(RESTART_DELAY_MS, undefined, { ref: false });
      if (closing) return;
      const next = await startOnce().catch(() => undefined);
      if (!next) continue;
      child = next;
      if (closing) await end();
      return;
    }
  }

  async function end(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.send(DRAIN_MESSAGE, () => undefined);
      await ended;
    }
  }

  return {
    socketPath,
    async close() {
      closing = true;
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
