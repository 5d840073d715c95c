import type { Tx } from "@/lib/infra/db";
import { prisma } from "@/lib/infra/db";
import {
  type Meter,
  type MeterKind,
  type MeterSubject,
  type MeterUnit,
  Prisma,
} from "@/lib/infra/prisma-client/client";
import { type MeterPeriod, windowAt } from "@/lib/meters/window";

/** Names one meter: whose, and what of theirs. */
export interface MeterName {
  subject: MeterSubject;
  subjectId: string;
  kind: MeterKind;
  unit: MeterUnit;
}

export interface NewMeter extends MeterName {
  organizationId: string;
  /** nano-dollars for usd, else counts; null: counted, not limited. */
  limit: bigint | null;
  period?: MeterPeriod;
  /** Length of an `interval` window, in seconds. */
  periodSeconds?: number;
}

/** Whether any of these has a spend limit. */
export async function hasSpendLimit(subject: MeterSubject, subjectIds: readonly string[]): Promise<boolean> {
  const limited = await prisma().meter.findFirst({
    where: { subject, subjectId: { in: [...subjectIds] }, kind: "spend", limit: { not: null } },
    select: { id: true },
  });
  return limited !== null;
}

/** Makes a meter with nothing used. */
export async function createMeter(tx: Tx, meter: NewMeter): Promise<Meter> {
  const period = meter.period ?? "none";
  const now = new Date();
  return tx.meter.create({
    data: {
      organizationId: meter.organizationId,
      subject: meter.subject,
      subjectId: meter.subjectId,
      kind: meter.kind,
      unit: meter.unit,
      limit: meter.limit,
      ceiling: meter.limit,
      period,
      periodSeconds: meter.periodSeconds ?? null,
      anchor: now,
      windowStart: windowAt(period, now, now, meter.periodSeconds).start ?? now,
    },
  });
}

/**
 * Sets a meter's limit and period. A limit below what is used and held refuses what comes next and takes nothing back,
 * which is what `ceiling` records. A new period counts what was used in its own window: for a key, a project, a member or
 * an organisation what its rollup says, for a limit that never starts again all that was ever settled. So does a limit of
 * an organisation or a member that was off, since requests draw on those only while they are limited. The caller has
 * locked the subject's key rows before (lock order).
 */
export async function setMeterLimit(
  tx: Tx,
  meterId: bigint,
  limit: bigint | null,
  period: MeterPeriod,
  periodSeconds: number | null = null,
): Promise<void> {
  // Locked in a statement of its own: the next one then sees every settle that came before.
  await tx.$queryRaw`SELECT id FROM meter WHERE id = ${meterId} FOR UPDATE`;
  await tx.$executeRaw`
    UPDATE meter SET
      window_start = next.start,
      used = next.used,
      period = ${period}::"MeterPeriod",
      period_seconds = ${periodSeconds}::integer,
      "limit" = ${limit}::bigint,
      ceiling = CASE WHEN ${limit}::bigint IS NULL THEN NULL ELSE greatest(${limit}::bigint, next.used + held) END
    FROM (
      SELECT w.start, CASE
        WHEN old.period = ${period}::"MeterPeriod" AND old.period_seconds IS NOT DISTINCT FROM ${periodSeconds}::integer
          AND (old."limit" IS NOT NULL OR old.subject NOT IN ('organization', 'member'))
          THEN CASE WHEN old.window_start < w.start THEN 0 ELSE old.used END
        WHEN ${period}::"MeterPeriod" = 'none' THEN old.total
        ELSE coalesce((SELECT sum(u.cost) FROM usage_hour u WHERE old.kind = 'spend' AND u.organization_id = old.organization_id
          AND ((old.subject = 'api_key' AND u.api_key_id = old.subject_id) OR (old.subject = 'project' AND u.project_id = old.subject_id)
            OR old.subject = 'organization' OR (old.subject = 'member' AND u.api_key_id IN (SELECT k.id FROM membership mb
              JOIN api_key k ON k.organization_id = mb.organization_id AND k.created_by_id = mb.user_id WHERE mb.id = old.subject_id)))
          AND u.hour >= w.start), 0)::bigint END AS used
      FROM meter old CROSS JOIN LATERAL (
        SELECT greatest(CASE WHEN old.period = ${period}::"MeterPeriod" THEN old.window_start END,
          meter_window_start(${period}::"MeterPeriod", ${periodSeconds}::integer, old.anchor, now())) AS start) w
      WHERE old.id = ${meterId}
    ) next
    WHERE meter.id = ${meterId}`;
}

/** Whose requests a spend limit that not every request draws on covers. */
export interface Spender {
  organizationId: string;
  subject: "organization" | "project" | "member";
  /** The organisation's, the project's or the membership's id. */
  subjectId: string;
}

/** The condition on `hold` for the requests of a spender. */
function heldFor({ organizationId, subject, subjectId }: Spender): Prisma.Sql {
  return Prisma.sql`hold.organization_id = ${organizationId} AND CASE ${subject}::text
    WHEN 'organization' THEN true
    WHEN 'project' THEN hold.project_id = ${subjectId}
    ELSE hold.api_key_id IN (SELECT k.id FROM membership mb
      JOIN api_key k ON k.organization_id = mb.organization_id AND k.created_by_id = mb.user_id WHERE mb.id = ${subjectId}) END`;
}

/**
 * Keeps the running requests of a spender from being settled until the transaction ends, in the order in which settle locks
 * them. To be called once the spender's keys are locked, so that no further ones are admitted, and before meters.
 */
export async function lockHolds(tx: Tx, spender: Spender): Promise<void> {
  await tx.$queryRaw`SELECT request_id FROM hold WHERE ${heldFor(spender)} ORDER BY request_id COLLATE "C" FOR UPDATE`;
}

/**
 * Makes the running requests of a spender draw on its meter too, by what they can cost at most, where they do not yet: their
 * settles give that back and charge what they cost. To be called under `lockHolds`.
 */
export async function joinHolds(tx: Tx, meterId: bigint, spender: Spender): Promise<void> {
  await tx.$queryRaw`SELECT id FROM meter WHERE id = ${meterId} FOR UPDATE`;
  await tx.$executeRaw`
    WITH joined AS (
      UPDATE hold SET meter_ids = meter_ids || ${meterId}::bigint, amounts = amounts || amount
      WHERE ${heldFor(spender)} AND NOT ${meterId}::bigint = ANY (meter_ids)
      RETURNING amount
    )
    UPDATE meter SET
      held = held + joining.amount,
      ceiling = CASE WHEN ceiling IS NOT NULL THEN greatest(ceiling, used + held + joining.amount) END
    FROM (SELECT sum(amount)::bigint AS amount FROM joined) joining
    WHERE meter.id = ${meterId} AND joining.amount IS NOT NULL`;
}

export interface LimitForAll {
  subject: MeterSubject;
  subjectIds: readonly string[];
  /** nano-dollars; null: counted, not limited. */
  limit: bigint | null;
  period: MeterPeriod;
  periodSeconds: number | null;
  /** Whether a window begins now with nothing used; else what was used stays, while its window lasts. What neither is limited nor starts again shows all that was ever used. */
  startsAnew: boolean;
}

/**
 * Sets the limit and the period of the spend meters of several subjects at once. As with `setMeterLimit`, a limit below
 * what is used and held takes nothing back. Admission reads limits from the locked rows, so it sees this without a new
 * version of any key.
 */
export async function limitSpendOf(
  tx: Tx,
  { subject, subjectIds, limit, period, periodSeconds, startsAnew }: LimitForAll,
): Promise<void> {
  const ids = [...subjectIds];
  // Locked in id order, as admission does, and in a statement of its own: the next one sees every settle that came before.
  await tx.$queryRaw`
    SELECT id FROM meter WHERE subject = ${subject}::"MeterSubject" AND subject_id = ANY (${ids}::text[]) AND kind = 'spend'
    ORDER BY id FOR UPDATE`;
  await tx.$executeRaw`
    UPDATE meter SET
      anchor = next.anchor,
      window_start = next.start,
      used = next.used,
      period = ${period}::"MeterPeriod",
      period_seconds = ${periodSeconds}::integer,
      "limit" = ${limit}::bigint,
      ceiling = CASE WHEN ${limit}::bigint IS NULL THEN NULL ELSE greatest(${limit}::bigint, next.used + held) END
    FROM (
      SELECT old.id, a.anchor, w.start, CASE WHEN ${startsAnew}::boolean THEN 0
        WHEN ${limit}::bigint IS NULL AND ${period}::"MeterPeriod" = 'none' THEN old.total
        WHEN old.window_start < w.start THEN 0 ELSE old.used END AS used
      FROM meter old
      CROSS JOIN LATERAL (SELECT CASE WHEN ${startsAnew}::boolean THEN now() ELSE old.anchor END AS anchor) a
      CROSS JOIN LATERAL (SELECT meter_window_start(${period}::"MeterPeriod", ${periodSeconds}::integer, a.anchor, now()) AS start) w
      WHERE old.subject = ${subject}::"MeterSubject" AND old.subject_id = ANY (${ids}::text[]) AND old.kind = 'spend'
    ) next
    WHERE meter.id = next.id`;
}

/** Raises (or, negative, lowers) a meter's limit by `delta`: how credits are added. */
export async function raiseMeterLimit(tx: Tx, name: MeterName, delta: bigint): Promise<void> {
  await tx.$executeRaw`
    UPDATE meter SET "limit" = "limit" + ${delta}::bigint, ceiling = greatest("limit" + ${delta}::bigint, used + held)
    WHERE subject = ${name.subject}::"MeterSubject" AND subject_id = ${name.subjectId}
      AND kind = ${name.kind}::"MeterKind" AND unit = ${name.unit}::"MeterUnit" AND "limit" IS NOT NULL`;
}

/** One meter; null when there is none. An organisation and a member have several spend limits, so theirs need a period. */
export function findMeter(tx: Tx, name: MeterName & { period?: MeterPeriod }): Promise<Meter | null> {
  return tx.meter.findFirst({ where: { ...name } });
}

/** The meters of the given subjects, in no order. */
export function readMeters(subject: MeterSubject, subjectIds: readonly string[]): Promise<Meter[]> {
  return prisma().meter.findMany({ where: { subject, subjectId: { in: [...subjectIds] } } });
}

/** What a meter shows at `now`: its `used` counts only while its window lasts. */
export function meterAt(
  meter: Meter,
  now: Date,
): { used: bigint; held: bigint; remaining: bigint | null; startedAt: Date; resetsAt: Date | null } {
  const window = windowAt(meter.period, now, meter.anchor, meter.periodSeconds ?? undefined);
  const used = window.start !== null && meter.windowStart < window.start ? 0n : meter.used;
  const remaining = meter.limit === null ? null : meter.limit - used - meter.held;
  return {
    used,
    held: meter.held,
    startedAt: window.start !== null && window.start > meter.windowStart ? window.start : meter.windowStart,
    remaining: remaining !== null && remaining < 0n ? 0n : remaining,
    resetsAt: window.end,
  };
}
