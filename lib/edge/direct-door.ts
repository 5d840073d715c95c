import type { Server } from "node:http";
import { GatewayError } from "@/lib/core/errors";
import { KEEP_ALIVE, PREFIXES, routeGateway } from "@/lib/edge/gateway-route";
import { writeStream } from "@/lib/edge/write-stream";
import { ENDPOINTS } from "@/lib/gateway/endpoints";
import { type Incoming, refuseAnnounced } from "@/lib/gateway/incoming";
import { type DirectExchange, type DirectHttp, takeOver } from "@/lib/infra/direct-http";

/** Which client a request comes from, by its socket's other end and its `X-Forwarded-For`. */
export type ClientAddress = (socketAddress: string, forwardedFor: string | undefined) => string;

/** The paths that take a POST. */
const DIRECT: ReadonlySet<string> = new Set(
  Object.entries(ENDPOINTS).flatMap(([endpoint, { method }]) =>
    method === "POST" ? PREFIXES.map((prefix) => prefix + endpoint) : [],
  ),
);

function wentAway(cause: unknown): never {
  throw new GatewayError("client_closed_request", "The caller went away.", { cause });
}

function incomingFrom(exchange: DirectExchange, clientAddress: ClientAddress): Incoming {
  return {
    method: "POST",
    url: exchange.path,
    header: (name) => exchange.header(name),
    readBody: (limit) => {
      refuseAnnounced(exchange.contentLength, limit);
      const body = exchange.readBody();
      return body instanceof Promise ? body.catch(wentAway) : body;
    },
    remoteAddress: clientAddress(exchange.remoteAddress, exchange.header("x-forwarded-for") ?? undefined),
    isGone: () => exchange.isGone,
    onGone: (listener) => exchange.onGone(listener),
  };
}

async function serve(exchange: DirectExchange, clientAddress: ClientAddress): Promise<void> {
  const answer = await routeGateway(incomingFrom(exchange, clientAddress));
  if (typeof answer.body === "string") exchange.send(answer.status, answer.headers, answer.body);
  else if (exchange.isGone) {
    // A generator that was never started would skip what it does in the end, which is to settle.
    await answer.body.next();
    await answer.body.return(undefined);
  } else await writeStream(exchange.begin(answer.status, answer.headers), answer.body, KEEP_ALIVE);
}

/**
 * The quick way into the pipeline: plain calls to models are read and answered on the socket itself, every other request
 * by `server` as before. Call before it listens.
 */
export function directDoor(server: Server, clientAddress: ClientAddress, keepAliveTimeoutMs: number): DirectHttp {
  return takeOver(server, {
    isDirect: (path) => DIRECT.has(path),
    serve: (exchange) => serve(exchange, clientAddress),
    keepAliveTimeoutMs,
  });
}
