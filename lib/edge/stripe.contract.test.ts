import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTopUp } from "@/lib/billing/create-top-up";
import { openPortal } from "@/lib/billing/open-portal";
import { paymentService } from "@/lib/billing/payment-service";
import { receiptAddress } from "@/lib/billing/receipt-address";
import type { StripeDouble } from "@/lib/billing/simulator/stripe-double";
import { newId } from "@/lib/core/ids";
import { parseUsd } from "@/lib/core/money";
import { setEnvironment } from "@/lib/infra/config";
import { pool } from "@/lib/infra/db";
import { signedHeader } from "@/lib/infra/stripe";
import { readBalance } from "@/lib/ledger/balance";
import { readFindings } from "@/lib/ledger/books-store";
import { makePoorTenant, type Tenant } from "@/lib/testing/builders";
import { ask, chatBody, DOORS, eventually, untilSettled } from "@/lib/testing/gateway";
import { openDoors } from "@/lib/testing/open-doors";
import { type RunningServer, startServer } from "@/lib/testing/server";
import { STRIPE_SECRETS, type StripeDoubleServer, startStripeDouble } from "@/lib/testing/stripe-double-server";
import { eventsOf, insertPendingTopUp } from "@/lib/testing/stripe-events";

let stripe: StripeDoubleServer;
beforeAll(async () => {
  stripe = await startStripeDouble();
});
afterAll(() => stripe.close());

const { doors, databaseUrl } = openDoors(() => ({ ...STRIPE_SECRETS, STRIPE_API_BASE: stripe.url }), { pages: true });

const TWENTY = parseUsd("20");

function buy(tenant: Tenant, amount = TWENTY): Promise<{ url: string }> {
  return createTopUp({ ...tenant, amount, actor: { userId: tenant.userId } });
}

/** Sends a form of a hosted page, as a browser does. */
function click(url: string, form: Record<string, string>): Promise<Response> {
  return fetch(url, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
}

interface TopUpRow {
  id: string;
  status: string;
  payment_intent: string | null;
}

async function topUpsOf({ organizationId }: Tenant): Promise<TopUpRow[]> {
  const { rows } = await pool().query<TopUpRow>(
    "SELECT id, status, payment_intent FROM top_up WHERE organization_id = $1 ORDER BY id",
    [organizationId],
  );
  return rows;
}

const creditsOf = async (tenant: Tenant) => (await readBalance(tenant.organizationId)).credited;

describe.each(DOORS)("through the %s door", (name) => {
  let door: RunningServer;
  let double: StripeDouble;

  beforeAll(() => {
    door = doors[name];
    double = stripe.double(door.url);
  });

  test("a top-up is paid on Stripe's page, credited by the webhook, and read by the key at once", async () => {
    const tenant = await makePoorTenant({ mode: "credits" });
    const { url } = await buy(tenant);
    const page = await (await fetch(url)).text();
    for (const words of ["Simulated payment", "$20.00", "$1.00", "$21.00"]) expect(page).toContain(words);
    const [topUp] = await topUpsOf(tenant);
    const answer = await click(url, { way: "card" });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      303,
      expect.stringMatching(new RegExp(`/dashboard/${tenant.projectId}/billing\\?top_up=${topUp?.id}$`)),
    ]);
    await double.quiet();
    expect(await topUpsOf(tenant)).toMatchObject([{ status: "paid" }]);
    const read = await ask(door, { path: "/v1/credits", secret: tenant.secret });
    expect(read.json).toMatchObject({ data: { total_credits: 20, balance: "20.00" } });
    expect(await readFindings()).toEqual([]);
  });

  test.each(["late", "twice", "reversed", "lost"])("webhooks that come %s give the credits once", async (delivery) => {
    const tenant = await makePoorTenant({ mode: "credits" });
    const { url } = await buy(tenant);
    await click(url, { way: "card", delivery });
    await double.quiet();
    expect(await creditsOf(tenant)).toBe(TWENTY);
  });

  test("who clicks twice pays once", async () => {
    const tenant = await makePoorTenant({ mode: "credits" });
    const { url } = await buy(tenant);
    await Promise.all([1, 2, 3].map(() => click(url, { way: "card" })));
    await double.quiet();
    expect(await creditsOf(tenant)).toBe(TWENTY);
  });

  test.each([
    ["bank", TWENTY, "paid"],
    ["bank_fails", 0n, "failed"],
    ["declined", 0n, "pending"],
    ["expire", 0n, "expired"],
  ] as const)("a payment that goes the way “%s” ends as it should", async (way, credits, status) => {
    const tenant = await makePoorTenant({ mode: "credits" });
    const { url } = await buy(tenant);
    await click(url, { way });
    await double.quiet();
    expect([await creditsOf(tenant), await topUpsOf(tenant)]).toMatchObject([credits, [{ status }]]);
  });

  test("a refund of what was spent leaves a balance below zero, which refuses calls until it is paid", async () => {
    const tenant = await makePoorTenant({ mode: "credits" });
    const five = parseUsd("5");
    await click((await buy(tenant, five)).url, { way: "card" });
    await double.quiet();
    const call = () =>
      ask(door, { secret: tenant.secret, body: chatBody({ model: "simulator/echo", max_tokens: 16 }) });
    expect((await call()).status).toBe(200);
    await untilSettled();

    const [topUp] = await topUpsOf(tenant);
    await paymentService()?.client.refunds.create({ payment_intent: topUp?.payment_intent ?? "" });
    await double.quiet();
    expect(await topUpsOf(tenant)).toMatchObject([{ status: "refunded" }]);
    const { credited, used } = await readBalance(tenant.organizationId);
    expect([credited, used > 0n]).toEqual([0n, true]);
    const refused = await call();
    expect([refused.status, refused.json]).toMatchObject([402, { error: { code: "insufficient_credits" } }]);

    await click((await buy(tenant, five)).url, { way: "card" });
    await double.quiet();
    expect((await call()).status).toBe(200);
    await untilSettled();
    expect(await readFindings()).toEqual([]);
  });

  test("a dispute takes the credits, and gives them back when it is won", async () => {
    const tenant = await makePoorTenant({ mode: "credits" });
    await click((await buy(tenant)).url, { way: "card" });
    await double.quiet();
    const [topUp] = await topUpsOf(tenant);
    const receipt = await receiptAddress(tenant.organizationId, topUp?.id ?? "");
    await click(receipt, { act: "dispute" });
    await double.quiet();
    expect([await creditsOf(tenant), await topUpsOf(tenant)]).toMatchObject([0n, [{ status: "disputed" }]]);
    await click(receipt, { act: "won", delivery: "twice" });
    await double.quiet();
    expect([await creditsOf(tenant), await topUpsOf(tenant)]).toMatchObject([TWENTY, [{ status: "paid" }]]);
    expect(await readFindings()).toEqual([]);
  });

  test("another organisation reads no receipt, and the portal shows each its own", async () => {
    const [mine, theirs] = [await makePoorTenant({}), await makePoorTenant({})];
    await click((await buy(mine)).url, { way: "card", keep: "4242" });
    await double.quiet();
    const [topUp] = await topUpsOf(mine);
    for (const as of ["page", "pdf"] as const)
      await expect(receiptAddress(theirs.organizationId, topUp?.id ?? "", as)).rejects.toMatchObject({
        code: "not_found",
      });
    const invoice = await fetch(await receiptAddress(mine.organizationId, topUp?.id ?? "", "pdf"));
    expect(invoice.headers.get("content-disposition")).toMatch(/^attachment; filename="invoice-/);
    expect(await invoice.text()).toMatch(/^%PDF-[\s\S]*Total: \$21\.00/);
    const portalOf = async (tenant: Tenant) => (await fetch((await openPortal(tenant)).url)).text();
    expect(await portalOf(mine)).toMatch(/Receipt over \$21\.00[\s\S]*Back to Turnpike/);
    expect(await portalOf(mine)).toContain("Remove visa ending in 4242");
    expect(await portalOf(theirs)).not.toContain("Receipt over");
  });

  test("an organisation that Stripe does not know any more is made known again", async () => {
    const tenant = await makePoorTenant({});
    await pool().query("UPDATE organization SET stripe_customer = $1 WHERE id = $2", [
      `cus_gone_${tenant.organizationId}`,
      tenant.organizationId,
    ]);
    await click((await buy(tenant)).url, { way: "card", keep: "4242" });
    await double.quiet();
    expect(await creditsOf(tenant)).toBe(TWENTY);
    expect(await (await fetch((await openPortal(tenant)).url)).text()).toContain("ending in 4242");
  });

  test("while Stripe fails nothing is begun", async () => {
    const tenant = await makePoorTenant({});
    double.failNext(1);
    await expect(buy(tenant)).rejects.toMatchObject({ code: "upstream_error" });
    expect(await topUpsOf(tenant)).toEqual([]);
  });

  describe("security: a webhook is refused and writes nothing when", () => {
    const rowsOfAll = async () => {
      const { rows } = await pool().query(
        "SELECT (SELECT count(*) FROM stripe_event) AS events, (SELECT count(*) FROM stripe_payment) AS payments, (SELECT count(*) FROM journal_entry) AS entries",
      );
      return rows[0];
    };
    const now = () => Math.floor(Date.now() / 1000);
    const secret = STRIPE_SECRETS.STRIPE_WEBHOOK_SECRET;
    const deliver = (body: string, signature?: string) =>
      ask(door, {
        path: "/api/stripe/webhook",
        body,
        headers: { ...(signature === undefined ? {} : { "stripe-signature": signature }) },
      });
    const paid = async () => {
      const tenant = await makePoorTenant({});
      const purchase = await insertPendingTopUp(tenant.organizationId, TWENTY, parseUsd("1"));
      const { id, type, object } = eventsOf(purchase).completed();
      return { tenant, body: JSON.stringify({ id, object: "event", type, data: { object } }) };
    };

    test.each<[string, (body: string) => [body: string, signature?: string]]>([
      ["it has no signature", (body) => [body]],
      ["its signature is no signature", (body) => [body, "t=x,v1=y"]],
      ["it was signed with another secret", (body) => [body, signedHeader(body, "whsec_another_secret_00")]],
      ["it was changed on its way", (body) => [body.replace("2100", "210000"), signedHeader(body, secret)]],
      ["it is older than five minutes", (body) => [body, signedHeader(body, secret, now() - 301)]],
      ["it was signed under another scheme", (body) => [body, signedHeader(body, secret).replace("v1=", "v0=")]],
      ["it is signed but no JSON", () => ["{", signedHeader("{", secret)]],
    ])("%s", async (_, change) => {
      const { body } = await paid();
      const before = await rowsOfAll();
      const printed = door.output().length;
      const [sent, signature] = change(body);
      const answer = await deliver(sent, signature);
      expect([answer.status, answer.text]).toEqual([400, expect.not.stringContaining(secret)]);
      expect(await rowsOfAll()).toEqual(before);
      // The log says that and why, and holds neither the secret, nor the signature, nor what was sent.
      const lines = await eventually(
        () => door.output().slice(printed),
        (text) => text.includes("a Stripe webhook was refused"),
      );
      const mark = signature?.split("v1=")[1] ?? "";
      for (const kept of [secret, "amount_total", ...(mark.length > 32 ? [mark] : [])])
        expect(lines).not.toContain(kept);
    });

    test("it names another organisation's checkout", async () => {
      const [mine, theirs] = [await makePoorTenant({}), await makePoorTenant({})];
      const fee = parseUsd("1");
      const [own, other] = [
        await insertPendingTopUp(mine.organizationId, TWENTY, fee),
        await insertPendingTopUp(theirs.organizationId, TWENTY, fee),
      ];
      const { id, type, object } = eventsOf(own).completed({ id: other.sessionId });
      const body = JSON.stringify({ id, object: "event", type, data: { object } });
      const before = await rowsOfAll();
      expect((await deliver(body, signedHeader(body, secret))).status).toBe(400);
      expect(await rowsOfAll()).toEqual(before);
    });

    test("it is larger than any webhook, or no POST", async () => {
      const body = JSON.stringify({ filler: "x".repeat(1024 * 1024) });
      expect((await deliver(body, signedHeader(body, secret))).status).toBe(413);
      expect((await ask(door, { path: "/api/stripe/webhook" })).status).toBe(405);
    });

    test("none of that: the same event, as Stripe would send it, is credited", async () => {
      const { tenant, body } = await paid();
      expect((await deliver(body, signedHeader(body, secret))).status).toBe(200);
      expect((await deliver(body, signedHeader(body, secret, now() - 200))).status).toBe(200);
      expect(await creditsOf(tenant)).toBe(TWENTY);
    });

    test("and an event of a type that nobody asked for is answered 200", async () => {
      const event = { id: `evt_${newId("txn")}`, object: "event", type: "customer.created", data: { object: {} } };
      const body = JSON.stringify(event);
      expect((await deliver(body, signedHeader(body, secret))).status).toBe(200);
    });
  });

  test("there is no simulator where there is a Stripe", async () => {
    expect((await ask(door, { path: "/api/stripe/simulator/checkout/cs_test_simulated00" })).status).toBe(404);
  });
});

describe("the API of the double, by Stripe's own client", () => {
  beforeAll(() => {
    stripe.double(doors.server.url);
  });
  const client = () => {
    const service = paymentService();
    if (!service) throw new Error("there is no payment service");
    return service.client;
  };
  const sessionParams = (unit_amount: number) => ({
    mode: "payment" as const,
    line_items: [{ quantity: 1, price_data: { currency: "usd", unit_amount, product_data: { name: "Credits" } } }],
    success_url: "http://localhost/done",
  });

  test("an idempotency key has its first answer again, and no other request", async () => {
    const options = { idempotencyKey: newId("top") };
    const first = await client().checkout.sessions.create(sessionParams(2100), options);
    expect((await client().checkout.sessions.create(sessionParams(2100), options)).id).toBe(first.id);
    await expect(client().checkout.sessions.create(sessionParams(4200), options)).rejects.toMatchObject({
      type: "StripeIdempotencyError",
    });
  });

  test("a saved card is charged while nobody is there, and refunds go as far as the charge", async () => {
    const customer = await client().customers.create({ name: "Ada" });
    const session = await client().checkout.sessions.create({ ...sessionParams(2100), customer: customer.id });
    await click(session.url ?? "", { way: "card", keep: "4242" });
    const { data: cards } = await client().customers.listPaymentMethods(customer.id);
    expect(cards).toMatchObject([{ type: "card", card: { last4: "4242" } }]);
    const payment = await client().paymentIntents.create({
      amount: 1000,
      currency: "usd",
      customer: customer.id,
      payment_method: cards[0]?.id ?? "",
      off_session: true,
      confirm: true,
    });
    expect(payment).toMatchObject({ status: "succeeded", amount_received: 1000 });
    await client().refunds.create({ payment_intent: payment.id, amount: 400 });
    await expect(client().refunds.create({ payment_intent: payment.id, amount: 601 })).rejects.toMatchObject({
      code: "amount_too_large",
    });
    await client().refunds.create({ payment_intent: payment.id });
    await expect(client().refunds.create({ payment_intent: payment.id })).rejects.toMatchObject({
      code: "charge_already_refunded",
    });
  });

  test("a kept card that is declined leaves a payment which says so", async () => {
    const customer = await client().customers.create({ name: "Ada" });
    const session = await client().checkout.sessions.create({ ...sessionParams(2100), customer: customer.id });
    await click(session.url ?? "", { way: "card", keep: "0341" });
    const { data: cards } = await client().customers.listPaymentMethods(customer.id);
    const charge = client().paymentIntents.create({
      amount: 1000,
      currency: "usd",
      customer: customer.id,
      payment_method: cards[0]?.id ?? "",
      off_session: true,
      confirm: true,
    });
    await expect(charge).rejects.toMatchObject({ type: "StripeCardError", code: "card_declined" });
  });

  test("what it does not have is an error of Stripe's", async () => {
    await expect(client().customers.retrieve("cus_simulated00")).rejects.toMatchObject({ code: "resource_missing" });
    await expect(client().products.list()).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe("an installation without a key for Stripe", () => {
  const simulated = { STRIPE_SECRET_KEY: "", STRIPE_WEBHOOK_SECRET: "", STRIPE_API_BASE: "" };
  afterAll(() =>
    setEnvironment({ ...STRIPE_SECRETS, STRIPE_API_BASE: stripe.url, APP_URL: undefined, PORT: undefined }),
  );

  test("has a checkout of its own, which sends signed webhooks to itself", async () => {
    const server = await startServer({ env: { DATABASE_URL: databaseUrl() } });
    try {
      setEnvironment({ ...simulated, APP_URL: server.url, PORT: new URL(server.url).port });
      const tenant = await makePoorTenant({});
      const { url } = await buy(tenant);
      expect(url.startsWith(`${server.url}/api/stripe/simulator/checkout/`)).toBe(true);
      expect(await (await fetch(url)).text()).toContain("No money moves");
      expect((await click(url, { way: "card", delivery: "twice" })).status).toBe(303);
      await eventually(
        () => creditsOf(tenant),
        (credits) => credits === TWENTY,
      );
      const [topUp] = await topUpsOf(tenant);
      const receipt = await receiptAddress(tenant.organizationId, topUp?.id ?? "");
      await click(receipt, { act: "refund" });
      await eventually(
        () => creditsOf(tenant),
        (credits) => credits === 0n,
      );
      expect(await readFindings()).toEqual([]);
      // The API is for the server itself: nobody outside makes customers or refunds.
      expect((await ask(server, { path: "/api/stripe/simulator/v1/refunds", body: "charge=ch" })).status).toBe(404);
    } finally {
      await server.stop();
    }
  });

  test("security: has none on a database of one's own in production, nor a webhook", async () => {
    const server = await startServer({ env: { DATABASE_URL: databaseUrl(), TURNPIKE_EMBEDDED_DATABASE: "false" } });
    try {
      for (const path of ["/api/stripe/simulator/checkout/cs_test_simulated00", "/api/stripe/simulator/portal/bps_x"])
        expect((await ask(server, { path })).status).toBe(404);
      expect((await ask(server, { path: "/api/stripe/webhook", body: "{}" })).status).toBe(404);
    } finally {
      await server.stop();
    }
  });
});
