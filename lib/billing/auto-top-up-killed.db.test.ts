import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { StripeDouble } from "@/lib/billing/simulator/stripe-double";
import { parseUsd } from "@/lib/core/money";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { plainEnvironment, setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool } from "@/lib/infra/db";
import { projectRoot } from "@/lib/infra/project-root";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readBalance } from "@/lib/ledger/balance";
import { admissionOf, admitOne, meterOf, readAgain, settlementOf } from "@/lib/testing/admissions";
import { makePoorTenant, type Tenant } from "@/lib/testing/builders";
import { customerOf, keepCard, turnOn } from "@/lib/testing/cards";
import { freePort } from "@/lib/testing/free-port";
import { auditMoney, eventually } from "@/lib/testing/gateway";
import { STRIPE_SECRETS, type StripeDoubleServer, startStripeDouble } from "@/lib/testing/stripe-double-server";
import { TEST_SECRETS, useTestDatabase } from "@/lib/testing/test-database";
import { startTopUpProcess } from "@/lib/testing/top-up-process";

const SLOW = 90_000;

let database: ScratchDatabase;
let stripe: StripeDoubleServer;
let double: StripeDouble;
let port: number;
const running: { kill(): Promise<void> }[] = [];

beforeAll(async () => {
  database = await useTestDatabase();
  stripe = await startStripeDouble();
  setEnvironment({ ...STRIPE_SECRETS, STRIPE_API_BASE: stripe.url });
  port = await freePort();
  // Where the first process listens, also after it was killed and started again.
  double = stripe.double(`http://127.0.0.1:${port}`);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process.kill()));
  stripe.intercept(null);
});
afterAll(async () => {
  await stripe.close();
  await closeDatabase();
  await database.drop();
});

async function start(at: number) {
  const made = await startTopUpProcess(at, {
    DATABASE_URL: database.url,
    STRIPE_API_BASE: stripe.url,
    ...STRIPE_SECRETS,
  });
  running.push(made);
  return made;
}

const make = () => makePoorTenant({ credits: parseUsd("4") });
const creditedTo = async ({ organizationId }: Tenant) => (await readBalance(organizationId)).credited;
const chargedTo = async (tenant: Tenant) =>
  (await stripe.charges(await customerOf(tenant))).map(({ amount }) => amount);

async function untilCredited(tenant: Tenant): Promise<void> {
  await eventually(
    () => creditedTo(tenant),
    (credited) => credited === parseUsd("24"),
    SLOW,
  );
}

test(
  "two processes that look at the same balances charge each card once, also while 200 requests take one below its threshold",
  async () => {
    await start(port);
    await start(await freePort());
    const tenants = await Promise.all(Array.from({ length: 8 }, make));
    const [busy] = tenants;
    if (!busy) throw new Error("there are eight");
    for (const tenant of tenants)
      await turnOn(tenant, await keepCard(tenant, "good"), { threshold: tenant === busy ? "3" : "5" });
    // Two hundred calls of a cent each, all at once; the threshold lies in the middle of them.
    const caller = await readAgain(busy.secret);
    const cent = parseUsd("0.01");
    const needs = (["credits", "spend"] as const).map((kind) => ({ meterId: meterOf(caller, kind), amount: cent }));
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const admission = admissionOf(caller, needs);
        expect(await admitOne(admission)).toMatchObject({ kind: "admitted" });
        await settleBatch([settlementOf(admission, cent)]);
      }),
    );
    for (const tenant of tenants) await untilCredited(tenant);
    await double.quiet();
    for (const tenant of tenants) expect(await chargedTo(tenant)).toEqual([2100]);
    expect(await auditMoney()).toEqual([]);
  },
  SLOW,
);

describe("a process that is killed", () => {
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
      const process = await start(port);
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
      await process.kill();
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
      for (const tenant of tenants) await untilCredited(tenant);
      await double.quiet();
      for (const tenant of tenants)
        expect([await chargedTo(tenant), await creditedTo(tenant)]).toEqual([[2100], parseUsd("24")]);
      expect(await auditMoney()).toEqual([]);
      const books = await promisify(execFile)(
        globalThis.process.execPath,
        [path.join("scripts", "run.mjs"), "scripts/books.ts"],
        {
          cwd: projectRoot(),
          env: { ...plainEnvironment(), ...TEST_SECRETS, NODE_ENV: "production", DATABASE_URL: database.url },
        },
      );
      expect(books.stdout).toContain("The books agree");
    },
    2 * SLOW,
  );
});
