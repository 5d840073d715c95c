import { prisma, type Tx } from "@/lib/infra/db";
import { type AutoTopUp, Prisma, type TopUp } from "@/lib/infra/prisma-client/client";

/** An automatic top-up: it knows whom it charges. */
export type AutomaticTopUp = TopUp & { customer: string; paymentMethod: string };

/** How an organisation's credits are bought by themselves, as it was saved. */
export type AutoTopUpSettings = Pick<AutoTopUp, "threshold" | "amount" | "monthlyCeiling"> & { paymentMethod: string };

/** What a top-up that is due would be, and what the card was charged in this calendar month (UTC), in nano-dollars. */
export interface DueTopUp {
  amount: bigint;
  monthlyCeiling: bigint;
  paymentMethod: string;
  customer: string | null;
  chargedThisMonth: bigint;
}

/** The first moment of the month (UTC) in which the database is. */
const MONTH = Prisma.sql`(date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')`;

/** Whose balance is below their threshold, and nothing speaks against a charge but the ceiling. */
const DUE = Prisma.sql`
  auto_top_up a JOIN meter m ON m.subject = 'organization' AND m.subject_id = a.organization_id AND m.kind = 'credits' AND m.unit = 'usd'
  WHERE a.enabled AND a.stopped_reason IS NULL AND m."limit" - m.used < a.threshold
    AND (a.next_attempt_at IS NULL OR a.next_attempt_at <= clock_timestamp())
    AND NOT EXISTS (SELECT FROM top_up t WHERE t.organization_id = a.organization_id AND t.automatic AND t.status = 'pending')`;

/** What was charged, or is about to be, in this month; what failed was not. */
const CHARGED = (organizationId: Prisma.Sql) => Prisma.sql`(
  SELECT coalesce(sum(t.amount + t.fee), 0)::bigint FROM top_up t
  WHERE t.organization_id = ${organizationId} AND t.automatic AND t.status NOT IN ('failed', 'expired') AND t.created_at >= ${MONTH})`;

/** Organisations for which something is to be done now: credits to buy, or a top-up that nobody has looked at in time. */
export async function findDueOrganizations(limit: number): Promise<string[]> {
  const rows = await prisma().$queryRaw<{ id: string }[]>`
    SELECT a.organization_id AS id FROM ${DUE}
    UNION SELECT organization_id FROM top_up WHERE automatic AND status = 'pending' AND next_step_at <= clock_timestamp()
    LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

/** Takes an organisation's settings until the transaction ends; null when it never saved any. After any top-up's row. */
export async function lockAutoTopUp(tx: Tx, organizationId: string): Promise<AutoTopUp | null> {
  await tx.$queryRaw`SELECT 1 FROM auto_top_up WHERE organization_id = ${organizationId} FOR UPDATE`;
  return tx.autoTopUp.findUnique({ where: { organizationId } });
}

/** What is to be charged now; null when nothing is. To be called under `lockAutoTopUp`. */
export async function findDueTopUp(tx: Tx, organizationId: string): Promise<DueTopUp | null> {
  const [row] = await tx.$queryRaw<DueTopUp[]>`
    SELECT a.amount, a.monthly_ceiling AS "monthlyCeiling", a.payment_method AS "paymentMethod",
      (SELECT o.stripe_customer FROM organization o WHERE o.id = a.organization_id) AS customer,
      ${CHARGED(Prisma.sql`a.organization_id`)} AS "chargedThisMonth"
    FROM ${DUE} AND a.organization_id = ${organizationId}`;
  return row ?? null;
}

/** The automatic top-up of an organisation that is under way; there is one at most. */
export async function findTopUpUnderway(organizationId: string): Promise<AutomaticTopUp | null> {
  return charging(await prisma().topUp.findFirst({ where: { organizationId, automatic: true, status: "pending" } }));
}

/** With whom it charges; null for one of a checkout. */
export function charging(topUp: TopUp | null): AutomaticTopUp | null {
  if (!topUp?.automatic || topUp.customer === null || topUp.paymentMethod === null) return null;
  return { ...topUp, customer: topUp.customer, paymentMethod: topUp.paymentMethod };
}

/**
 * Writes down a top-up that is about to be charged.
 * @throws the database's unique violation while the organisation has another one under way.
 */
export async function insertAutomaticTopUp(
  tx: Tx,
  topUp: Pick<AutomaticTopUp, "id" | "organizationId" | "amount" | "fee" | "customer" | "paymentMethod">,
): Promise<AutomaticTopUp> {
  const made = await tx.topUp.create({ data: { ...topUp, automatic: true, nextStepAt: new Date() } });
  return { ...made, customer: topUp.customer, paymentMethod: topUp.paymentMethod };
}

/** Ties a payment to a top-up that has none yet; false when it has another one. */
export async function savePaymentOf(id: string, paymentIntent: string): Promise<boolean> {
  const { count } = await prisma().topUp.updateMany({
    where: { id, OR: [{ paymentIntent: null }, { paymentIntent }] },
    data: { paymentIntent },
  });
  return count === 1;
}

/** When a pending top-up is looked at again, in seconds from now. */
export async function setNextStep(id: string, seconds: number): Promise<void> {
  await prisma().$executeRaw`
    UPDATE top_up SET next_step_at = clock_timestamp() + make_interval(secs => ${seconds}) WHERE id = ${id} AND status = 'pending'`;
}

/** Gives people `seconds` to confirm a pending top-up; false when they have been told before. Takes its row. */
export async function setConfirmBy(tx: Tx, id: string, seconds: number): Promise<boolean> {
  const count = await tx.$executeRaw`
    UPDATE top_up SET confirm_by = clock_timestamp() + make_interval(secs => ${seconds}), next_step_at = clock_timestamp() + make_interval(secs => ${seconds})
    WHERE id = ${id} AND status = 'pending' AND confirm_by IS NULL`;
  return count === 1;
}

/** Whether the time to confirm a top-up is over, by the database's clock. */
export async function isConfirmOver(id: string): Promise<boolean> {
  const rows = await prisma().$queryRaw<{ over: boolean }[]>`
    SELECT confirm_by <= clock_timestamp() AS over FROM top_up WHERE id = ${id}`;
  return rows[0]?.over ?? false;
}

export function findAutoTopUp(organizationId: string): Promise<AutoTopUp | null> {
  return prisma().autoTopUp.findUnique({ where: { organizationId } });
}

/** What an organisation's card was charged in this month (UTC), what is under way included, in nano-dollars. */
export async function readChargedThisMonth(organizationId: string): Promise<bigint> {
  const rows = await prisma().$queryRaw<
    { charged: bigint }[]
  >`SELECT ${CHARGED(Prisma.sql`${organizationId}`)} AS charged`;
  return rows[0]?.charged ?? 0n;
}

/** Turns automatic top-ups on with these settings, from the beginning: earlier failures are forgotten. */
export async function saveAutoTopUp(tx: Tx, organizationId: string, settings: AutoTopUpSettings): Promise<void> {
  const fresh = { enabled: true, failures: 0, lastFailure: null, nextAttemptAt: null, stoppedReason: null };
  const data = { ...settings, ...fresh };
  await tx.autoTopUp.upsert({ where: { organizationId }, create: { organizationId, ...data }, update: data });
}

export async function disableAutoTopUp(tx: Tx, organizationId: string): Promise<void> {
  await tx.autoTopUp.updateMany({ where: { organizationId }, data: { enabled: false } });
}

/** Notes a failure, and when the next attempt may be made, in seconds from now. To be called under `lockAutoTopUp`. */
export async function noteFailure(
  tx: Tx,
  organizationId: string,
  { reason, waitSeconds, stops }: { reason: string; waitSeconds: number; stops: boolean },
): Promise<void> {
  await tx.$executeRaw`
    UPDATE auto_top_up SET failures = failures + 1, last_failure = ${reason}, updated_at = clock_timestamp(),
      next_attempt_at = clock_timestamp() + make_interval(secs => ${waitSeconds}),
      stopped_reason = CASE WHEN ${stops} THEN ${reason} END
    WHERE organization_id = ${organizationId}`;
}

/** Makes no attempt before the next month (UTC) begins. To be called under `lockAutoTopUp`. */
export async function waitForNextMonth(tx: Tx, organizationId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE auto_top_up SET next_attempt_at = (date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC', updated_at = clock_timestamp() WHERE organization_id = ${organizationId}`;
}

/** A payment went well: earlier failures do not count any more. */
export async function forgetFailures(tx: Tx, organizationId: string): Promise<void> {
  await tx.autoTopUp.updateMany({
    where: { organizationId },
    data: { failures: 0, lastFailure: null, nextAttemptAt: null },
  });
}

/** What tells people about an organisation: its name, and a project on whose pages its billing is; null without any. */
export async function findPlaceOf(tx: Tx, organizationId: string): Promise<{ name: string; projectId: string | null }> {
  const { name, projects } = await tx.organization.findUniqueOrThrow({
    where: { id: organizationId },
    select: {
      name: true,
      projects: { where: { deletedAt: null }, orderBy: { createdAt: "asc" }, take: 1, select: { id: true } },
    },
  });
  return { name, projectId: projects[0]?.id ?? null };
}
