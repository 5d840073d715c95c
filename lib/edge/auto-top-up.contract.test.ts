import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { StripeDouble } from "@/lib/billing/simulator/stripe-double";
import { parseUsd } from "@/lib/core/money";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readBalance } from "@/lib/ledger/balance";
import { makePoorTenant, type Tenant } from "@/lib/testing/builders";
import { customerOf, keepCard, turnOn } from "@/lib/testing/cards";
import { freePort } from "@/lib/testing/free-port";
import { ask, auditMoney, chatBody, eventually, untilSettled } from "@/lib/testing/gateway";
import { type RunningServer, startServer } from "@/lib/testing/server";
import { STRIPE_SECRETS, type StripeDoubleServer, startStripeDouble } from "@/lib/testing/stripe-double-server";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;
let stripe: StripeDoubleServer;
let double: StripeDouble;
let port: number;
const running: RunningServer[] = [];

beforeAll(async () => {
  database = await useTestDatabase();
  stripe = await startStripeDouble();
  setEnvironment({ ...STRIPE_SECRETS, STRIPE_API_BASE: stripe.url });
});
afterAll(async () => {
  await stripe.close();
  await closeDatabase();
  await database.drop();
});
beforeEach(async () => {
  port = await freePort();
  // Webhooks go to the first server.
  double = stripe.double(`http://127.0.0.1:${port}`);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

/** `at` a port: the one that webhooks go to, which its pages' process takes in. */
async function start(at?: number): Promise<RunningServer> {
  const server = await startServer({
    pages: at !== undefined,
    env: {
      DATABASE_URL: database.url,
      STRIPE_API_BASE: stripe.url,
      ...STRIPE_SECRETS,
      ...(at === undefined ? {} : { PORT: String(at) }),
    },
  });
  running.push(server);
  return server;
}

const call = (server: RunningServer | undefined, { secret }: Tenant) => {
  if (!server) throw new Error("no server runs");
  return ask(server, { secret, body: chatBody({ model: "simulator/echo", max_tokens: 16 }) });
};
const creditedTo = async ({ organizationId }: Tenant) => (await readBalance(organizationId)).credited;
const chargedTo = async (tenant: Tenant) =>
  (await stripe.charges(await customerOf(tenant))).map(({ amount }) => amount);
/** A job that failed once is tried again much later. */
const SLOW = 90_000;

async function untilCredited(tenant: Tenant, amount: string): Promise<void> {
  await eventually(
    () => creditedTo(tenant),
    (credited) => credited === parseUsd(amount),
    SLOW,
  );
}

describe("200 requests at once that cross the threshold lead to exactly one charge", () => {
  test.each([1, 2])(
    "with %i server processes",
    async (processes) => {
      const servers = [await start(port), ...(processes === 2 ? [await start()] : [])];
      const tenant = await makePoorTenant({ mode: "credits", credits: parseUsd("20") });
      await turnOn(tenant, await keepCard(tenant, "good"), { threshold: "1" });
      expect((await call(servers[0], tenant)).status).toBe(200);
      await untilSettled();
      const { used } = await readBalance(tenant.organizationId);
      // Passed in the middle of them.
      await pool().query("UPDATE auto_top_up SET threshold = $2 WHERE organization_id = $1", [
        tenant.organizationId,
        parseUsd("20") - 100n * used,
      ]);
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) => call(servers[index % processes], tenant)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      await untilCredited(tenant, "40");
      await untilSettled();
      await eventually(
        async () => (await pool().query("SELECT 1 FROM graphile_worker.jobs")).rowCount,
        (jobs) => jobs === 0,
      );
      await double.quiet();
      expect([await chargedTo(tenant), await creditedTo(tenant)]).toEqual([[2100], parseUsd("40")]);
      expect(await auditMoney()).toEqual([]);
    },
    SLOW,
  );
});
