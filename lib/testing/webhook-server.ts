import { once } from "node:events";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { receiveWebhook } from "@/lib/edge/webhook-route";
import { freePort } from "@/lib/testing/free-port";

/** Takes Stripe's webhooks in this very process, for tests that need no other part of the server. */
export async function startWebhookServer(at?: number): Promise<{ url: string; close(): Promise<void> }> {
  const port = at ?? (await freePort());
  const server = createServer(getRequestListener((request) => receiveWebhook(request)));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
