import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RefusedEvent, receiveStripeEvent } from "@/lib/billing/receive-stripe-event";
import { UnreadableEvent } from "@/lib/billing/stripe-event";
import { newId } from "@/lib/core/ids";
import { parseUsd, type Usd, usd } from "@/lib/core/money";
import { closeDatabase, pool } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readBalance } from "@/lib/ledger/balance";
import { readFindings } from "@/lib/ledger/books-store";
import { makeTenant } from "@/lib/testing/builders";
import { eventsOf, insertAutomaticPurchase, insertPendingTopUp, type Purchase } from "@/lib/testing/stripe-events";
import { useTestDatabase } from "@/lib/testing/test-database";

let database: ScratchDatabase;

beforeAll(async () => {
  database = await useTestDatabase();
});
afterAll(async () => {
  await closeDatabase();
  await database.drop();
});

const TWENTY = parseUsd("20");
const FEE = parseUsd("1");

async function makePurchase(amount: Usd = TWENTY, fee: Usd = FEE): Promise<Purchase> {
  const { organizationId } = await makeTenant();
  return insertPendingTopUp(organizationId, amount, fee);
}

async function makeAutomaticPurchase(): Promise<Purchase> {
  const { organizationId } = await makeTenant();
  return insertAutomaticPurchase(organizationId, TWENTY, FEE);
}

/** What is bought and still there: everything credited but for the welcome credits. */
async function bought({ organizationId }: Purchase): Promise<bigint> {
  return (await readBalance(organizationId)).credited - parseUsd("5");
}

async function statusOf({ topUpId }: Purchase): Promise<string> {
  const { rows } = await pool().query<{ status: string }>("SELECT status FROM top_up WHERE id = $1", [topUpId]);
  return rows[0]?.status ?? "";
}

/** Everything that an event may write, as text. */
async function everything(): Promise<string> {
  const tables = [
    "stripe_event",
    "stripe_payment",
    "stripe_refund",
    "stripe_dispute",
    "top_up",
    "auto_top_up",
    "journal_entry",
    "meter",
    "graphile_worker._private_jobs",
  ];
  const parts = tables.map(
    async (table) => (await pool().query(`SELECT to_jsonb(t)::text AS row FROM ${table} t ORDER BY 1`)).rows,
  );
  return JSON.stringify(await Promise.all(parts));
}

function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries())
    for (const rest of permutations(items.filter((_, other) => other !== index))) yield [item, ...rest];
}

describe("an event", () => {
  test("that says a top-up is paid gives its credits, keeps its fee, and is booked in double entry", async () => {
    const purchase = await makePurchase();
    await receiveStripeEvent(eventsOf(purchase).completed());
    expect([await bought(purchase), await statusOf(purchase)]).toEqual([TWENTY, "paid"]);
    const { rows } = await pool().query(
      "SELECT account, amount FROM journal_entry WHERE organization_id = $1 AND source LIKE 'stripe:%' ORDER BY amount",
      [purchase.organizationId],
    );
    expect(rows).toEqual([
      { account: "clearing", amount: -(TWENTY + FEE) },
      { account: "fees", amount: FEE },
      { account: "credits", amount: TWENTY },
    ]);
  });

  test("counts once, delivered again or several times at once", async () => {
    const purchase = await makePurchase();
    const event = eventsOf(purchase).completed();
    const notes = await Promise.all(Array.from({ length: 6 }, () => receiveStripeEvent(event)));
    expect(notes.filter((note) => note === "seen before")).toHaveLength(5);
    expect(await receiveStripeEvent(event)).toBe("seen before");
    expect(await bought(purchase)).toBe(TWENTY);
  });

  test("of a checkout that is not paid yet gives nothing; the later one does", async () => {
    const purchase = await makePurchase();
    const events = eventsOf(purchase);
    await receiveStripeEvent(events.completed({ payment_status: "unpaid" }));
    expect([await bought(purchase), await statusOf(purchase)]).toEqual([0n, "pending"]);
    await receiveStripeEvent(events.asyncSucceeded());
    expect([await bought(purchase), await statusOf(purchase)]).toEqual([TWENTY, "paid"]);
  });

  test.each([
    ["async_payment_failed", "failed"],
    ["expired", "expired"],
  ] as const)("checkout.session.%s ends a top-up without credits", async (kind, status) => {
    const purchase = await makePurchase();
    const events = eventsOf(purchase);
    await receiveStripeEvent(kind === "expired" ? events.expired() : events.asyncFailed());
    expect([await bought(purchase), await statusOf(purchase)]).toEqual([0n, status]);
  });

  test("of a declined card leaves the checkout open for another try", async () => {
    const purchase = await makePurchase();
    const events = eventsOf(purchase);
    await receiveStripeEvent(events.paymentFailed("Your card was declined."));
    expect(await statusOf(purchase)).toBe("pending");
    await receiveStripeEvent(events.completed());
    expect([await bought(purchase), await statusOf(purchase)]).toEqual([TWENTY, "paid"]);
  });

  test("takes Stripe's amount and not ours: what was paid short gives as much less", async () => {
    const purchase = await makePurchase();
    await receiveStripeEvent(eventsOf(purchase).completed({ amount_total: 1050 }));
    expect(await bought(purchase)).toBe(TWENTY / 2n);
    expect(await readFindings()).toEqual([]);
  });

  test("of a type that is not for us, or of somebody else's checkout, is noted and changes nothing", async () => {
    const purchase = await makePurchase();
    const unknown = { id: newId("txn"), type: "customer.created", object: { id: "cus_1" } };
    expect(await receiveStripeEvent(unknown)).toBe("says nothing about a top-up");
    const event = eventsOf(purchase).completed({ id: "cs_of_another_program", metadata: {} });
    expect(await receiveStripeEvent(event)).toBe("a checkout session of somebody else's");
    const { rows } = await pool().query("SELECT note FROM stripe_event WHERE id = ANY($1) ORDER BY note", [
      [unknown.id, event.id],
    ]);
    expect(rows).toEqual([{ note: "a checkout session of somebody else's" }, { note: "says nothing about a top-up" }]);
    expect(await bought(purchase)).toBe(0n);
  });
});

describe("security: an event writes nothing when", () => {
  const refused = async (
    event: ReturnType<ReturnType<typeof eventsOf>["completed"]>,
    kind: typeof RefusedEvent | typeof UnreadableEvent,
  ) => {
    const before = await everything();
    await expect(receiveStripeEvent(event)).rejects.toBeInstanceOf(kind);
    expect(await everything()).toBe(before);
  };

  test("it names another organisation's checkout session", async () => {
    const [mine, theirs] = [await makePurchase(), await makePurchase()];
    await refused(eventsOf(mine).completed({ id: theirs.sessionId, payment_intent: "pi_stolen" }), RefusedEvent);
  });

  test("it gives one payment to a second top-up, or a second payment to one", async () => {
    const [first, second] = [await makePurchase(), await makePurchase()];
    await receiveStripeEvent(eventsOf(first).completed());
    await refused(eventsOf(second).completed({ payment_intent: first.paymentIntent }), RefusedEvent);
    await refused(eventsOf(first).completed({ payment_intent: "pi_other" }), RefusedEvent);
  });

  test("it names another organisation, or another top-up, than the one whose card was charged", async () => {
    const [mine, theirs] = [await makeAutomaticPurchase(), await makeAutomaticPurchase()];
    const claims = [
      { organization: theirs.organizationId, top_up: mine.topUpId },
      { organization: mine.organizationId, top_up: theirs.topUpId },
    ];
    for (const metadata of claims) await refused(eventsOf(mine).succeeded({ metadata }), RefusedEvent);
    await refused(eventsOf(mine).succeeded({ id: theirs.paymentIntent }), RefusedEvent);
    await refused(eventsOf(mine).succeeded({ currency: "jpy" }), RefusedEvent);
  });

  test("its money is not USD", async () => {
    await refused(eventsOf(await makePurchase()).completed({ currency: "idr" }), RefusedEvent);
  });

  test.each([
    ["an amount that is no whole number", { amount_total: 12.5 }],
    ["an amount below zero", { amount_total: -2100 }],
    ["an amount as text", { amount_total: "2100" }],
    ["no status", { payment_status: null }],
    ["no id", { id: 7 }],
  ])("its object has %s", async (_, change) => {
    await refused(eventsOf(await makePurchase()).completed(change), UnreadableEvent);
  });
});

describe("in whatever order, each twice, one after the other or at once, events lead to the same books:", () => {
  const histories: [string, (purchase: Purchase) => { id: string; type: string; object: object }[], bigint, string][] =
    [
      [
        "paid and partly refunded",
        (purchase) => {
          const events = eventsOf(purchase);
          return [events.succeeded(), events.completed(), events.refunded(700), events.refunded(1050)];
        },
        TWENTY / 2n,
        "refunded",
      ],
      [
        "paid by bank and disputed for good",
        (purchase) => {
          const events = eventsOf(purchase);
          return [
            events.completed({ payment_status: "unpaid" }),
            events.asyncSucceeded(),
            events.disputed("needs_response"),
            events.disputeClosed("lost"),
          ];
        },
        0n,
        "disputed",
      ],
      [
        "paid, asked about, disputed and won",
        (purchase) => {
          const events = eventsOf(purchase);
          return [
            events.completed(),
            events.disputed("warning_needs_response", "du_inquiry"),
            events.disputed("needs_response"),
            events.disputeClosed("won"),
          ];
        },
        TWENTY,
        "paid",
      ],
      [
        "paid, refunded, and sent back by the bank",
        (purchase) => {
          const events = eventsOf(purchase);
          return [
            events.completed(),
            events.refunded(2100),
            events.refund("refund.created", 2100, "succeeded"),
            events.refund("refund.failed", 2100, "failed"),
          ];
        },
        TWENTY,
        "paid",
      ],
      [
        "refunded twice, of which the first comes back, where the charge counts what failed no more",
        (purchase) => {
          const events = eventsOf(purchase);
          return [
            events.completed(),
            events.refund("charge.refund.updated", 700, "failed", "re_first"),
            events.refunded(1050),
            events.refund("refund.created", 1050, "pending", "re_second"),
          ];
        },
        TWENTY / 2n,
        "refunded",
      ],
      [
        "left at its checkout after a declined card",
        (purchase) => {
          const events = eventsOf(purchase);
          return [events.paymentFailed("Your card was declined."), events.expired()];
        },
        0n,
        "expired",
      ],
      [
        "paid by a bank that returns it",
        (purchase) => {
          const events = eventsOf(purchase);
          return [
            events.completed({ payment_status: "unpaid" }),
            events.paymentFailed("The bank returned the payment."),
            events.asyncFailed(),
          ];
        },
        0n,
        "failed",
      ],
      [
        "declined, paid by bank, partly refunded, disputed and won",
        (purchase) => {
          const events = eventsOf(purchase);
          return [
            events.paymentFailed("Your card was declined."),
            events.completed({ payment_status: "unpaid" }),
            events.succeeded(),
            events.asyncSucceeded(),
            events.refunded(1050),
            events.disputed("needs_response"),
            events.disputeClosed("won"),
          ];
        },
        TWENTY / 2n,
        "refunded",
      ],
    ];

  const automatic: typeof histories = [
    [
      "charged automatically after a decline, partly refunded and refunded again",
      (purchase) => {
        const events = eventsOf(purchase);
        return [events.paymentFailed("Declined."), events.succeeded(), events.refunded(700), events.refunded(1050)];
      },
      TWENTY / 2n,
      "refunded",
    ],
    [
      "charged automatically, disputed and won, with a refund that failed",
      (purchase) => {
        const events = eventsOf(purchase);
        return [
          events.succeeded(),
          events.disputed("needs_response"),
          events.disputeClosed("won"),
          events.refund("refund.failed", 300, "failed"),
        ];
      },
      TWENTY,
      "paid",
    ],
  ];

  const all = [
    ...histories.map((history) => [...history, () => makePurchase()] as const),
    ...automatic.map((history) => [...history, makeAutomaticPurchase] as const),
  ];

  test.each(all)("%s", async (_, history, credits, status, make) => {
    const outcomes = new Set<string>();
    const takeIn = async (order: readonly number[]) => {
      const purchase = await make();
      const events = history(purchase);
      for (const index of order) {
        const event = events[index];
        if (!event) throw new Error("an order names events of its history");
        await receiveStripeEvent(event);
        await receiveStripeEvent(event);
      }
      outcomes.add(`${await bought(purchase)} ${await statusOf(purchase)}`);
    };
    const { length } = history(await make());
    const all = [...permutations(Array.from({ length }, (_, index) => index))];
    // Of seven events that is every one of thirty-odd of their 5,040 orders, spread over all of them.
    const stride = Math.max(1, Math.floor(all.length / 36));
    const orders = all.filter((_, index) => index % stride === 0);
    // Different purchases do not wait for one another.
    while (orders.length > 0) await Promise.all(orders.splice(0, 3).map(takeIn));
    for (let round = 0; round < 4; round += 1) {
      const purchase = await make();
      await Promise.all(history(purchase).flatMap((event) => [receiveStripeEvent(event), receiveStripeEvent(event)]));
      outcomes.add(`${await bought(purchase)} ${await statusOf(purchase)}`);
    }
    expect([...outcomes]).toEqual([`${credits} ${status}`]);
    expect(await readFindings()).toEqual([]);
  });
});

describe("the books name a top-up", () => {
  test.each([
    ["whose credits were changed", "UPDATE top_up SET booked_credits = booked_credits + 1 WHERE id = $1"],
    ["whose fee was changed", "UPDATE top_up SET booked_fee = 0 WHERE id = $1"],
    [
      "whose payment was changed",
      "UPDATE stripe_payment SET paid = paid + 10000000 WHERE payment_intent = 'pi_' || $1",
    ],
    [
      "of which a refund was invented",
      "INSERT INTO stripe_refund (id, payment_intent, amount) VALUES ('re_invented', 'pi_' || $1, 10000000)",
    ],
    ["whose refund was changed", "UPDATE stripe_payment SET refunded = 10000000 WHERE payment_intent = 'pi_' || $1"],
  ])("%s", async (_, change) => {
    const purchase = await makePurchase();
    await receiveStripeEvent(eventsOf(purchase).completed());
    try {
      await pool().query(change, [purchase.topUpId]);
      const subjects = (await readFindings()).map(({ subject }) => subject);
      expect(subjects.some((subject) => subject.startsWith(`${purchase.topUpId} of `))).toBe(true);
    } finally {
      await pool().query("UPDATE top_up SET booked_credits = amount, booked_fee = fee WHERE id = $1", [
        purchase.topUpId,
      ]);
      await pool().query("DELETE FROM stripe_refund WHERE id = 're_invented'");
      await pool().query("UPDATE stripe_payment SET paid = $2, refunded = 0 WHERE payment_intent = $1", [
        purchase.paymentIntent,
        TWENTY + FEE,
      ]);
    }
    expect(await readFindings()).toEqual([]);
  });
});

describe("a process that dies", () => {
  type Events = ReturnType<typeof eventsOf>;
  type Step = readonly [write: "INSERT" | "UPDATE", table: string];
  const NOTED: Step[] = [
    ["INSERT", "stripe_event"],
    ["UPDATE", "stripe_event"],
  ];
  const BOOKED: Step[] = [
    ["INSERT", "journal_entry"],
    ["UPDATE", "top_up"],
    ["UPDATE", "meter"],
  ];
  const paid = (events: Events) => [events.completed()];

  /** Each kind of event with what came before it, everything that it writes, and what is bought in the end. */
  const deaths: [
    name: string,
    earlier: (events: Events) => { id: string; type: string; object: object }[],
    event: (events: Events) => { id: string; type: string; object: object },
    steps: Step[],
    credits: bigint,
    status: string,
    make?: () => Promise<Purchase>,
  ][] = [
    [
      "checkout.session.completed",
      () => [],
      (events) => events.completed(),
      [["INSERT", "stripe_payment"], ["UPDATE", "stripe_payment"], ...BOOKED],
      TWENTY,
      "paid",
    ],
    [
      "checkout.session.async_payment_succeeded",
      (events) => [events.completed({ payment_status: "unpaid" })],
      (events) => events.asyncSucceeded(),
      [["UPDATE", "stripe_payment"], ...BOOKED],
      TWENTY,
      "paid",
    ],
    [
      "checkout.session.async_payment_failed",
      () => [],
      (events) => events.asyncFailed(),
      [["UPDATE", "top_up"]],
      0n,
      "failed",
    ],
    ["checkout.session.expired", () => [], (events) => events.expired(), [["UPDATE", "top_up"]], 0n, "expired"],
    [
      "payment_intent.succeeded",
      () => [],
      (events) => events.succeeded(),
      [["INSERT", "stripe_payment"], ["UPDATE", "stripe_payment"], ...BOOKED, ["UPDATE", "auto_top_up"]],
      TWENTY,
      "paid",
      makeAutomaticPurchase,
    ],
    [
      "payment_intent.payment_failed",
      () => [],
      (events) => events.paymentFailed("Declined."),
      [
        ["INSERT", "stripe_payment"],
        ["UPDATE", "stripe_payment"],
      ],
      0n,
      "pending",
    ],
    [
      "charge.refunded",
      paid,
      (events) => events.refunded(1050),
      [["UPDATE", "stripe_payment"], ...BOOKED],
      TWENTY / 2n,
      "refunded",
    ],
    [
      "refund.created",
      paid,
      (events) => events.refund("refund.created", 1050, "succeeded"),
      [["INSERT", "stripe_refund"], ...BOOKED],
      TWENTY / 2n,
      "refunded",
    ],
    [
      "refund.failed",
      (events) => [...paid(events), events.refund("refund.created", 1050, "succeeded")],
      (events) => events.refund("refund.failed", 1050, "failed"),
      [["UPDATE", "stripe_refund"], ...BOOKED],
      TWENTY,
      "paid",
    ],
    [
      "charge.dispute.created",
      paid,
      (events) => events.disputed("needs_response"),
      [["INSERT", "stripe_dispute"], ...BOOKED],
      0n,
      "disputed",
    ],
    [
      "charge.dispute.closed",
      (events) => [...paid(events), events.disputed("needs_response")],
      (events) => events.disputeClosed("won"),
      [["UPDATE", "stripe_dispute"], ...BOOKED],
      TWENTY,
      "paid",
    ],
  ];

  beforeAll(async () => {
    await pool().query(
      "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
    );
  });
  afterAll(() => pool().query("DROP FUNCTION die"));

  test.each(deaths)(
    "after any step of taking in %s leaves nothing of it; sent again, twice and at once, it counts once",
    async (_, earlier, event, steps, credits, status, make = makePurchase) => {
      const purchase = await make();
      const events = eventsOf(purchase);
      for (const before of earlier(events)) await receiveStripeEvent(before);
      const told = event(events);
      const before = await everything();
      for (const [write, table] of [...NOTED, ...steps]) {
        await pool().query(`CREATE TRIGGER dies AFTER ${write} ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION die()`);
        await expect(receiveStripeEvent(told), `${write} ${table}`).rejects.toThrow();
        await pool().query(`DROP TRIGGER dies ON ${table}`);
        expect(await everything(), `${write} ${table}`).toBe(before);
      }
      await Promise.all([receiveStripeEvent(told), receiveStripeEvent(told)]);
      expect([await bought(purchase), await statusOf(purchase)]).toEqual([credits, status]);
      expect(await readFindings()).toEqual([]);
    },
  );
});

describe("the share of a refund", () => {
  test("is exact for every amount, fee and sequence of refunds: nothing is lost to rounding", async () => {
    const { organizationId } = await makeTenant();
    const cents = fc.bigInt({ min: 500n, max: 500_000n }).map((count) => usd(count * 10_000_000n));
    await fc.assert(
      fc.asyncProperty(
        cents,
        fc.bigInt({ min: 0n, max: 900n }),
        fc.array(fc.nat(99), { maxLength: 4 }),
        async (amount, feeCents, parts) => {
          const purchase = await insertPendingTopUp(organizationId, amount, usd(feeCents * 10_000_000n));
          const before = (await readBalance(organizationId)).credited;
          const events = eventsOf(purchase);
          await receiveStripeEvent(events.completed());
          for (const part of [...parts].sort((a, b) => a - b))
            await receiveStripeEvent(events.refunded(Math.floor((purchase.cents * part) / 100)));
          await receiveStripeEvent(events.refunded(purchase.cents));
          expect((await readBalance(organizationId)).credited).toBe(before);
        },
      ),
      { numRuns: 15 },
    );
    expect(await readFindings()).toEqual([]);
  });
});
