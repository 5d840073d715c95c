import { subscribe } from "node:diagnostics_channel";
import { IncomingMessage } from "node:http";
import { isRecord } from "@/lib/core/is-record";
import { clientAddressReader } from "@/lib/infra/client-address";
import { config } from "@/lib/infra/config";

/** Published by Node's HTTP server before anything else sees a request (Node, "Diagnostics Channel"). */
const REQUEST_START = "http.server.request.start";

/**
 * Writes the client's address, from the socket or from trusted proxies, over whatever `X-Forwarded-For` a request has, in
 * every HTTP server of this process: for `next start`, whose route handlers see that header and never the socket.
 * `server.ts` does so itself.
 */
export function addressRequests(): void {
  const clientAddress = clientAddressReader(config().trustedProxies);
  subscribe(REQUEST_START, (message) => {
    if (!isRecord(message) || !(message.request instanceof IncomingMessage)) return;
    const { socket, headers } = message.request;
    headers["x-forwarded-for"] = clientAddress(socket.remoteAddress ?? "", headers["x-forwarded-for"]?.toString());
  });
}
