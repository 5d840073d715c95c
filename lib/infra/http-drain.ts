import type { Server as HttpServer, ServerResponse } from "node:http";
import { Server as NetServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Passing } from "@/lib/core/passing";
import type { DirectHttp } from "@/lib/infra/direct-http";

const POLL_MS = 25;
/**
 * How long a quiet connection is kept, so that a request already on its way over it is still answered (with
 * `Connection: close`) instead of being cut off.
 */
const QUIET_CONNECTION_MS = 500;

/** Ends a server without breaking what it is doing. */
export interface Drain {
  /**
   * Accepts no more connections, tells the open ones to close after their answer, and resolves when all are gone or
   * `timeoutMs` is over; what then still runs is cut off. The result is how many requests that were.
   */
  drain(timeoutMs: number): Promise<number>;
}

/** Watches `server`, and what reads some of its connections directly, from the beginning; call before it listens. */
export function drainable(server: HttpServer, direct: DirectHttp | null = null): Drain {
  const running = new Passing<ServerResponse>();
  let draining = false;

  server.prependListener("request", (_request, response: ServerResponse) => {
    const place = running.add(response);
    response.once("close", () => running.remove(place));
    // Node then says "Connection: close" in the answer and closes when it is sent.
    if (draining) response.shouldKeepAlive = false;
  });

  const underWay = () => running.size + (direct?.serving ?? 0);

  return {
    async drain(timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      draining = true;
      if (direct) direct.isClosing = true;
      for (const response of running) if (!response.headersSent) response.shouldKeepAlive = false;
      let closed = false;
      // Not the HTTP server's own close(): that one cuts quiet connections at once, with what is on its way over them.
      NetServer.prototype.close.call(server, () => {
        closed = true;
      });
      const quietUntil = Math.min(Date.now() + QUIET_CONNECTION_MS, deadline);
      let quietSince = Date.now();
      while (!closed && Date.now() < deadline) {
        if (Date.now() >= quietUntil) {
          server.closeIdleConnections();
          direct?.closeQuiet(QUIET_CONNECTION_MS);
        }
        // What is still open then has sent no request yet: browsers and HTTP clients connect in advance.
        if (underWay() > 0) quietSince = Date.now();
        else if (Date.now() - quietSince >= QUIET_CONNECTION_MS) break;
        await sleep(POLL_MS);
      }
      const cut = underWay();
      server.closeAllConnections();
      direct?.closeAll();
      return cut;
    },
  };
}
