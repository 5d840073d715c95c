import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { receiveStripeEvent } from "@/lib/billing/receive-stripe-event";
import { newId } from "@/lib/core/ids";
import { usd } from "@/lib/core/money";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, pool, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { readBalance } from "@/lib/ledger/balance";
import { readFindings } from "@/lib/ledger/books-store";
import { grantCredits } from "@/lib/ledger/grant-credits";
import { admissionOf, admitOne, makeCaller, meterOf, settlementOf } from "@/lib/testing/admissions";
import { eventsOf, insertPendingTopUp, type Purchase } from "@/lib/testing/stripe-events";
import { useTestDatabase } from "@/lib/testing/test-database";

/**
 * Random histories of purchases, refunds, disputes, grants and requests, with webhooks that come late, twice, in any
 * order and several at once, against a model of the books which knows no SQL and none of the product's arithmetic: it
 * keeps what was paid and what went back in cents, and works out the customer's share by itself.
 */
let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const CENT = 10_000_000n;
const pick = fc.nat(1_000);
const percent = fc.nat(100);

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("buy" as const),
      cents: fc.bigInt({ min: 500n, max: 2_000n }),
      feeCents: fc.bigInt({ min: 0n, max: 150n }),
      byBank: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("refund" as const),
      pick,
      percent: fc.oneof(percent, fc.constant(100)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("dispute" as const), pick, isInquiry: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant("close" as const), pick, isWon: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ act: fc.constant("grant" as const), amount: fc.bigInt({ min: 1n, max: 3_000_000_000n }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant("call" as const),
      /** Of the balance: what it needs at most. */
      share: fc.nat(120),
      percent: fc.oneof(percent, fc.constant(100)),
    }),
  },
  /** Webhooks under way arrive: so many of them, from anywhere in the queue, each once or twice, all at once or in turn. */
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant("arrive" as const),
      picks: fc.array(pick, { minLength: 1, maxLength: 6 }),
      twice: fc.boolean(),
      atOnce: fc.boolean(),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** One that surely goes below zero: bought, spent and refunded. */
const SPENT_AND_REFUNDED: Step[] = [
  { act: "buy", cents: 1_000n, feeCents: 50n, byBank: false },
  { act: "arrive", picks: [0, 0], twice: true, atOnce: true },
  { act: "call", share: 99, percent: 100 },
  { act: "refund", pick: 0, percent: 100 },
  { act: "arrive", picks: [0], twice: true, atOnce: false },
  { act: "call", share: 0, percent: 100 },
];

/** What the payment service knows about a purchase, whether or not the webhooks have arrived. */
interface Sale {
  purchase: Purchase;
  amountCents: bigint;
  feeCents: bigint;
  refundedCents: bigint;
  dispute: "none" | "inquiry" | "open" | "won" | "lost";
}

type StripeEvent = ReturnType<ReturnType<typeof eventsOf>["completed"]>;

class World {
  readonly sales: Sale[] = [];
  /** Events that were sent and have not arrived. */
  readonly underway: StripeEvent[] = [];
  granted = 0n;
  spent = 0n;

  constructor(
    readonly caller: Caller,
    readonly welcome: bigint,
  ) {}

  nth(index: number): Sale | undefined {
    return this.sales[index % Math.max(1, this.sales.length)];
  }

  /** What the organisation's credits are once every webhook has arrived. */
  credits(): bigint {
    return this.sales.reduce((sum, sale) => sum + share(sale), this.welcome + this.granted);
  }

  fees(): bigint {
    return this.sales.reduce((sum, sale) => sum + keptCents(sale) * CENT - share(sale), 0n);
  }
}

function keptCents({ amountCents, feeCents, refundedCents, dispute }: Sale): bigint {
  const paid = amountCents + feeCents;
  const isWithdrawn = dispute === "open" || dispute === "lost";
  // The whole payment is disputed, so nothing is left of it, refunded before or not.
  return isWithdrawn ? 0n : paid - refundedCents;
}

/** Of what is left of a payment, the customer's share; the fee has what the division leaves. */
function share(sale: Sale): bigint {
  return (keptCents(sale) * CENT * sale.amountCents) / (sale.amountCents + sale.feeCents);
}

async function run(world: World, one: Step): Promise<void> {
  const { organizationId } = world.caller;
  switch (one.act) {
    case "buy": {
      const purchase = await insertPendingTopUp(organizationId, usd(one.cents * CENT), usd(one.feeCents * CENT));
      const events = eventsOf(purchase);
      const paid = one.byBank
        ? [events.completed({ payment_status: "unpaid" }), events.asyncSucceeded()]
        : [events.completed()];
      world.underway.push(...paid, events.succeeded());
      const { cents: amountCents, feeCents } = one;
      world.sales.push({ purchase, amountCents, feeCents, refundedCents: 0n, dispute: "none" });
      return;
    }
    case "refund": {
      const sale = world.nth(one.pick);
      if (!sale) return;
      const left = sale.amountCents + sale.feeCents - sale.refundedCents;
      const back = (left * BigInt(one.percent)) / 100n;
      if (back === 0n) return;
      sale.refundedCents += back;
      world.underway.push(eventsOf(sale.purchase).refunded(Number(sale.refundedCents)));
      return;
    }
    case "dispute": {
      const sale = world.nth(one.pick);
      if (sale?.dispute !== "none") return;
      sale.dispute = one.isInquiry ? "inquiry" : "open";
      const status = one.isInquiry ? "warning_needs_response" : "needs_response";
      world.underway.push(eventsOf(sale.purchase).disputed(status));
      return;
    }
    case "close": {
      const sale = world.nth(one.pick);
      if (sale?.dispute !== "inquiry" && sale?.dispute !== "open") return;
      sale.dispute = one.isWon ? "won" : "lost";
      world.underway.push(eventsOf(sale.purchase).disputeClosed(sale.dispute));
      return;
    }
    case "grant": {
      const source = newId("top");
      await transaction((tx) =>
        grantCredits(tx, { organizationId, amount: usd(one.amount), reason: "a grant", source }),
      );
      world.granted += one.amount;
      return;
    }
    case "call":
      return call(world, one.share, one.percent);
    case "arrive": {
      const events = one.picks.flatMap(
        (index) => world.underway.splice(index % Math.max(1, world.underway.length), 1) ?? [],
      );
      await arrive(one.twice ? [...events, ...events] : events, one.atOnce);
    }
  }
}

async function arrive(events: readonly StripeEvent[], atOnce: boolean): Promise<void> {
  if (atOnce) await Promise.all(events.map(receiveStripeEvent));
  else for (const event of events) await receiveStripeEvent(event);
}

/** A request is admitted exactly where the balance, as it stands now, has room for it. */
async function call(world: World, wanted: number, part: number): Promise<void> {
  const { caller } = world;
  const { credited, used, available } = await readBalance(caller.organizationId);
  const amount = usd((available * BigInt(wanted)) / 100n + 1n);
  const needs = (["credits", "spend"] as const).map((kind) => ({ meterId: meterOf(caller, kind), amount }));
  const admission = admissionOf(caller, needs);
  const verdict = await admitOne(admission);
  expect([verdict.kind, used]).toEqual([used + amount <= credited ? "admitted" : "refused", world.spent]);
  if (verdict.kind !== "admitted") return;
  const cost = (amount * BigInt(part)) / 100n;
  await settleBatch([settlementOf(admission, cost)]);
  world.spent += cost;
}

async function expectBooks(world: World): Promise<void> {
  const { organizationId } = world.caller;
  const { credited, used, held } = await readBalance(organizationId);
  expect({ credited, used, held }).toEqual({ credited: world.credits(), used: world.spent, held: 0n });
  const { rows } = await pool().query<{ account: string; amount: string }>(
    "SELECT account, sum(amount)::text AS amount FROM journal_entry WHERE organization_id = $1 AND source LIKE 'stripe:%' GROUP BY account",
    [organizationId],
  );
  const sums = new Map(rows.map(({ account, amount }) => [account, BigInt(amount)]));
  const keptOfAll = world.sales.reduce((sum, sale) => sum + keptCents(sale) * CENT, 0n);
  expect([sums.get("fees") ?? 0n, sums.get("clearing") ?? 0n]).toEqual([world.fees(), -keptOfAll]);
}

test("whatever is bought, given back, disputed and spent, and however webhooks come, the books are what was paid", async () => {
  let negative = 0;
  let bought = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 40 }), async (steps) => {
      const caller = await makeCaller();
      const world = new World(caller, (await readBalance(caller.organizationId)).credited);
      for (const one of steps) {
        await run(world, one);
        if (one.act === "arrive") expect(await readFindings()).toEqual([]);
      }
      await arrive(world.underway.splice(0).reverse(), false);
      await expectBooks(world);
      expect(await readFindings()).toEqual([]);
      bought += world.sales.length;
      if (world.credits() < world.spent) negative += 1;
    }),
    { numRuns: 25, interruptAfterTimeLimit: 40_000, examples: [[SPENT_AND_REFUNDED]] },
  );
  // The histories were about something, and some of them went below zero.
  expect(bought).toBeGreaterThan(20);
  expect(negative).toBeGreaterThan(0);
}, 90_000);
