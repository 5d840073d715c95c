import { once } from "node:events";
import { createServer } from "node:http";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { listOf, type Of, type SimulatedObjects } from "@/lib/billing/simulator/objects";
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

/** One request of the SDK's, such as `POST /v1/payment_intents`; an id in its path reads `:id`. */
type Interception = (call: string, moment: "before" | "after") => Promise<"lose" | undefined> | "lose" | undefined;

/** The double behind a port of its own, where the SDK finds it by `STRIPE_API_BASE`. */
export interface StripeDoubleServer {
  url: string;
  /** A double that sends its webhooks to this server. */
  double(serverUrl: string): StripeDouble;
  /**
   * Called before each request is done, and before it is answered; it may take its time, kill who asks, or have the connection
   * lost. null: no more.
   */
  intercept(interception: Interception | null): void;
  /** What was charged to a customer, newest first. */
  charges(customer: string): Promise<Of<"charge">[]>;
  close(): Promise<void>;
}

/** Starts it. Doubles share their objects; the one that was asked for last answers. */
export async function startStripeDouble(): Promise<StripeDoubleServer> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const objects = objectsInMemory();
  let current: StripeDouble | undefined;
  let interception: Interception | null = null;
  const server = createServer(
    getRequestListener(async (request, env) => {
      if (!current) return new Response(null, { status: 503 });
      const { pathname } = new URL(request.url);
      const [, first = "", ...rest] = pathname.split("/");
      if (first !== "v1") return current.hosted(request, [first, ...rest]);
      const call = `${request.method} ${pathname.replace(/\/[a-z]+(?:_test)?_simulated[0-9a-f]+/, "/:id")}`;
      const lose = () => {
        (env as HttpBindings).incoming.socket.destroy();
        return new Response(null);
      };
      if ((await interception?.(call, "before")) === "lose") return lose();
      const response = await current.api(request);
      return (await interception?.(call, "after")) === "lose" ? lose() : response;
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
    intercept(next) {
      interception = next;
    },
    charges: (customer) => listOf(objects, "charge", customer),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
