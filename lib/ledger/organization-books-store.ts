import { prisma, type Tx } from "@/lib/infra/db";
import type { JournalEntry } from "@/lib/infra/prisma-client/client";

/** An organisation's sums as its journal, its meter and its other tables have them; nano-dollars, none is null. */
export interface Sums {
  /** Of every entry, whatever its account: zero. */
  journal: bigint;
  /** What the journal says is the customer's. */
  credits: bigint;
  bought: bigint;
  refunded: bigint;
  granted: bigint;
  promoted: bigint;
  expired: bigint;
  adjusted: bigint;
  charged: bigint;
  collected: bigint;
  top_up_fees: bigint;
  promotions_account: bigint;
  operator_loss: bigint;
  meter_limit: bigint;
  meter_used: bigint;
  meter_held: bigint;
  open_holds: bigint;
  rollup_charged: bigint;
  rollup_loss: bigint;
  top_up_credits: bigint;
  top_up_fees_booked: bigint;
  promotions_given: bigint;
}

/** Both sides of every equation of an organisation's books, as one moment of the database shows them. */
export async function readSums(organizationId: string): Promise<Sums> {
  const [sums] = await prisma().$queryRaw<[Sums]>`
    WITH j AS (
      SELECT sum(amount) AS journal, sum(amount) FILTER (WHERE account = 'credits') AS credits,
        sum(amount) FILTER (WHERE account = 'credits' AND source LIKE 'stripe:%' AND amount > 0) AS bought,
        -sum(amount) FILTER (WHERE account = 'credits' AND source LIKE 'stripe:%' AND amount < 0) AS refunded,
        sum(amount) FILTER (WHERE account = 'credits' AND source LIKE 'grant:%') AS granted,
        sum(amount) FILTER (WHERE account = 'credits' AND source LIKE 'promotion:%' AND source NOT LIKE 'promotion:%:%') AS promoted,
        -sum(amount) FILTER (WHERE account = 'credits' AND source LIKE 'promotion:%:%') AS expired,
        sum(amount) FILTER (WHERE account = 'credits' AND source LIKE 'adjustment:%') AS adjusted,
        -sum(amount) FILTER (WHERE account = 'credits' AND source LIKE 'settle:%') AS charged,
        -sum(amount) FILTER (WHERE account = 'clearing') AS collected,
        sum(amount) FILTER (WHERE account = 'fees' AND source LIKE 'stripe:%') AS top_up_fees,
        -sum(amount) FILTER (WHERE account = 'promotions') AS promotions_account,
        -sum(amount) FILTER (WHERE account = 'operator_loss') AS operator_loss
      FROM journal_entry WHERE organization_id = ${organizationId}
    ), m AS (
      SELECT id, "limit", used, held FROM meter WHERE subject = 'organization' AND subject_id = ${organizationId} AND kind = 'credits'
    ), h AS (
      SELECT sum(held.amount) AS amount FROM m JOIN hold ON m.id = ANY (hold.meter_ids)
      CROSS JOIN LATERAL unnest(hold.meter_ids, hold.amounts) AS held(meter_id, amount) WHERE held.meter_id = m.id
    ), u AS (
      SELECT sum(charged) AS charged, sum(operator_loss) AS loss FROM usage_hour WHERE organization_id = ${organizationId}
    ), t AS (
      SELECT sum(booked_credits) AS credits, sum(booked_fee) AS fee FROM top_up WHERE organization_id = ${organizationId}
    ), p AS (
      SELECT sum(amount - taken_back) AS given FROM promotion WHERE organization_id = ${organizationId}
    )
    SELECT coalesce(j.journal, 0)::bigint AS journal, coalesce(j.credits, 0)::bigint AS credits, coalesce(j.bought, 0)::bigint AS bought,
      coalesce(j.refunded, 0)::bigint AS refunded, coalesce(j.granted, 0)::bigint AS granted, coalesce(j.promoted, 0)::bigint AS promoted,
      coalesce(j.expired, 0)::bigint AS expired, coalesce(j.adjusted, 0)::bigint AS adjusted, coalesce(j.charged, 0)::bigint AS charged,
      coalesce(j.collected, 0)::bigint AS collected, coalesce(j.top_up_fees, 0)::bigint AS top_up_fees,
      coalesce(j.promotions_account, 0)::bigint AS promotions_account, coalesce(j.operator_loss, 0)::bigint AS operator_loss,
      coalesce(m."limit", 0)::bigint AS meter_limit, coalesce(m.used, 0)::bigint AS meter_used, coalesce(m.held, 0)::bigint AS meter_held,
      coalesce(h.amount, 0)::bigint AS open_holds, coalesce(u.charged, 0)::bigint AS rollup_charged, coalesce(u.loss, 0)::bigint AS rollup_loss,
      coalesce(t.credits, 0)::bigint AS top_up_credits, coalesce(t.fee, 0)::bigint AS top_up_fees_booked, coalesce(p.given, 0)::bigint AS promotions_given
    FROM j CROSS JOIN h CROSS JOIN u CROSS JOIN t CROSS JOIN p LEFT JOIN m ON true`;
  return sums;
}

/** At most `limit` journal entries of an organisation before `beforeId` (null: from the newest), newest first. */
export function findEntries(
  organizationId: string,
  { beforeId, withRequests, limit }: { beforeId: bigint | null; withRequests: boolean; limit: number },
): Promise<JournalEntry[]> {
  return prisma().journalEntry.findMany({
    where: {
      organizationId,
      ...(beforeId === null ? {} : { id: { lt: beforeId } }),
      ...(withRequests ? {} : { NOT: { source: { startsWith: "settle:" } } }),
    },
    orderBy: { id: "desc" },
    take: limit,
  });
}

/** What moved an organisation's credits other than requests. */
export interface Movement {
  at: Date;
  source: string;
  description: string | null;
  amount: bigint;
}

/** What requests took from credits in one UTC day, of one project and model. */
export interface ChargedUsage {
  day: Date;
  project_id: string;
  /** null: its row is gone. */
  project: string | null;
  model: string;
  requests: bigint;
  charged: bigint;
}

export interface StatementRows {
  /** All that moved credits before the span, requests included. */
  opening: bigint;
  movements: Movement[];
  usage: ChargedUsage[];
  /** The credits meter as it stands, less all that moved it since the end of the span. */
  closing: bigint;
  /** Whether a request that began before the end is still running, so that its cost is to come. */
  running: boolean;
  /** The database's time. */
  now: Date;
}

/**
 * What moved an organisation's credits from `from` to `to` (not included), as one moment of the database shows it. A
 * request counts where it began, as in the rollup; everything else when it was booked.
 */
export function readStatementRows(organizationId: string, from: Date, to: Date): Promise<StatementRows> {
  return prisma().$transaction(
    async (tx: Tx) => {
      const [around] = await tx.$queryRaw<[Omit<StatementRows, "movements" | "usage">]>`
        SELECT (
            coalesce((SELECT sum(amount) FROM journal_entry WHERE organization_id = ${organizationId} AND account = 'credits' AND source NOT LIKE 'settle:%' AND created_at < ${from}), 0)
            - coalesce((SELECT sum(charged) FROM usage_hour WHERE organization_id = ${organizationId} AND hour < ${from}), 0))::bigint AS opening,
          (coalesce((SELECT "limit" - used FROM meter WHERE subject = 'organization' AND subject_id = ${organizationId} AND kind = 'credits'), 0)
            - coalesce((SELECT sum(amount) FROM journal_entry WHERE organization_id = ${organizationId} AND account = 'credits' AND source NOT LIKE 'settle:%' AND created_at >= ${to}), 0)
            + coalesce((SELECT sum(charged) FROM usage_hour WHERE organization_id = ${organizationId} AND hour >= ${to}), 0))::bigint AS closing,
          EXISTS (SELECT FROM hold WHERE organization_id = ${organizationId} AND created_at < ${to}) AS running,
          clock_timestamp() AS now`;
      const movements = await tx.$queryRaw<Movement[]>`
        SELECT created_at AS at, source, description, amount FROM journal_entry
        WHERE organization_id = ${organizationId} AND account = 'credits' AND source NOT LIKE 'settle:%' AND created_at >= ${from} AND created_at < ${to}
        ORDER BY id`;
      const usage = await tx.$queryRaw<ChargedUsage[]>`
        SELECT u.day, u.project_id, p.name AS project, u.model, u.requests, u.charged FROM (
          SELECT date_bin('1 day', hour, 'epoch'::timestamptz) AS day, project_id, model, sum(requests)::bigint AS requests, sum(charged)::bigint AS charged
          FROM usage_hour WHERE organization_id = ${organizationId} AND hour >= ${from} AND hour < ${to} GROUP BY 1, 2, 3) u
        LEFT JOIN project p ON p.id = u.project_id
        WHERE u.charged <> 0 ORDER BY u.day, p.name, u.project_id, u.model`;
      return { ...around, movements, usage };
    },
    { isolationLevel: "RepeatableRead", maxWait: 5_000, timeout: 30_000 },
  );
}
