import type { Tx } from "@/lib/infra/db";
import { prisma } from "@/lib/infra/db";
import type { Meter, MeterKind, MeterSubject, MeterUnit } from "@/lib/infra/prisma-client/client";
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
 * which is what `ceiling` records. A new period counts what was used in its own window: for a key what its rollup says,
 * for a limit that never starts again all that was ever settled. The caller has locked the subject's key rows before
 * (lock order).
 */
export async function setMeterLimit(
  tx: Tx,
  name: MeterName,
  limit: bigint | null,
  period: MeterPeriod,
  periodSeconds: number | null = null,
): Promise<void> {
  // Locked in a statement of its own: the next one then sees every settle that came before.
  const [meter] = await tx.$queryRaw<{ id: bigint }[]>`
    SELECT id FROM meter WHERE subject = ${name.subject}::"MeterSubject" AND subject_id = ${name.subjectId}
      AND kind = ${name.kind}::"MeterKind" AND unit = ${name.unit}::"MeterUnit" FOR UPDATE`;
  if (!meter) return;
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
          THEN CASE WHEN old.window_start < w.start THEN 0 ELSE old.used END
        WHEN ${period}::"MeterPeriod" = 'none' THEN old.total
        ELSE coalesce((SELECT sum(u.cost) FROM usage_hour u WHERE old.subject = 'api_key' AND old.kind = 'spend' AND u.organization_id = old.organization_id
          AND u.api_key_id = old.subject_id AND u.hour >= w.start), 0)::bigint END AS used
      FROM meter old CROSS JOIN LATERAL (
        SELECT greatest(CASE WHEN old.period = ${period}::"MeterPeriod" THEN old.window_start END,
          meter_window_start(${period}::"MeterPeriod", ${periodSeconds}::integer, old.anchor, now())) AS start) w
      WHERE old.id = ${meter.id}
    ) next
    WHERE meter.id = ${meter.id}`;
}

/** Raises (or, negative, lowers) a meter's limit by `delta`: how credits are added. */
export async function raiseMeterLimit(tx: Tx, name: MeterName, delta: bigint): Promise<void> {
  await tx.$executeRaw`
    UPDATE meter SET "limit" = "limit" + ${delta}::bigint, ceiling = greatest("limit" + ${delta}::bigint, used + held)
    WHERE subject = ${name.subject}::"MeterSubject" AND subject_id = ${name.subjectId}
      AND kind = ${name.kind}::"MeterKind" AND unit = ${name.unit}::"MeterUnit" AND "limit" IS NOT NULL`;
}

/** The meters of the given subjects, in no order. */
export function readMeters(subject: MeterSubject, subjectIds: readonly string[]): Promise<Meter[]> {
  return prisma().meter.findMany({ where: { subject, subjectId: { in: [...subjectIds] } } });
}

/** What a meter shows at `now`: its `used` counts only while its window lasts. */
export function meterAt(
  meter: Meter,
  now: Date,
): { used: bigint; held: bigint; remaining: bigint | null; resetsAt: Date | null } {
  const window = windowAt(meter.period, now, meter.anchor, meter.periodSeconds ?? undefined);
  const used = window.start !== null && meter.windowStart < window.start ? 0n : meter.used;
  const remaining = meter.limit === null ? null : meter.limit - used - meter.held;
  return {
    used,
    held: meter.held,
    remaining: remaining !== null && remaining < 0n ? 0n : remaining,
    resetsAt: window.end,
  };
}
