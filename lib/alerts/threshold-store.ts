import { DEFAULT_BALANCES } from "@/lib/alerts/settings";
import type { Tx } from "@/lib/infra/db";
import { type MeterKind, type MeterPeriod, type MeterSubject, Prisma } from "@/lib/infra/prisma-client/client";

/** A threshold that a meter has passed and that nobody was told of in this window. */
export interface Crossing {
  meterId: bigint;
  organizationId: string;
  subject: MeterSubject;
  subjectId: string;
  kind: MeterKind;
  period: MeterPeriod;
  limit: bigint;
  used: bigint;
  windowStart: Date;
  resetsAt: Date | null;
  /** Per cent of a limit; nano-dollars of a balance. */
  threshold: bigint;
  /** What people call what it limits; null: it is gone. */
  name: string | null;
  projectId: string | null;
  userId: string | null;
}

/** False: another process is looking. Held until the transaction ends. */
export async function tryLookLock(tx: Tx): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ locked: boolean }[]>`
    SELECT pg_try_advisory_xact_lock(hashtextextended('alerts:meters', 0)) AS locked`;
  return row?.locked ?? false;
}

/** Per cent of a limit that are told about. */
const SPEND = Prisma.sql`ARRAY[50, 80, 100]::bigint[]`;
/** Nano-dollars: where an organisation has set no thresholds of its own. */
const BALANCES = Prisma.sql`${JSON.stringify(DEFAULT_BALANCES.map(String))}::jsonb`;

const WAS_TOLD = Prisma.sql`EXISTS (SELECT FROM meter_alert a WHERE a.meter_id = m.id)`;

/**
 * The limited meters of which `condition` is true. Reads only: no meter is locked, and `used` is what counts in the
 * window of now, without what is held.
 */
const meters = (condition: Prisma.Sql) => Prisma.sql`
  SELECT m.id, m.organization_id, m.subject, m.subject_id, m.kind, m.period, m."limit" AS lim, w.start,
    meter_window_end(m.period, m.period_seconds, w.start) AS resets_at,
    CASE WHEN m.window_start < w.start THEN 0 ELSE m.used END AS used,
    b.balances, coalesce((SELECT max(v.value::bigint) FROM jsonb_array_elements_text(b.balances) v), 0) AS top
  FROM meter m
  CROSS JOIN LATERAL (SELECT greatest(m.window_start, meter_window_start(m.period, m.period_seconds, m.anchor, clock_timestamp())) AS start) w
  CROSS JOIN LATERAL (SELECT coalesce(m.alerts -> 'low_balance', ${BALANCES}) AS balances) b
  WHERE m."limit" IS NOT NULL AND m.kind IN ('spend', 'credits') AND m."limit" > 0 AND (${condition})`;

/** Who has not used half of a limit has passed nothing: of very many end users most are left out before anything is computed. */
const PAST_HALF = Prisma.sql`(m.kind = 'credits' OR m.used >= m."limit" / 2)`;

/** The meters that were used since `since` (null: all), and those of which something was told, as far as they may have passed something. */
const looked = (since: Date | null) =>
  since === null ? meters(PAST_HALF) : meters(Prisma.sql`${PAST_HALF} AND (m.last_used_at > ${since} OR ${WAS_TOLD})`);

/**
 * Thresholds that were passed and not told yet. A limit counts as reached, and credits as used up, also when a request
 * was refused for it lately while little was left: holds keep a meter from being used to its last nano-dollar.
 */
export async function findCrossings(tx: Tx, since: Date | null, limit: number): Promise<Crossing[]> {
  return tx.$queryRaw<Crossing[]>`
    WITH c AS MATERIALIZED (${looked(since)})
    SELECT c.id AS "meterId", c.organization_id AS "organizationId", c.subject, c.subject_id AS "subjectId", c.kind, c.period,
      c.lim AS "limit", c.used, c.start AS "windowStart", c.resets_at AS "resetsAt", t.threshold,
      CASE c.subject WHEN 'api_key' THEN k.name WHEN 'project' THEN p.name WHEN 'member' THEN coalesce(u.name, u.email) WHEN 'end_user' THEN e.external_id ELSE o.name END AS name,
      coalesce(k.project_id, p.id) AS "projectId", coalesce(k.created_by_id, mb.user_id) AS "userId"
    FROM c
    CROSS JOIN LATERAL (
      SELECT v AS threshold FROM unnest(${SPEND}) v WHERE c.kind = 'spend' AND c.used::numeric * 100 >= v * c.lim::numeric
      UNION SELECT 100 WHERE c.kind = 'spend' AND c.used::numeric * 100 >= 80 * c.lim::numeric AND c.used < c.lim AND ${wasRefused}
      UNION SELECT v.value::bigint FROM jsonb_array_elements_text(c.balances) v WHERE c.kind = 'credits' AND c.lim - c.used <= v.value::bigint
      UNION SELECT 0 WHERE c.kind = 'credits' AND (c.lim - c.used <= 0 OR (c.lim - c.used <= c.top AND ${wasRefused}))
    ) t
    LEFT JOIN api_key k ON c.subject = 'api_key' AND k.id = c.subject_id AND k.status <> 'deleted' AND k.kind = 'issued'
    LEFT JOIN project p ON c.subject = 'project' AND p.id = c.subject_id AND p.deleted_at IS NULL
    LEFT JOIN membership mb ON c.subject = 'member' AND mb.id = c.subject_id
    LEFT JOIN "user" u ON u.id = mb.user_id
    LEFT JOIN organization o ON c.subject = 'organization' AND o.id = c.subject_id
    LEFT JOIN end_user e ON c.subject = 'end_user' AND e.id = c.subject_id AND e.deleted_at IS NULL
    WHERE NOT EXISTS (SELECT FROM meter_alert a WHERE a.meter_id = c.id AND a.threshold = t.threshold AND a.window_start >= c.start)
    ORDER BY c.id, t.threshold LIMIT ${limit}`;
}

/**
 * Whether a request was refused for the meter `c` in the last two minutes of its window; a look comes far more often. Organisations
 * and members have several spend limits, told apart by their period; of others a refusal may still name the period before a change.
 */
const wasRefused = Prisma.sql`EXISTS (
  SELECT FROM request r
  WHERE r.project_id IN (
      SELECT q.id FROM project q WHERE q.organization_id = c.organization_id
        AND CASE c.subject WHEN 'project' THEN q.id = c.subject_id WHEN 'api_key' THEN q.id = (SELECT project_id FROM api_key WHERE id = c.subject_id) ELSE true END)
    AND r.created_at > greatest(c.start, clock_timestamp() - interval '2 minutes') AND r.status >= 400 AND r.outcome = 'refused'
    AND r.refusal ->> 'meter' = c.subject || '.' || c.kind
    AND (c.subject NOT IN ('organization', 'member') OR coalesce(r.refusal ->> 'period', c.period::text) = c.period::text)
    AND (c.subject <> 'api_key' OR r.api_key_id = c.subject_id)
    AND (c.subject <> 'end_user' OR r.end_user_id = c.subject_id)
    AND (c.subject <> 'member' OR r.api_key_id IN (
      SELECT a.id FROM api_key a JOIN membership b ON b.organization_id = a.organization_id AND b.user_id = a.created_by_id WHERE b.id = c.subject_id)))`;

/** Notes that thresholds were told in a window; answers with those that had not been, each to one caller only. */
export async function markTold(tx: Tx, crossing: Crossing, thresholds: readonly bigint[]): Promise<bigint[]> {
  const rows = await tx.$queryRaw<{ threshold: bigint }[]>`
    INSERT INTO meter_alert AS a (meter_id, threshold, window_start)
    SELECT ${crossing.meterId}::bigint, v, ${crossing.windowStart}::timestamptz FROM unnest(${[...thresholds]}::bigint[]) v
    ON CONFLICT (meter_id, threshold) DO UPDATE SET window_start = excluded.window_start, created_at = now()
      WHERE a.window_start < excluded.window_start
    RETURNING threshold`;
  return rows.map((row) => row.threshold);
}

/**
 * Forgets what was told of meters that are well below it again, since the limit was raised or credits came: by 5 per cent
 * of a limit, by a tenth of a balance (10 cents at least). So what goes up and down around a threshold is told once.
 */
export async function rearm(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    WITH c AS MATERIALIZED (${meters(WAS_TOLD)})
    DELETE FROM meter_alert a USING c WHERE a.meter_id = c.id AND (
      a.window_start < c.start
      OR (c.kind = 'spend' AND c.used::numeric * 100 < (CASE a.threshold WHEN 100 THEN 75 ELSE a.threshold - 5 END) * c.lim::numeric)
      OR (c.kind = 'credits' AND c.lim - c.used >
        (CASE a.threshold WHEN 0 THEN c.top ELSE a.threshold END) + greatest((CASE a.threshold WHEN 0 THEN c.top ELSE a.threshold END) / 10, 100000000)))`;
}
