import { newId } from "@/lib/core/ids";
import type { Tx } from "@/lib/infra/db";
import { prisma } from "@/lib/infra/db";

/** One row that disagrees: what, whose, and the two figures that should be the same, in the unit of the meter. */
export interface Finding {
  check: string;
  subject: string;
  expected: string;
  found: string;
}

/**
 * Every equation of the books as one query that returns the rows where it does not hold. Figures are nano-dollars, or
 * counts where a meter counts. The receipts are compared by day from the oldest that is still kept; what was kept
 * longer ago lives on in the rollup, which is compared as a whole.
 */
const EQUATIONS: Readonly<Record<string, string>> = {
  "every journal transaction sums to zero": `
    SELECT transaction_id AS subject, 0 AS expected, sum(amount) AS found
    FROM journal_entry GROUP BY transaction_id, organization_id HAVING sum(amount) <> 0`,
  "an organisation's credits are what was bought, granted and refunded": `
    SELECT m.subject_id AS subject, coalesce(j.credited, 0) AS expected, m."limit" AS found
    FROM meter m LEFT JOIN (
      SELECT organization_id, sum(amount) AS credited FROM journal_entry WHERE account = 'credits' AND source NOT LIKE 'settle:%' GROUP BY organization_id
    ) j ON j.organization_id = m.subject_id
    WHERE m.subject = 'organization' AND m.kind = 'credits' AND m."limit" <> coalesce(j.credited, 0)`,
  "a top-up has booked what its payment is worth": `
    WITH back AS (SELECT payment_intent, sum(amount) FILTER (WHERE outcome IN ('open', 'lost')) AS amount FROM stripe_dispute GROUP BY 1),
    refunds AS (SELECT payment_intent, sum(amount) AS made, coalesce(sum(amount) FILTER (WHERE failed), 0) AS failed FROM stripe_refund GROUP BY 1),
    kept AS (
      SELECT t.id, t.organization_id, t.amount, t.fee, t.booked_credits, t.booked_fee,
        coalesce(p.paid - least(p.paid, greatest(p.refunded, coalesce(r.made, 0)) - coalesce(r.failed, 0) + coalesce(b.amount, 0)), 0)::numeric AS kept
      FROM top_up t LEFT JOIN stripe_payment p ON p.payment_intent = t.payment_intent LEFT JOIN back b ON b.payment_intent = t.payment_intent
        LEFT JOIN refunds r ON r.payment_intent = t.payment_intent)
    SELECT id || ' of ' || organization_id || v.what AS subject, v.expected, v.found
    FROM kept CROSS JOIN LATERAL (VALUES
      (', credits', div(amount * kept, amount + fee), booked_credits),
      (', fee', kept - div(amount * kept, amount + fee), booked_fee)) AS v(what, expected, found)
    WHERE v.expected <> v.found`,
  "what Stripe collected is what the journal booked": `
    WITH t AS (SELECT organization_id, sum(booked_credits) AS credits, sum(booked_fee) AS fee FROM top_up GROUP BY 1),
    j AS (
      SELECT organization_id, sum(amount) FILTER (WHERE account = 'credits') AS credits, sum(amount) FILTER (WHERE account = 'fees') AS fee,
        sum(amount) FILTER (WHERE account = 'clearing') AS clearing
      FROM journal_entry WHERE source LIKE 'stripe:%' GROUP BY 1)
    SELECT coalesce(t.organization_id, j.organization_id) || v.what AS subject, v.expected, v.found
    FROM t FULL JOIN j ON j.organization_id = t.organization_id CROSS JOIN LATERAL (VALUES
      (', credits', coalesce(t.credits, 0), coalesce(j.credits, 0)),
      (', fees', coalesce(t.fee, 0), coalesce(j.fee, 0)),
      (', clearing', -coalesce(t.credits + t.fee, 0), coalesce(j.clearing, 0))) AS v(what, expected, found)
    WHERE v.expected <> v.found`,
  "a promotion has booked what it gave and took back": `
    SELECT p.id || ' of ' || p.organization_id || v.what AS subject, v.expected, v.found
    FROM promotion p LEFT JOIN (
      SELECT split_part(source, ':', 2) AS id, organization_id, sum(amount) FILTER (WHERE source NOT LIKE 'promotion:%:%') AS given,
        -sum(amount) FILTER (WHERE source LIKE 'promotion:%:%') AS back
      FROM journal_entry WHERE source LIKE 'promotion:%' AND account = 'credits' GROUP BY 1, 2
    ) j ON j.id = p.id AND j.organization_id = p.organization_id
    CROSS JOIN LATERAL (VALUES (', given', p.amount, coalesce(j.given, 0)), (', taken back', p.taken_back, coalesce(j.back, 0))) AS v(what, expected, found)
    WHERE v.expected <> v.found`,
  "what the journal booked as promotions is what there are": `
    SELECT coalesce(j.organization_id, p.organization_id) AS subject, coalesce(p.given, 0) AS expected, coalesce(j.given, 0) AS found
    FROM (SELECT organization_id, -sum(amount) AS given FROM journal_entry WHERE account = 'promotions' GROUP BY 1) j
    FULL JOIN (SELECT organization_id, sum(amount - taken_back) AS given FROM promotion GROUP BY 1) p ON p.organization_id = j.organization_id
    WHERE coalesce(j.given, 0) <> coalesce(p.given, 0)`,
  "an organisation's promotions burnt no more than was used": `
    SELECT p.organization_id AS subject, m.used AS expected, sum(p.burnt) AS found
    FROM promotion p JOIN meter m ON m.subject = 'organization' AND m.subject_id = p.organization_id AND m.kind = 'credits'
    GROUP BY p.organization_id, m.used HAVING sum(p.burnt) > m.used`,
  "an organisation's open promotions are counted to the same point, and none beyond what was used": `
    SELECT p.organization_id AS subject, m.used AS expected, max(p.counted_to) AS found
    FROM promotion p JOIN meter m ON m.subject = 'organization' AND m.subject_id = p.organization_id AND m.kind = 'credits'
    WHERE p.expired_at IS NULL OR cardinality(p.waits_for) > 0
    GROUP BY p.organization_id, m.used HAVING max(p.counted_to) > m.used OR min(p.counted_to) <> max(p.counted_to)`,
  "what is burnt was due to be: none that expires later while one that expires earlier can be used": `
    SELECT later.organization_id AS subject, 0 AS expected, sum(later.burnt) AS found
    FROM promotion later JOIN promotion earlier ON earlier.organization_id = later.organization_id AND earlier.expires_at < later.expires_at
      AND earlier.created_at < later.created_at AND earlier.expired_at IS NULL AND earlier.burnt < earlier.amount
    WHERE later.burnt > 0 GROUP BY 1`,
  "what was taken from credits is what the journal booked": `
    SELECT m.subject_id AS subject, coalesce(j.spent, 0) AS expected, m.used AS found
    FROM meter m LEFT JOIN (
      SELECT organization_id, -sum(amount) AS spent FROM journal_entry WHERE account = 'credits' AND source LIKE 'settle:%' GROUP BY organization_id
    ) j ON j.organization_id = m.subject_id
    WHERE m.subject = 'organization' AND m.kind = 'credits' AND (m.used <> coalesce(j.spent, 0) OR m.total <> coalesce(j.spent, 0))`,
  "what was taken from credits is what the rollup charged": `
    SELECT coalesce(j.organization_id, u.organization_id) AS subject, coalesce(j.spent, 0) AS expected, coalesce(u.charged, 0) AS found
    FROM (SELECT organization_id, -sum(amount) AS spent FROM journal_entry WHERE account = 'credits' AND source LIKE 'settle:%' GROUP BY organization_id) j
    FULL JOIN (SELECT organization_id, sum(charged) AS charged FROM usage_hour GROUP BY organization_id) u ON u.organization_id = j.organization_id
    WHERE coalesce(j.spent, 0) <> coalesce(u.charged, 0)`,
  "what was taken as fees for own provider keys is what the rollup says": `
    SELECT coalesce(j.organization_id, u.organization_id) AS subject, coalesce(u.fees, 0) AS expected, coalesce(j.fees, 0) AS found
    FROM (SELECT organization_id, sum(amount) AS fees FROM journal_entry WHERE account = 'fees' AND source LIKE 'settle:%' GROUP BY organization_id) j
    FULL JOIN (SELECT organization_id, sum(fees) AS fees FROM usage_hour GROUP BY organization_id) u ON u.organization_id = j.organization_id
    WHERE coalesce(j.fees, 0) <> coalesce(u.fees, 0)`,
  "what was earned otherwise is what was charged less the fees": `
    SELECT coalesce(j.organization_id, u.organization_id) AS subject, coalesce(u.earned, 0) AS expected, coalesce(j.earned, 0) AS found
    FROM (SELECT organization_id, sum(amount) AS earned FROM journal_entry WHERE account = 'revenue' AND source LIKE 'settle:%' GROUP BY organization_id) j
    FULL JOIN (SELECT organization_id, sum(charged - fees) AS earned FROM usage_hour GROUP BY organization_id) u ON u.organization_id = j.organization_id
    WHERE coalesce(j.earned, 0) <> coalesce(u.earned, 0)`,
  "no fee is more than the whole list price of what own keys served": `
    SELECT id AS subject, cost AS expected, charged AS found FROM request WHERE is_byok AND charged > coalesce(cost, 0)`,
  "the receipts of each day are what the rollup counted": `
    WITH kept AS (SELECT date_bin('1 day', min(created_at), 'epoch'::timestamptz) AS since FROM request),
    r AS (
      SELECT organization_id, date_bin('1 day', created_at, 'epoch'::timestamptz) AS day, count(*) AS requests, sum(charged) AS charged, coalesce(sum(charged) FILTER (WHERE is_byok), 0) AS fees, sum(coalesce(cost, 0)) AS cost
      FROM request GROUP BY 1, 2),
    u AS (
      SELECT organization_id, date_bin('1 day', hour, 'epoch'::timestamptz) AS day, sum(requests) AS requests, sum(charged) AS charged, sum(fees) AS fees, sum(cost) AS cost
      FROM usage_hour, kept WHERE hour >= kept.since GROUP BY 1, 2)
    SELECT coalesce(r.organization_id, u.organization_id) || ' on ' || to_char(coalesce(r.day, u.day) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS subject,
      coalesce(r.charged, 0) AS expected, coalesce(u.charged, 0) AS found
    FROM r FULL JOIN u ON u.organization_id = r.organization_id AND u.day = r.day
    WHERE (coalesce(r.requests, 0), coalesce(r.charged, 0), coalesce(r.fees, 0), coalesce(r.cost, 0)) <> (coalesce(u.requests, 0), coalesce(u.charged, 0), coalesce(u.fees, 0), coalesce(u.cost, 0))`,
  "what a meter holds is what its open holds hold": `
    WITH h AS (SELECT held.meter_id, sum(held.amount) AS held FROM hold CROSS JOIN LATERAL unnest(hold.meter_ids, hold.amounts) AS held(meter_id, amount) GROUP BY 1)
    SELECT 'meter ' || coalesce(m.id, h.meter_id) || coalesce(' of ' || m.subject || ' ' || m.subject_id, '') AS subject, coalesce(h.held, 0) AS expected, coalesce(m.held, 0) AS found
    FROM meter m FULL JOIN h ON h.meter_id = m.id WHERE coalesce(m.held, 0) <> coalesce(h.held, 0)`,
  "what a key has used is what its receipts cost": `
    SELECT m.subject_id AS subject, coalesce(u.cost, 0) AS expected, m.total AS found
    FROM meter m LEFT JOIN (SELECT api_key_id, sum(cost) AS cost FROM usage_hour GROUP BY api_key_id) u ON u.api_key_id = m.subject_id
    WHERE m.subject = 'api_key' AND m.kind = 'spend' AND m.unit = 'usd' AND m.total <> coalesce(u.cost, 0)`,
  "no meter is past its limit": `
    SELECT 'meter ' || id || ' of ' || subject || ' ' || subject_id AS subject, ceiling AS expected, used + held AS found
    FROM meter WHERE ceiling IS NOT NULL AND used + held > ceiling`,
};

const LISTED = 100;

/** All rows of all equations that do not hold, as one moment of the database shows them. */
export function readFindings(): Promise<Finding[]> {
  return prisma().$transaction(
    async (tx: Tx) => {
      const findings: Finding[] = [];
      for (const [check, sql] of Object.entries(EQUATIONS)) {
        const rows = await tx.$queryRawUnsafe<{ subject: string; expected: string; found: string }[]>(
          `SELECT subject::text, expected::text, found::text FROM (${sql}) AS disagreeing LIMIT ${LISTED}`,
        );
        findings.push(...rows.map((row) => ({ check, ...row })));
      }
      return findings;
    },
    { isolationLevel: "RepeatableRead", maxWait: 10_000, timeout: 300_000 },
  );
}

/** Keeps a result, for owners to see. */
export async function insertBooksRun(ok: boolean, findings: readonly Finding[], durationMs: number): Promise<void> {
  await prisma().booksRun.create({
    data: { id: newId("run"), ok, findings: findings.map((finding) => ({ ...finding })), durationMs },
  });
}

/** The last result; null before the first. */
export function findLastBooksRun() {
  return prisma().booksRun.findFirst({ orderBy: { ranAt: "desc" } });
}
