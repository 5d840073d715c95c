import { prisma, type Tx } from "@/lib/infra/db";
import type { DisputeOutcome, StripePayment, TopUp } from "@/lib/infra/prisma-client/client";

/** Remembers an event; false when it was remembered before. Waits for whoever is at the same event now. */
export async function insertStripeEvent(tx: Tx, event: { id: string; type: string }): Promise<boolean> {
  const { count } = await tx.stripeEvent.createMany({ data: [event], skipDuplicates: true });
  return count === 1;
}

/** Writes down what came of an event. */
export async function noteStripeEvent(tx: Tx, id: string, note: string): Promise<void> {
  await tx.stripeEvent.update({ where: { id }, data: { note, processedAt: new Date() } });
}

/**
 * What is known about a payment, locked until the transaction ends; a row is made where there was none. Locks go
 * payment, top-up, meter.
 */
export async function lockPayment(tx: Tx, paymentIntent: string): Promise<StripePayment> {
  await tx.stripePayment.createMany({ data: [{ paymentIntent }], skipDuplicates: true });
  await tx.$queryRaw`SELECT 1 FROM stripe_payment WHERE payment_intent = ${paymentIntent} FOR UPDATE`;
  return tx.stripePayment.findUniqueOrThrow({ where: { paymentIntent } });
}

/** To be called under `lockPayment`. */
export async function savePayment(
  tx: Tx,
  paymentIntent: string,
  facts: { paid?: bigint; refunded?: bigint; failure?: string },
): Promise<void> {
  await tx.stripePayment.update({ where: { paymentIntent }, data: facts });
}

/** What is known about a payment; nothing yet where there is no row. */
export async function findPaymentFacts(tx: Tx, paymentIntent: string | null) {
  if (paymentIntent === null) return { paid: 0n, refunded: 0n, refunds: [], disputes: [] };
  const payment = await tx.stripePayment.findUnique({ where: { paymentIntent } });
  const disputes = await tx.stripeDispute.findMany({
    where: { paymentIntent },
    select: { amount: true, outcome: true },
  });
  const refunds = await tx.stripeRefund.findMany({
    where: { paymentIntent },
    select: { amount: true, failed: true },
  });
  return { paid: payment?.paid ?? 0n, refunded: payment?.refunded ?? 0n, refunds, disputes };
}

export function findRefund(tx: Tx, id: string) {
  return tx.stripeRefund.findUnique({ where: { id } });
}

/** To be called under `lockPayment`. */
export async function saveRefund(
  tx: Tx,
  refund: { id: string; paymentIntent: string; amount: bigint; failed: boolean },
): Promise<void> {
  const { id, amount, failed } = refund;
  await tx.stripeRefund.upsert({ where: { id }, create: refund, update: { amount, failed } });
}

export function findDispute(tx: Tx, id: string) {
  return tx.stripeDispute.findUnique({ where: { id } });
}

/** To be called under `lockPayment`. */
export async function saveDispute(
  tx: Tx,
  dispute: { id: string; paymentIntent: string; amount: bigint; outcome: DisputeOutcome },
): Promise<void> {
  const { id, amount, outcome } = dispute;
  await tx.stripeDispute.upsert({ where: { id }, create: dispute, update: { amount, outcome } });
}

/** The top-up that a checkout session or a payment is for; null when it is none of ours. */
export function findTopUpBy(
  tx: Tx,
  by: { checkoutSession: string } | { paymentIntent: string },
): Promise<TopUp | null> {
  return tx.topUp.findUnique({ where: by });
}

/** Takes a top-up for a change, until the transaction ends. */
export async function lockTopUp(tx: Tx, id: string): Promise<TopUp> {
  await tx.$queryRaw`SELECT 1 FROM top_up WHERE id = ${id} FOR UPDATE`;
  return tx.topUp.findUniqueOrThrow({ where: { id } });
}

/** To be called under `lockTopUp`. */
export async function saveTopUp(
  tx: Tx,
  id: string,
  changes: Partial<
    Pick<TopUp, "status" | "paymentIntent" | "bookedCredits" | "bookedFee" | "confirmBy" | "nextStepAt">
  >,
): Promise<void> {
  await tx.topUp.update({ where: { id }, data: changes });
}

export async function insertTopUp(
  tx: Tx,
  topUp: {
    id: string;
    organizationId: string;
    createdById: string | null;
    amount: bigint;
    fee: bigint;
    checkoutSession: string;
  },
): Promise<void> {
  await tx.topUp.create({ data: topUp });
}

/** Lets one transaction at a time begin a checkout for an organisation. */
export async function lockCheckouts(tx: Tx, organizationId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('checkout ' || ${organizationId}, 0))`;
}

/** How many checkouts of an organisation were begun in the last `seconds` and are not paid. */
export async function countOpenCheckouts(tx: Tx, organizationId: string, seconds: number): Promise<number> {
  const [row] = await tx.$queryRaw<{ open: number }[]>`
    SELECT count(*)::integer AS open FROM top_up
    WHERE organization_id = ${organizationId} AND status = 'pending' AND NOT automatic
      AND created_at > clock_timestamp() - make_interval(secs => ${seconds})`;
  return row?.open ?? 0;
}

/** An organisation's top-ups, newest first, with what is known about their payments. */
export async function findTopUps(organizationId: string, limit: number) {
  const topUps = await prisma().topUp.findMany({
    where: { organizationId },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: limit,
  });
  const payments = await prisma().stripePayment.findMany({
    where: { paymentIntent: { in: topUps.flatMap(({ paymentIntent }) => paymentIntent ?? []) } },
  });
  const byId = new Map(payments.map((payment) => [payment.paymentIntent, payment]));
  return topUps.map((topUp) => ({ topUp, payment: byId.get(topUp.paymentIntent ?? "") ?? null }));
}

/** A top-up of this organisation; null when it is not there or somebody else's. */
export function findTopUp(organizationId: string, id: string): Promise<TopUp | null> {
  return prisma().topUp.findFirst({ where: { id, organizationId } });
}

/** The payment of a top-up, whoever's it is; null where none is known. */
export async function findPaymentOf(id: string): Promise<string | null> {
  const topUp = await prisma().topUp.findUnique({ where: { id }, select: { paymentIntent: true } });
  return topUp?.paymentIntent ?? null;
}

/** Who an organisation is, for Stripe. */
export function findPayer(organizationId: string) {
  return prisma().organization.findUniqueOrThrow({
    where: { id: organizationId },
    select: { name: true, billingEmail: true, stripeCustomer: true },
  });
}

/** Keeps who an organisation is at Stripe, unless somebody else did since `before` was read. */
export async function saveStripeCustomer(organizationId: string, before: string | null, after: string): Promise<void> {
  await prisma().organization.updateMany({
    where: { id: organizationId, stripeCustomer: before },
    data: { stripeCustomer: after },
  });
}
