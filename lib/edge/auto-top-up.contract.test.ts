import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { StripeDouble } from "@/lib/billing/simulator/stripe-double";
import { parseUsd } from "@/lib/core/money";
import { plainEnvironment, setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool } from "@/lib/infra/db";
import { projectRoot } from "@/lib/infra/project-root";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readBalance } from "@/lib/ledger/balance";
import { makePoorTenant, type Tenant } from "@/lib/testing/builders";
import { customerOf, keepCard, turnOn } from "@/lib/testing/cards";
import { freePort } from "@/lib/testing/free-port";
import { ask, auditMoney, chatBody, eventually, untilSettled } from "@/lib/testing/gateway";
import { type RunningServer, startServer } from "@/lib/testing/server";
import { STRIPE_SECRETS, type StripeDoubleServer, startStripeDouble } from "@/lib/testing/stripe-double-server";
import { TEST_SECRETS, useTestDatabase } from "@/lib/testing/test-database";

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
  // Webhooks go to the first server, also after it was killed and started again.
  double = stripe.double(`http://127.0.0.1:${port}`);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  stripe.intercept(null);
});

async function start(at?: number): Promise<RunningServer> {
  const server = await startServer({
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

describe("a server that is killed", () => {
  const rowsOf = async (sql: string, values: unknown[] = []) => (await pool().query(sql, values)).rowCount ?? 0;

  /** Holds the requests of four top-ups, each at another step; resolves once all four are held. */
  function holdFour(): { held: Promise<void>; release: () => void } {
    const places = [
      "POST /v1/payment_intents before",
      "POST /v1/payment_intents after",
      "POST /v1/payment_intents/:id/confirm before",
      "POST /v1/payment_intents/:id/confirm after",
    ];
    let allHeld = () => {};
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      allHeld = resolve;
    });
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    stripe.intercept(async (made, moment) => {
      const place = places.indexOf(`${made} ${moment}`);
      if (place < 0) return undefined;
      places.splice(place, 1);
      if (places.length === 0) allHeld();
      await released;
      // Nobody is there any more who could be answered.
      return "lose";
    });
    return { held, release };
  }

  test(
    "before or after any step, before the webhook or within it, has charged once and credited once when it is back",
    async () => {
      const server = await start(port);
      const make = () => makePoorTenant({ credits: parseUsd("4") });
      const [within, before, ...atSteps] = [
        await make(),
        await make(),
        await make(),
        await make(),
        await make(),
        await make(),
      ];
      const tenants = [within, before, ...atSteps];

      // Its webhook comes as far as the journal, and is held there.
      await pool().query(
        `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.organization_id = '${within.organizationId}' THEN PERFORM pg_sleep(60); END IF; RETURN NEW; END $$`,
      );
      await pool().query("CREATE TRIGGER hold BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION hold()");
      await turnOn(within, await keepCard(within, "good"));
      const inWebhook = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
      await eventually(
        () => rowsOf(inWebhook),
        (count) => count === 1,
        SLOW,
      );

      // Its webhook is on the way.
      double.setDelivery({ lost: 2 });
      await turnOn(before, await keepCard(before, "good"));
      await eventually(
        () =>
          rowsOf("SELECT 1 FROM top_up WHERE organization_id = $1 AND next_step_at > now() + interval '30 minutes'", [
            before.organizationId,
          ]),
        (count) => count === 1,
        SLOW,
      );
      double.setDelivery({});

      const { held, release } = holdFour();
      for (const tenant of atSteps) await turnOn(tenant, await keepCard(tenant, "good"));
      await held;
      await server.stop("SIGKILL");
      release();
      stripe.intercept(null);
      await pool().query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
      );
      await pool().query("DROP TRIGGER hold ON journal_entry");
      // What a worker has been at for five minutes is another's.
      await pool().query(
        "UPDATE graphile_worker._private_jobs SET locked_at = locked_at - interval '6 minutes' WHERE locked_at IS NOT NULL",
      );

      await start(port);
      for (const tenant of tenants) await untilCredited(tenant, "24");
      await double.quiet();
      for (const tenant of tenants)
        expect([await chargedTo(tenant), await creditedTo(tenant)]).toEqual([[2100], parseUsd("24")]);
      expect(await auditMoney()).toEqual([]);
      const books = await promisify(execFile)(process.execPath, [path.join("scripts", "run.mjs"), "scripts/books.ts"], {
        cwd: projectRoot(),
        env: { ...plainEnvironment(), ...TEST_SECRETS, NODE_ENV: "production", DATABASE_URL: database.url },
      });
      expect(books.stderr).not.toContain("Error");
    },
    2 * SLOW,
  );
});
