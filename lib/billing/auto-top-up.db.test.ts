import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { advanceAutomaticTopUp } from "@/lib/billing/advance-automatic-top-up";
import { advanceJobKey } from "@/lib/billing/advance-job-key";
import { readAutoTopUp } from "@/lib/billing/auto-top-up-view";
import { lookForDueTopUps, startTopUps, stopTopUps } from "@/lib/billing/background";
import { confirmTopUp } from "@/lib/billing/confirm-top-up";
import { createTopUp } from "@/lib/billing/create-top-up";
import { openPortal } from "@/lib/billing/open-portal";
import { receiptAddress } from "@/lib/billing/receipt-address";
import type { StripeDouble } from "@/lib/billing/simulator/stripe-double";
import { turnOffAutoTopUp } from "@/lib/billing/turn-off-auto-top-up";
import { formatUsd, parseUsd } from "@/lib/core/money";
import { setEnvironment } from "@/lib/infra/config";
import { closeDatabase, pool, prisma } from "@/lib/infra/db";
import type { ScratchDatabase } from "@/lib/infra/scratch-database";
import { readBalance } from "@/lib/ledger/balance";
import { readFindings } from "@/lib/ledger/books-store";
import { deleteOrganization } from "@/lib/projects/delete-organization";
import { makePoorTenant, type Tenant } from "@/lib/testing/builders";
import { customerOf, keepCard, turnOn } from "@/lib/testing/cards";
import { eventually } from "@/lib/testing/gateway";
import { STRIPE_SECRETS, type StripeDoubleServer, startStripeDouble } from "@/lib/testing/stripe-double-server";
import { useTestDatabase } from "@/lib/testing/test-database";
import { startWebhookServer } from "@/lib/testing/webhook-server";

let database: ScratchDatabase;
let stripe: StripeDoubleServer;
let webhooks: Awaited<ReturnType<typeof startWebhookServer>>;
let double: StripeDouble;

beforeAll(async () => {
  database = await useTestDatabase();
  stripe = await startStripeDouble();
  webhooks = await startWebhookServer();
  setEnvironment({ ...STRIPE_SECRETS, STRIPE_API_BASE: stripe.url });
  double = stripe.double(webhooks.url);
});
beforeEach(() => {
  stripe.intercept(null);
  double.setDelivery({});
});
afterEach(async () => {
  await double.quiet();
  expect(await readFindings()).toEqual([]);
});
afterAll(async () => {
  await webhooks.close();
  await stripe.close();
  await closeDatabase();
  await database.drop();
});

/** Somebody with 4 USD of credits and a card. */
async function makePayer(
  card: Parameters<typeof keepCard>[1],
  settings?: Parameters<typeof turnOn>[2],
): Promise<Tenant> {
  const tenant = await makePoorTenant({ credits: parseUsd("4") });
  await turnOn(tenant, await keepCard(tenant, card), settings);
  return tenant;
}

const advance = ({ organizationId }: Tenant) => advanceAutomaticTopUp({ organizationId });

/** Again and again, as the queue does it, until nothing is left to be done. */
async function advanceToTheEnd(tenant: Tenant): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const failed = await advance(tenant).then(
      () => false,
      () => true,
    );
    if (!failed) break;
  }
  await double.quiet();
}

const balanceOf = async ({ organizationId }: Tenant) => formatUsd((await readBalance(organizationId)).credited);
const stateOf = async ({ organizationId }: Tenant) => (await readAutoTopUp(organizationId)).state;
const chargedTo = async (tenant: Tenant) =>
  (await stripe.charges(await customerOf(tenant))).map(({ amount }) => amount);

async function statusesOf({ organizationId }: Tenant): Promise<string[]> {
  const { rows } = await pool().query<{ status: string }>(
    "SELECT status FROM top_up WHERE organization_id = $1 ORDER BY id",
    [organizationId],
  );
  return rows.map(({ status }) => status);
}

async function toldTo({ organizationId }: Tenant): Promise<string[]> {
  const { rows } = await pool().query<{ title: string }>(
    "SELECT title FROM alert WHERE organization_id = $1 AND kind = 'auto_top_up' ORDER BY created_at",
    [organizationId],
  );
  return rows.map(({ title }) => title);
}

/** Lets the time pass until the next attempt may be made. */
const passPause = ({ organizationId }: Tenant) =>
  pool().query("UPDATE auto_top_up SET next_attempt_at = now() - interval '1 second' WHERE organization_id = $1", [
    organizationId,
  ]);

/** Uses credits up, so that the balance is below the threshold again; what was used is booked. */
async function spend({ organizationId }: Tenant, amount: string): Promise<void> {
  await pool().query("UPDATE auto_top_up SET threshold = threshold + $2 WHERE organization_id = $1", [
    organizationId,
    parseUsd(amount),
  ]);
}

describe("a balance below the threshold", () => {
  test("is topped up once, with the fee of a checkout, and has a receipt", async () => {
    const tenant = await makePayer("good");
    await advance(tenant);
    expect(await balanceOf(tenant)).toBe("4.00");
    await double.quiet();
    expect([await chargedTo(tenant), await balanceOf(tenant), await statusesOf(tenant)]).toEqual([
      [2100],
      "24.00",
      ["paid"],
    ]);
    const { rows } = await pool().query<{ id: string }>("SELECT id FROM top_up WHERE organization_id = $1", [
      tenant.organizationId,
    ]);
    const receipt = await fetch(await receiptAddress(tenant.organizationId, rows[0]?.id ?? ""));
    expect(await receipt.text()).toContain("$21.00");
    await advance(tenant);
    expect(await chargedTo(tenant)).toEqual([2100]);
  });

  test("is topped up once, however many find out at once", async () => {
    const tenant = await makePayer("good");
    await Promise.allSettled(Array.from({ length: 20 }, () => advance(tenant)));
    await advanceToTheEnd(tenant);
    expect([await chargedTo(tenant), await balanceOf(tenant)]).toEqual([[2100], "24.00"]);
  });

  test.each(["twice", "late", "lost"] as const)("gets its credits once from webhooks that come %s", async (how) => {
    double.setDelivery({ twice: { copies: 2 }, late: { delayMs: 200 }, lost: { lost: 1 } }[how]);
    const tenant = await makePayer("good");
    await advance(tenant);
    await advance(tenant);
    await double.quiet();
    expect([await chargedTo(tenant), await balanceOf(tenant)]).toEqual([[2100], "24.00"]);
  });

  test.each([
    ["POST /v1/payment_intents", "before"],
    ["POST /v1/payment_intents", "after"],
    ["POST /v1/payment_intents/:id/confirm", "before"],
    ["POST /v1/payment_intents/:id/confirm", "after"],
  ] as const)("is topped up once when the connection breaks at %s, %s it is done", async (call, moment) => {
    const tenant = await makePayer("good");
    // Stripe's client tries a request three times by itself.
    let left = 3;
    stripe.intercept((made, when) => {
      if (made !== call || when !== moment || left === 0) return undefined;
      left -= 1;
      return "lose";
    });
    await expect(advance(tenant)).rejects.toThrow();
    await advanceToTheEnd(tenant);
    expect([left, await chargedTo(tenant), await balanceOf(tenant)]).toEqual([0, [2100], "24.00"]);
  });

  test("is left alone where it is off, and above the threshold", async () => {
    const off = await makePayer("good");
    await turnOffAutoTopUp({ organizationId: off.organizationId, actor: { userId: off.userId } });
    const rich = await makePayer("good", { threshold: "4" });
    for (const tenant of [off, rich]) {
      await advance(tenant);
      expect([await chargedTo(tenant), await statusesOf(tenant)]).toEqual([[], []]);
    }
  });

  test("security: the database itself refuses a second automatic top-up while one is under way", async () => {
    const tenant = await makePayer("asking");
    await advance(tenant);
    await expect(
      pool().query(
        "INSERT INTO top_up (id, organization_id, amount, fee, automatic, customer, payment_method, updated_at) SELECT id || '2', organization_id, amount, fee, automatic, customer, payment_method, now() FROM top_up WHERE organization_id = $1",
        [tenant.organizationId],
      ),
    ).rejects.toMatchObject({ constraint: "top_up_one_automatic_in_flight" });
  });
});

describe("a card that is declined", () => {
  test("is tried three times with growing pauses, then no more; those who pay are told why, once", async () => {
    const tenant = await makePayer("declined");
    for (const failures of [1, 2, 3]) {
      await advanceToTheEnd(tenant);
      await advanceToTheEnd(tenant);
      expect(await statusesOf(tenant)).toEqual(Array.from({ length: failures }, () => "failed"));
      expect(await stateOf(tenant)).toBe(failures < 3 ? "retrying" : "stopped");
      await passPause(tenant);
    }
    await advanceToTheEnd(tenant);
    expect([await chargedTo(tenant), await balanceOf(tenant), await statusesOf(tenant)]).toEqual([
      [],
      "4.00",
      ["failed", "failed", "failed"],
    ]);
    const told = await toldTo(tenant);
    expect(told).toEqual([expect.stringMatching(/^Automatic top-up of .* has stopped$/)]);
    const { rows } = await pool().query<{ text: string }>("SELECT text FROM outgoing_mail WHERE subject = $1", told);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.text).toMatch(
      new RegExp(`Your card was declined\\.[\\s\\S]*/dashboard/${tenant.projectId}/billing\n$`),
    );
  });

  test("pauses longer after the second failure", async () => {
    const tenant = await makePayer("declined");
    const pause = async () => {
      const { rows } = await pool().query<{ seconds: number }>(
        "SELECT extract(epoch FROM next_attempt_at - now())::float8 AS seconds FROM auto_top_up WHERE organization_id = $1",
        [tenant.organizationId],
      );
      return rows[0]?.seconds ?? 0;
    };
    await advanceToTheEnd(tenant);
    const first = await pause();
    await passPause(tenant);
    await advanceToTheEnd(tenant);
    expect([first > 60, (await pause()) > 2 * first]).toEqual([true, true]);
  });

  test("is followed by one that works: it begins anew, and earlier failures are forgotten", async () => {
    const tenant = await makePayer("declined");
    await advanceToTheEnd(tenant);
    await turnOn(tenant, await keepCard(tenant, "good"));
    await advanceToTheEnd(tenant);
    expect([await balanceOf(tenant), await stateOf(tenant)]).toEqual(["24.00", "on"]);
    expect((await readAutoTopUp(tenant.organizationId)).reason).toBeNull();
  });

  test("of which the answer was lost fails once", async () => {
    const tenant = await makePayer("declined");
    let left = 3;
    stripe.intercept((call, moment) =>
      call.endsWith("/confirm") && moment === "after" && left-- > 0 ? "lose" : undefined,
    );
    await expect(advance(tenant)).rejects.toThrow();
    await advanceToTheEnd(tenant);
    expect([await statusesOf(tenant), await stateOf(tenant)]).toEqual([["failed"], "retrying"]);
  });

  test("that was removed stops it at once", async () => {
    const tenant = await makePayer("good");
    const { url } = await openPortal(tenant);
    const card = (await readAutoTopUp(tenant.organizationId)).paymentMethod ?? "";
    await fetch(url, { method: "POST", body: new URLSearchParams({ remove: card }), redirect: "manual" });
    await advanceToTheEnd(tenant);
    expect([await stateOf(tenant), await toldTo(tenant)]).toEqual([
      "stopped",
      [expect.stringContaining("has stopped")],
    ]);
    expect((await readAutoTopUp(tenant.organizationId)).reason).toBe(
      "The card is no longer kept at the payment service.",
    );
  });
});

describe("a card whose bank asks", () => {
  const confirm = async (tenant: Tenant) => {
    const { confirm: waiting } = await readAutoTopUp(tenant.organizationId);
    return confirmTopUp({ ...tenant, topUpId: waiting?.topUpId ?? "", actor: { userId: tenant.userId } });
  };
  const answerBank = (url: string, answer: string) =>
    fetch(url, { method: "POST", body: new URLSearchParams({ answer }), redirect: "manual" });

  test("waits for somebody, who is told once and confirms; then there are credits", async () => {
    const tenant = await makePayer("asking");
    await advanceToTheEnd(tenant);
    await advanceToTheEnd(tenant);
    expect([await stateOf(tenant), await chargedTo(tenant), await statusesOf(tenant)]).toEqual([
      "confirm",
      [],
      ["pending"],
    ]);
    expect(await toldTo(tenant)).toEqual([expect.stringContaining("has to be confirmed")]);
    const { url } = await confirm(tenant);
    expect((await confirm(tenant)).url).toBe(url);
    const back = await answerBank(url, "yes");
    expect(back.headers.get("location")).toMatch(new RegExp(`/dashboard/${tenant.projectId}/billing\\?top_up=top_`));
    await double.quiet();
    expect([await chargedTo(tenant), await balanceOf(tenant), await stateOf(tenant)]).toEqual([[2100], "24.00", "on"]);
    await expect(confirm(tenant)).rejects.toMatchObject({ code: "not_found" });
  });

  test("may be confirmed again after a no, until a day has passed; that counts as one failure", async () => {
    const tenant = await makePayer("asking");
    await advanceToTheEnd(tenant);
    await answerBank((await confirm(tenant)).url, "no");
    await double.quiet();
    const { url } = await confirm(tenant);
    await pool().query(
      "UPDATE top_up SET confirm_by = now() - interval '1 second', next_step_at = now() WHERE organization_id = $1",
      [tenant.organizationId],
    );
    await expect(confirm(tenant)).rejects.toMatchObject({ code: "conflict" });
    await advanceToTheEnd(tenant);
    expect([await statusesOf(tenant), await stateOf(tenant)]).toEqual([["failed"], "retrying"]);
    await answerBank(url, "yes");
    await double.quiet();
    expect([await chargedTo(tenant), await balanceOf(tenant)]).toEqual([[], "4.00"]);
  });

  test("is not waited for any more once it is turned off, which is no failure", async () => {
    const tenant = await makePayer("asking");
    await advanceToTheEnd(tenant);
    await turnOffAutoTopUp({ organizationId: tenant.organizationId, actor: { userId: tenant.userId } });
    await advanceToTheEnd(tenant);
    const { rows } = await pool().query("SELECT failures FROM auto_top_up WHERE organization_id = $1", [
      tenant.organizationId,
    ]);
    expect([await statusesOf(tenant), await stateOf(tenant), rows]).toEqual([["failed"], "off", [{ failures: 0 }]]);
  });

  test("security: somebody else confirms nothing", async () => {
    const [tenant, stranger] = [await makePayer("asking"), await makePoorTenant({})];
    await advanceToTheEnd(tenant);
    const { confirm: waiting } = await readAutoTopUp(tenant.organizationId);
    const topUpId = waiting?.topUpId ?? "";
    await expect(confirmTopUp({ ...stranger, topUpId, actor: { userId: stranger.userId } })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(confirmTopUp({ ...tenant, topUpId, actor: { userId: stranger.userId } })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("the monthly ceiling", () => {
  test("counts charges with their fees by UTC month, and is told once", async () => {
    const tenant = await makePayer("good", { monthlyCeiling: "41.99" });
    await advanceToTheEnd(tenant);
    await spend(tenant, "20");
    await advanceToTheEnd(tenant);
    await advanceToTheEnd(tenant);
    expect([await chargedTo(tenant), await stateOf(tenant)]).toEqual([[2100], "ceiling"]);
    expect(await toldTo(tenant)).toEqual([expect.stringContaining("has reached its monthly ceiling")]);
    // The last moment of the month before.
    await pool().query(
      "UPDATE top_up SET created_at = date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 millisecond' WHERE organization_id = $1",
      [tenant.organizationId],
    );
    await passPause(tenant);
    await advanceToTheEnd(tenant);
    expect([await chargedTo(tenant), await balanceOf(tenant)]).toEqual([[2100, 2100], "44.00"]);
  });

  test("is passed by no number of attempts at once", async () => {
    const tenant = await makePayer("good", { monthlyCeiling: "21" });
    for (let round = 0; round < 3; round += 1) {
      await Promise.allSettled(Array.from({ length: 5 }, () => advance(tenant)));
      await advanceToTheEnd(tenant);
      await spend(tenant, "20");
    }
    expect(await chargedTo(tenant)).toEqual([2100]);
  });
});

describe("the settings", () => {
  test("take a card of one's own only, a ceiling for one top-up at least, and who may pay", async () => {
    const [mine, theirs] = [await makePayer("good", { threshold: "1" }), await makePayer("good", { threshold: "1" })];
    const stolen = (await readAutoTopUp(theirs.organizationId)).paymentMethod ?? "";
    await expect(turnOn(mine, stolen)).rejects.toMatchObject({
      code: "invalid_fields",
      options: { param: "paymentMethod" },
    });
    const own = (await readAutoTopUp(mine.organizationId)).paymentMethod ?? "";
    await expect(turnOn(mine, own, { monthlyCeiling: "20.99" })).rejects.toMatchObject({
      code: "invalid_fields",
      options: { param: "monthlyCeiling" },
    });
    await expect(turnOn({ ...mine, userId: theirs.userId }, own)).rejects.toMatchObject({ code: "not_found" });
    await pool().query("UPDATE membership SET role = 'developer' WHERE organization_id = $1", [mine.organizationId]);
    await expect(turnOn(mine, own)).rejects.toMatchObject({ code: "forbidden" });
    const off = { organizationId: mine.organizationId, actor: { userId: mine.userId } };
    await expect(turnOffAutoTopUp(off)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("the job queue", () => {
  const chargedOnce = async (tenant: Tenant) => {
    await eventually(
      () => balanceOf(tenant),
      (balance) => balance === "24.00",
    );
    expect(await chargedTo(tenant)).toEqual([2100]);
  };
  const jobsOf = async ({ organizationId }: Tenant) =>
    (await pool().query("SELECT 1 FROM graphile_worker.jobs WHERE key = $1", [advanceJobKey(organizationId)])).rowCount;

  test("tops up what falls below the threshold by itself, and again what a killed worker left", async () => {
    const [saved, fallen, abandoned] = [
      await makePayer("good"),
      await makePayer("good", { threshold: "4" }),
      await makePayer("good"),
    ];
    // As a process leaves it that was killed in the middle of its job.
    await pool().query(
      "UPDATE graphile_worker._private_jobs SET locked_by = 'worker-gone', locked_at = now() - interval '10 minutes', attempts = 1 WHERE key = $1",
      [advanceJobKey(abandoned.organizationId)],
    );
    await startTopUps();
    try {
      await chargedOnce(saved);
      await pool().query("UPDATE auto_top_up SET threshold = threshold + 1 WHERE organization_id = $1", [
        fallen.organizationId,
      ]);
      await lookForDueTopUps();
      await lookForDueTopUps();
      await Promise.all([chargedOnce(fallen), chargedOnce(abandoned)]);
      await eventually(
        () => jobsOf(fallen),
        (count) => count === 0,
      );
    } finally {
      await stopTopUps(5_000);
    }
  });

  test("leaves a job that pauses before its next attempt as it is", async () => {
    const tenant = await makePayer("good");
    const key = advanceJobKey(tenant.organizationId);
    await pool().query(
      "UPDATE graphile_worker._private_jobs SET attempts = 3, run_at = now() + interval '1 hour' WHERE key = $1",
      [key],
    );
    await lookForDueTopUps();
    const { rows } = await pool().query("SELECT attempts FROM graphile_worker.jobs WHERE key = $1", [key]);
    expect(rows).toEqual([{ attempts: 3 }]);
    await advanceToTheEnd(tenant);
  });
});

describe("an organisation that is deleted", () => {
  const remove = async ({ organizationId, userId }: Tenant) => {
    const { name } = await prisma().organization.findUniqueOrThrow({ where: { id: organizationId } });
    await deleteOrganization({ organizationId, name, actor: { userId } });
  };
  const paymentsOf = async (tenant: Tenant) =>
    (await stripe.charges(await customerOf(tenant))).map(({ amount, amount_refunded: back }) => [amount, back]);
  /** Whatever was paid is with its payer again, and the books are as they were before. */
  const untilSentBack = async (tenant: Tenant) => {
    await eventually(
      async () =>
        (
          await pool().query(
            "SELECT 1 FROM graphile_worker.jobs WHERE key = $1 OR key IN (SELECT 'refund-top-up ' || id FROM top_up WHERE organization_id = $2)",
            [advanceJobKey(tenant.organizationId), tenant.organizationId],
          )
        ).rowCount,
      (jobs) => jobs === 0,
    );
    await double.quiet();
    expect(await balanceOf(tenant)).toBe("4.00");
    for (const [paid, back] of await paymentsOf(tenant)) expect(back).toBe(paid);
  };
  beforeEach(() => startTopUps());
  afterEach(() => stopTopUps(5_000));

  test.each([
    ["POST /v1/payment_intents", "before", []],
    ["POST /v1/payment_intents", "after", []],
    ["POST /v1/payment_intents/:id/confirm", "before", [[2100, 2100]]],
    ["POST /v1/payment_intents/:id/confirm", "after", [[2100, 2100]]],
  ] as const)("while its card is charged, at %s, %s it is done, has all of it back", async (call, moment, payments) => {
    let removed: Promise<void> | undefined;
    const tenant = await makePoorTenant({ credits: parseUsd("4") });
    stripe.intercept(async (made, when) => {
      if (made !== call || when !== moment || removed) return undefined;
      removed = remove(tenant);
      await removed;
      return undefined;
    });
    await turnOn(tenant, await keepCard(tenant, "good"));
    await eventually(
      () => statusesOf(tenant),
      (statuses) => statuses.length === 1 && !statuses.includes("pending"),
    );
    await untilSentBack(tenant);
    expect([await paymentsOf(tenant), await statusesOf(tenant)]).toEqual([
      payments,
      [payments.length > 0 ? "refunded" : "failed"],
    ]);
  });

  test("before the webhook comes, twice and late, has all of it back once, and the trail says so", async () => {
    double.setDelivery({ copies: 2, delayMs: 500 });
    const tenant = await makePayer("good");
    await eventually(
      () => chargedTo(tenant),
      (charged) => charged.length === 1,
    );
    await remove(tenant);
    await double.quiet();
    await untilSentBack(tenant);
    expect([await paymentsOf(tenant), await statusesOf(tenant)]).toEqual([[[2100, 2100]], ["refunded"]]);
    const { rows } = await pool().query(
      "SELECT actor, action FROM audit_event WHERE organization_id = $1 AND action = 'top_up.refund'",
      [tenant.organizationId],
    );
    expect(rows).toEqual([{ actor: "system", action: "top_up.refund" }]);
  });

  test("while its bank asks cannot be charged any more", async () => {
    const tenant = await makePayer("asking");
    await eventually(
      () => stateOf(tenant),
      (state) => state === "confirm",
    );
    const { confirm } = await readAutoTopUp(tenant.organizationId);
    const { url } = await confirmTopUp({
      ...tenant,
      topUpId: confirm?.topUpId ?? "",
      actor: { userId: tenant.userId },
    });
    await remove(tenant);
    await eventually(
      () => statusesOf(tenant),
      (statuses) => statuses.includes("failed"),
    );
    await fetch(url, { method: "POST", body: new URLSearchParams({ answer: "yes" }), redirect: "manual" });
    await untilSentBack(tenant);
    expect(await paymentsOf(tenant)).toEqual([]);
  });

  test("has back what somebody pays at a checkout that was begun before, and keeps what was paid before", async () => {
    const tenant = await makePoorTenant({ credits: parseUsd("4") });
    const buy = async () =>
      (await createTopUp({ ...tenant, amount: parseUsd("20"), actor: { userId: tenant.userId } })).url;
    const pay = async (url: string) => {
      await fetch(url, { method: "POST", body: new URLSearchParams({ way: "card" }), redirect: "manual" });
      await double.quiet();
    };
    const [first, second] = [await buy(), await buy()];
    await pay(first);
    await remove(tenant);
    await pay(second);
    await eventually(
      () => statusesOf(tenant),
      (statuses) => statuses.includes("refunded"),
    );
    await double.quiet();
    expect([await balanceOf(tenant), (await statusesOf(tenant)).sort()]).toEqual(["24.00", ["paid", "refunded"]]);
    expect(await paymentsOf(tenant)).toEqual([
      [2100, 2100],
      [2100, 0],
    ]);
  });

  test("leaves no card to be charged behind, whoever turns it on at the same moment", async () => {
    const tenants = await Promise.all(Array.from({ length: 6 }, () => makePoorTenant({ credits: parseUsd("4") })));
    for (const tenant of tenants) {
      const card = await keepCard(tenant, "good");
      await Promise.allSettled([turnOn(tenant, card), remove(tenant), turnOn(tenant, card, { threshold: "6" })]);
    }
    const { rows } = await pool().query("SELECT 1 FROM auto_top_up WHERE organization_id = ANY($1) AND enabled", [
      tenants.map(({ organizationId }) => organizationId),
    ]);
    expect(rows).toEqual([]);
    for (const tenant of tenants) await untilSentBack(tenant);
  });

  test("has back what is still unsent when Stripe does not answer at first", async () => {
    let left = 3;
    stripe.intercept((made) => {
      if (made !== "POST /v1/refunds" || left === 0) return undefined;
      left -= 1;
      return "lose";
    });
    double.setDelivery({ delayMs: 300 });
    const tenant = await makePayer("good");
    await eventually(
      () => chargedTo(tenant),
      (charged) => charged.length === 1,
    );
    await remove(tenant);
    await eventually(
      () => paymentsOf(tenant),
      ([payment]) => payment?.[1] === 2100,
    );
    await untilSentBack(tenant);
    expect(left).toBe(0);
  });
});

describe("open checkouts", () => {
  test("are ten at most, also when more are begun at once; after two hours there is room again", async () => {
    const tenant = await makePoorTenant({});
    const buy = () => createTopUp({ ...tenant, amount: parseUsd("5"), actor: { userId: tenant.userId } });
    const begun = await Promise.allSettled(Array.from({ length: 14 }, buy));
    expect(begun.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    await expect(buy()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("10 checkouts open"),
    });
    await pool().query("UPDATE top_up SET created_at = now() - interval '121 minutes' WHERE organization_id = $1", [
      tenant.organizationId,
    ]);
    await buy();
  });
});
