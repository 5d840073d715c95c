import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { receiveStripeEvent } from "@/lib/billing/receive-stripe-event";
import { newId } from "@/lib/core/ids";
import { formatUsd, minUsd, usd } from "@/lib/core/money";
import type { Admission } from "@/lib/gateway/admission-statement";
import { settleBatch } from "@/lib/gateway/settlement-statement";
import { closeDatabase, pool, transaction } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import type { Caller } from "@/lib/keys/caller";
import { adjustCredits } from "@/lib/ledger/adjust-credits";
import { readBalance } from "@/lib/ledger/balance";
import { readFindings } from "@/lib/ledger/books-store";
import { expirePromotions } from "@/lib/ledger/expire-promotions";
import { grantCredits } from "@/lib/ledger/grant-credits";
import { grantPromotion } from "@/lib/ledger/grant-promotion";
import { readOrganizationBooks } from "@/lib/ledger/organization-books";
import { monthOf, readStatement } from "@/lib/ledger/statement";
import { admissionOf, admitOne, makeCaller, meterOf, releaseOf, settlementOf } from "@/lib/testing/admissions";
import { eventsOf, insertAutomaticPurchase, insertPendingTopUp, type Purchase } from "@/lib/testing/stripe-events";
import { useTestDatabase } from "@/lib/testing/test-database";

/**
 * Random histories of purchases, refunds that stay or come back, disputes, grants, promotions and their expiries, adjustments, requests that
 * run, end, crash and are settled twice, and clocks that are moved, with webhooks that come late, twice, in any
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
const DAY_MS = 86_400_000;
const pick = fc.nat(1_000);
const percent = fc.nat(100);

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("buy" as const),
      cents: fc.bigInt({ min: 500n, max: 2_000n }),
      feeCents: fc.bigInt({ min: 0n, max: 150n }),
      way: fc.constantFrom("card" as const, "bank" as const, "automatic" as const),
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
  /** The bank sends a refund back. */
  { weight: 2, arbitrary: fc.record({ act: fc.constant("bounce" as const), pick }) },
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
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant("promote" as const),
      amount: fc.bigInt({ min: 1n, max: 3_000_000_000n }),
      days: fc.integer({ min: 1, max: 6 }),
    }),
  },
  /** The clock is moved, back too, and one or several processes look for what has expired. */
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("clock" as const),
      days: fc.integer({ min: -1, max: 4 }),
      processes: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("adjust" as const),
      amount: fc.bigInt({ min: -2_000_000_000n, max: 2_000_000_000n }).filter((amount) => amount !== 0n),
    }),
  },
  { weight: 3, arbitrary: fc.record({ act: fc.constant("begin" as const), share: fc.nat(60) }) },
  /** A request that runs ends: well, twice since nobody knew whether the first one was written, or not at all. */
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("end" as const),
      pick,
      percent,
      how: fc.constantFrom("settled" as const, "twice" as const, "lost" as const),
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
  { act: "buy", cents: 1_000n, feeCents: 50n, way: "card" },
  { act: "arrive", picks: [0, 0], twice: true, atOnce: true },
  { act: "call", share: 99, percent: 100 },
  { act: "refund", pick: 0, percent: 100 },
  { act: "arrive", picks: [0], twice: true, atOnce: false },
  { act: "call", share: 0, percent: 100 },
];

/** One that surely expires under a request that runs, with another promotion that goes on. */
const EXPIRED_UNDER_A_CALL: Step[] = [
  { act: "promote", amount: 2_000_000_000n, days: 1 },
  { act: "promote", amount: 1_000_000_000n, days: 5 },
  { act: "call", share: 5, percent: 100 },
  { act: "begin", share: 60 },
  { act: "clock", days: 2, processes: 2 },
  { act: "call", share: 50, percent: 100 },
  { act: "end", pick: 0, percent: 90, how: "twice" },
  { act: "adjust", amount: -1n },
];

/** One whose refund surely comes back, after another one was made. */
const REFUNDED_AND_BOUNCED: Step[] = [
  { act: "buy", cents: 1_000n, feeCents: 50n, way: "automatic" },
  { act: "refund", pick: 0, percent: 40 },
  { act: "arrive", picks: [0, 0, 0], twice: false, atOnce: true },
  { act: "bounce", pick: 0 },
  { act: "refund", pick: 0, percent: 40 },
  { act: "arrive", picks: [1, 0], twice: true, atOnce: true },
];

/** Credits that expire, as the model has them. */
interface Lot {
  amount: bigint;
  left: bigint;
  /** ms since 1970, as moved by the clock. */
  at: number;
  isOver: boolean;
  /** The requests that ran when it expired. */
  mayBurn: ReadonlySet<string>;
}

/** What the payment service knows about a purchase, whether or not the webhooks have arrived. */
interface Sale {
  purchase: Purchase;
  amountCents: bigint;
  feeCents: bigint;
  refunds: { cents: bigint; hasBounced: boolean }[];
  dispute: "none" | "inquiry" | "open" | "won" | "lost";
}

type StripeEvent = ReturnType<ReturnType<typeof eventsOf>["completed"]>;

class World {
  readonly sales: Sale[] = [];
  /** Events that were sent and have not arrived. */
  readonly underway: StripeEvent[] = [];
  readonly lots: Lot[] = [];
  /** Requests that run. */
  readonly running: Admission[] = [];
  granted = 0n;
  adjusted = 0n;
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
    const bought = this.sales.reduce((sum, sale) => sum + share(sale), 0n);
    const promoted = this.lots.reduce((sum, lot) => sum + (lot.isOver ? lot.amount - lot.left : lot.amount), 0n);
    return this.welcome + this.granted + this.adjusted + bought + promoted;
  }

  /** One request is charged: what expires first is burnt first, and what has expired only if the request ran then. */
  charge(requestId: string, cost: bigint): void {
    this.spent += cost;
    let rest = cost;
    const inOrder = [...this.lots].sort((a, b) => a.at - b.at);
    const burnable = [
      ...inOrder.filter((lot) => lot.isOver && lot.mayBurn.has(requestId)),
      ...inOrder.filter((lot) => !lot.isOver),
    ];
    for (const lot of burnable) {
      const burnt = minUsd(rest, lot.left);
      lot.left -= burnt;
      rest -= burnt;
    }
  }

  /** The clock is moved by so many days, and what is over by then expires. */
  moveClock(days: number): void {
    for (const lot of this.lots) {
      if (lot.isOver) continue;
      lot.at -= days * DAY_MS;
      if (lot.at > Date.now()) continue;
      lot.isOver = true;
      lot.mayBurn = new Set(this.running.map(({ requestId }) => requestId));
    }
  }

  fees(): bigint {
    return this.sales.reduce((sum, sale) => sum + keptCents(sale) * CENT - share(sale), 0n);
  }
}

function refundedCents({ refunds }: Sale): bigint {
  return refunds.reduce((sum, { cents, hasBounced }) => (hasBounced ? sum : sum + cents), 0n);
}

function keptCents(sale: Sale): bigint {
  const paid = sale.amountCents + sale.feeCents;
  const isWithdrawn = sale.dispute === "open" || sale.dispute === "lost";
  // The whole payment is disputed, so nothing is left of it, refunded before or not.
  return isWithdrawn ? 0n : paid - refundedCents(sale);
}

/** Of what is left of a payment, the customer's share; the fee has what the division leaves. */
function share(sale: Sale): bigint {
  return (keptCents(sale) * CENT * sale.amountCents) / (sale.amountCents + sale.feeCents);
}

async function run(world: World, one: Step): Promise<void> {
  const { organizationId } = world.caller;
  switch (one.act) {
    case "buy": {
      const isAutomatic = one.way === "automatic" && !(await isChargedNow(organizationId));
      const make = isAutomatic ? insertAutomaticPurchase : insertPendingTopUp;
      const purchase = await make(organizationId, usd(one.cents * CENT), usd(one.feeCents * CENT));
      const events = eventsOf(purchase);
      const byCard = [events.paymentFailed("Declined."), events.completed()];
      const byBank = [events.completed({ payment_status: "unpaid" }), events.asyncSucceeded()];
      world.underway.push(...(isAutomatic ? [] : one.way === "bank" ? byBank : byCard), events.succeeded());
      const { cents: amountCents, feeCents } = one;
      world.sales.push({ purchase, amountCents, feeCents, refunds: [], dispute: "none" });
      return;
    }
    case "refund": {
      const sale = world.nth(one.pick);
      if (!sale) return;
      const left = sale.amountCents + sale.feeCents - refundedCents(sale);
      const back = (left * BigInt(one.percent)) / 100n;
      if (back === 0n) return;
      sale.refunds.push({ cents: back, hasBounced: false });
      const events = eventsOf(sale.purchase);
      const name = refundName(sale.refunds.length - 1);
      world.underway.push(
        events.refund("refund.created", Number(back), "pending", name),
        events.refunded(Number(refundedCents(sale))),
      );
      return;
    }
    case "bounce": {
      const sale = world.nth(one.pick);
      const index = sale?.refunds.findIndex(({ hasBounced }) => !hasBounced) ?? -1;
      const refund = sale?.refunds[index];
      if (!sale || !refund) return;
      refund.hasBounced = true;
      const name = refundName(index);
      world.underway.push(eventsOf(sale.purchase).refund("refund.failed", Number(refund.cents), "failed", name));
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
    case "promote": {
      // Each at a moment of its own, and well within a day.
      const at = Date.now() + one.days * DAY_MS - 60_000 + world.lots.length * 10;
      const { amount } = one;
      const expiresAt = new Date(at);
      await transaction((tx) =>
        grantPromotion(tx, { organizationId, amount: usd(amount), reason: "a promotion", expiresAt }),
      );
      world.lots.push({ amount, left: amount, at, isOver: false, mayBurn: new Set() });
      return;
    }
    case "clock":
      return moveClock(world, one.days, one.processes);
    case "adjust":
      await adjustCredits({ organizationId, amount: usd(one.amount), reason: "a correction", actor: { system: true } });
      world.adjusted += one.amount;
      return;
    case "begin": {
      const admission = await admitted(world, one.share);
      if (admission) world.running.push(admission);
      return;
    }
    case "end": {
      const [admission] = world.running.splice(one.pick % Math.max(1, world.running.length), 1);
      if (admission) await end(world, admission, one.percent, one.how);
      return;
    }
    case "call": {
      const admission = await admitted(world, one.share);
      if (admission) await end(world, admission, one.percent, "settled");
      return;
    }
    case "arrive": {
      const events = one.picks.flatMap(
        (index) => world.underway.splice(index % Math.max(1, world.underway.length), 1) ?? [],
      );
      await arrive(one.twice ? [...events, ...events] : events, one.atOnce);
    }
  }
}

const refundName = (index: number) => `re_${index}`;

/** Of automatic top-ups one is under way at a time. */
async function isChargedNow(organizationId: string): Promise<boolean> {
  const { rowCount } = await pool().query(
    "SELECT 1 FROM top_up WHERE organization_id = $1 AND automatic AND status = 'pending'",
    [organizationId],
  );
  return rowCount !== 0;
}

async function arrive(events: readonly StripeEvent[], atOnce: boolean): Promise<void> {
  if (atOnce) await Promise.all(events.map(receiveStripeEvent));
  else for (const event of events) await receiveStripeEvent(event);
}

async function moveClock(world: World, days: number, processes: number): Promise<void> {
  await pool().query(
    "UPDATE promotion SET expires_at = expires_at - make_interval(days => $2) WHERE organization_id = $1 AND expired_at IS NULL",
    [world.caller.organizationId, days],
  );
  world.moveClock(days);
  await Promise.all(Array.from({ length: processes }, () => expirePromotions()));
}

/** A request is admitted exactly where the balance, as it stands now, has room for it. */
async function admitted(world: World, wanted: number): Promise<Admission | null> {
  const { caller } = world;
  const { credited, used, held, available } = await readBalance(caller.organizationId);
  const amount = usd((available * BigInt(wanted)) / 100n + 1n);
  const needs = (["credits", "spend"] as const).map((kind) => ({ meterId: meterOf(caller, kind), amount }));
  const admission = admissionOf(caller, needs);
  const verdict = await admitOne(admission);
  expect([verdict.kind, used]).toEqual([used + held + amount <= credited ? "admitted" : "refused", world.spent]);
  return verdict.kind === "admitted" ? admission : null;
}

async function end(world: World, admission: Admission, part: number, how: "settled" | "twice" | "lost"): Promise<void> {
  if (how === "lost") {
    // Its process is gone: the deadline passes, and a sweep releases the hold.
    await pool().query("UPDATE hold SET deadline = now() - interval '1 second' WHERE request_id = $1", [
      admission.requestId,
    ]);
    await settleBatch([releaseOf(admission, "lost")]);
    return;
  }
  const cost = (admission.amount * BigInt(part)) / 100n;
  const settlement = settlementOf(admission, cost);
  await settleBatch([settlement]);
  if (how === "twice") expect(await settleBatch([settlement])).toEqual(["gone"]);
  world.charge(admission.requestId, cost);
}

/** In the end every promotion has burnt what the model says, and the pages say the same as the books. */
async function expectEnd(world: World): Promise<void> {
  const { organizationId } = world.caller;
  while (world.running.length > 0) {
    const admission = world.running.pop();
    if (admission) await end(world, admission, 50, world.running.length % 2 === 0 ? "settled" : "lost");
  }
  await moveClock(world, 100, 1);
  const { rows } = await pool().query<{ burnt: bigint; taken_back: bigint }>(
    "SELECT burnt, taken_back FROM promotion WHERE organization_id = $1 ORDER BY created_at, id",
    [organizationId],
  );
  expect(rows).toEqual(world.lots.map(({ amount, left }) => ({ burnt: amount - left, taken_back: left })));
  const books = await readOrganizationBooks(organizationId);
  expect(books.equations.filter(({ agrees }) => !agrees)).toEqual([]);
  const statement = await readStatement(organizationId, monthOf(new Date()));
  expect(statement).toMatchObject({
    closing: formatUsd(world.credits() - world.spent),
    provenClosing: books.balance,
    isFinal: false,
  });
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

test("whatever is bought, given back, disputed, given, taken and spent, and however webhooks come, the books are what was paid", async () => {
  let negative = 0;
  let bought = 0;
  let expired = 0;
  let burntLate = 0;
  let bounced = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 40 }), async (steps) => {
      const caller = await makeCaller();
      const world = new World(caller, (await readBalance(caller.organizationId)).credited);
      for (const one of steps) {
        await run(world, one);
        if (one.act === "arrive") expect(await readFindings()).toEqual([]);
      }
      await arrive(world.underway.splice(0).reverse(), false);
      await expectEnd(world);
      await expectBooks(world);
      expect(await readFindings()).toEqual([]);
      bought += world.sales.length;
      expired += world.lots.filter(({ left }) => left > 0n).length;
      bounced += world.sales.filter(({ refunds }) => refunds.some(({ hasBounced }) => hasBounced)).length;
      burntLate += world.lots.filter(({ mayBurn }) => mayBurn.size > 0).length;
      if (world.credits() < world.spent) negative += 1;
    }),
    {
      numRuns: 20,
      interruptAfterTimeLimit: 20_000,
      examples: [[SPENT_AND_REFUNDED], [EXPIRED_UNDER_A_CALL], [REFUNDED_AND_BOUNCED]],
    },
  );
  // The histories were about something, and some of them went below zero.
  for (const count of [bought, negative, bounced, expired, burntLate]) expect(count).toBeGreaterThan(0);
}, 90_000);
