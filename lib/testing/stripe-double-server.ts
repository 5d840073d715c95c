import { once } from "node:events";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { SimulatedObjects } from "@/lib/billing/simulator/objects";
import { makeStripeDouble, type StripeDouble } from "@/lib/billing/simulator/stripe-double";
import { freePort } from "@/lib/testing/free-port";

/** Of the tests' Stripe; the servers under test are set to the same. */
export const STRIPE_SECRETS = {
  STRIPE_SECRET_KEY: "sk_test_0123456789abcdefghij",
  STRIPE_WEBHOOK_SECRET: "whsec_0123456789abcdefghij",
};

function objectsInMemory(): SimulatedObjects {
  const rows = new Map<string, { version: number; data: object; parent: string | null }>();
  return {
    find: async (id) => rows.get(id) ?? null,
    async save(id, version, data, parent) {
      if ((rows.get(id)?.version ?? 0) !== version) return false;
      rows.set(id, { version: version + 1, data: structuredClone(data), parent });
      return true;
    },
    listOf: async (parent) =>
      [...rows.values()]
        .filter((row) => row.parent === parent)
        .map(({ data }) => data)
        .reverse(),
    async remove(id) {
      rows.delete(id);
    },
  };
}

/** The double behind a port of its own, where the SDK finds it by `STRIPE_API_BASE`. */
export interface StripeDoubleServer {
  url: string;
  /** A double that sends its webhooks to this server. */
  double(serverUrl: string): StripeDouble;
  close(): Promise<void>;
}

/** Starts it. Doubles share their objects; the one that was asked for last answers. */
export async function startStripeDouble(): Promise<StripeDoubleServer> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const objects = objectsInMemory();
  let current: StripeDouble | undefined;
  const server = createServer(
    getRequestListener(async (request) => {
      if (!current) return new Response(null, { status: 503 });
      const [, first = "", ...rest] = new URL(request.url).pathname.split("/");
      return first === "v1" ? current.api(request) : current.hosted(request, [first, ...rest]);
    }),
  );
  server.listen(Number(new URL(url).port), "127.0.0.1");
  await once(server, "listening");
  return {
    url,
    double(serverUrl) {
      current = makeStripeDouble({
        objects,
        secretKey: STRIPE_SECRETS.STRIPE_SECRET_KEY,
        webhookSecret: STRIPE_SECRETS.STRIPE_WEBHOOK_SECRET,
        webhookUrl: `${serverUrl}/api/stripe/webhook`,
        hostedUrl: url,
        bankDelayMs: 300,
      });
      return current;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
