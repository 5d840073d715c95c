import { type IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { GatewayError } from "@/lib/core/errors";
import { KEEP_ALIVE, routeGateway } from "@/lib/edge/gateway-route";
import { writeStream } from "@/lib/edge/write-stream";
import { bodyTooLarge, type Incoming, refuseAnnounced } from "@/lib/gateway/incoming";

/** A body read straight off the socket's parser. Its length is what HTTP announced, or is counted chunk by chunk. */
function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    message.on("data", (part: Buffer) => {
      size += part.length;
      if (size > limit) {
        message.removeAllListeners("data");
        message.resume();
        reject(bodyTooLarge(limit));
      } else parts.push(part);
    });
    message.on("end", () => resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)));
    message.on("error", reject);
    message.on("close", () => {
      if (!message.complete) reject(new GatewayError("client_closed_request", "The caller went away."));
    });
  });
}

function incomingFromNode(message: IncomingMessage, response: ServerResponse, remoteAddress: string): Incoming {
  return {
    method: message.method ?? "GET",
    url: message.url ?? "/",
    header: (name) => {
      const value = message.headers[name];
      return typeof value === "string" ? value : null;
    },
    readBody: (limit) => {
      refuseAnnounced(Number(message.headers["content-length"] ?? 0), limit);
      return readBody(message, limit);
    },
    remoteAddress,
    isGone: () => response.destroyed && !response.writableFinished,
    onGone: (listener) => {
      response.once("close", () => {
        if (!response.writableFinished) listener();
      });
    },
  };
}

/**
 * The door of `server.ts`: the pipeline straight behind Node's HTTP server. What it answers is written to the socket as
 * it comes, past the web streams of a Response, which cost more than all of the gateway's own work. `addressOf` says
 * which client a message comes from.
 */
export function serverDoor(addressOf: (message: IncomingMessage) => string) {
  return getRequestListener(
    async (_request, { outgoing }) => {
      if (!(outgoing instanceof ServerResponse)) throw new Error("the gateway is served over HTTP/1.1");
      const answer = await routeGateway(incomingFromNode(outgoing.req, outgoing, addressOf(outgoing.req)));
      if (typeof answer.body === "string") {
        // An answer without content has no length either (RFC 9110, 8.6).
        if (answer.status !== 204) answer.headers["content-length"] = String(Buffer.byteLength(answer.body));
        outgoing.writeHead(answer.status, answer.headers);
        // As text it leaves in one piece with the head; as bytes it would be a second one.
        outgoing.end(answer.body);
      } else if (outgoing.destroyed) {
        // A generator that was never started would skip what it does in the end, which is to settle.
        await answer.body.next();
        await answer.body.return(undefined);
      } else {
        outgoing.writeHead(answer.status, answer.headers);
        await writeStream(outgoing, answer.body, KEEP_ALIVE);
      }
      return RESPONSE_ALREADY_SENT;
    },
    { overrideGlobalObjects: false },
  );
}
