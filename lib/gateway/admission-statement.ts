import { committedDurably } from "@/lib/gateway/durability";
import { plainArray, textArray } from "@/lib/gateway/group-commit";
import { admissionPool } from "@/lib/infra/db";

/** One thing a request draws on, and how much of it at most. Needs come in the order in which they refuse. */
export interface Need {
  meterId: bigint;
  /** nano-dollars, requests or tokens, as the meter's unit says. */
  amount: bigint;
  /** True where the unit is requests: those count at once, and nothing of them is held. */
  counted?: boolean;
}

/** What the admission statement decides about. */
export interface Admission {
  requestId: string;
  createdAt: number;
  keyId: string;
  /** The version of the key that authentication, rules and plan were decided on. */
  keyVersion: bigint;
  /** ms since 1970; past it the key or this secret of it is refused, by the database's clock. */
  validUntil: number | null;
  organizationId: string;
  projectId: string;
  environment: "live" | "test";
  endpoint: string;
  model: string;
  needs: readonly Need[];
  /** The upper bound of the cost in nano-dollars. */
  amount: bigint;
  instance: string;
  /** After this many seconds without a sign of life the hold is released. */
  holdSeconds: number;
}

export type Admitted = {
  kind: "admitted";
  /** What is left in the minute's rate meters after this request; null where there is no such meter. */
  requestsLeft: number | null;
  tokensLeft: number | null;
};

export type MeterRefusal = {
  kind: "refused";
  meterId: bigint;
  limit: bigint;
  used: bigint;
  held: bigint;
  /** What this request needed of it. */
  amount: bigint;
  /** ms since 1970; null: never. */
  resetsAt: number | null;
  /** The database's time, ms since 1970. */
  at: number;
};

/**
 * stale: the key changed since it was read. expired: its time is over. crowded: only neighbours in the same batch that
 * were then refused stood in the way; submit again.
 */
export type AdmissionVerdict = Admitted | MeterRefusal | { kind: "stale" } | { kind: "expired" } | { kind: "crowded" };

/*
 * Both statements lock the keys (shared, so that a change of a key and an admission under it exclude each other), then
 * the meters, both in id order; the order in which settle locks is the same, which is what keeps the two from
 * deadlocking (DESIGN section 1). New amounts are computed from the locked rows alone: PostgreSQL first checks the
 * constraints on a row made from what `meter` was at the statement's snapshot, and one that mixed old and new would
 * fail them.
 */

/**
 * The usual case, at less than half of the other statement's price: admits the whole batch, in one commit, if every key
 * is as it was read and every meter has room for all that the batch needs of it. Else it changes nothing.
 */
const ADMIT_ALL = `
WITH k AS MATERIALIZED (
  SELECT id, version, status FROM api_key WHERE id = ANY ($1::text[]) ORDER BY id FOR SHARE
), m AS MATERIALIZED (
  SELECT id, unit, "limit", used, held, total, period, period_seconds, anchor, window_start
  FROM meter WHERE id = ANY ($4::bigint[]) AND (SELECT count(*) FROM k) >= 0 ORDER BY id FOR UPDATE
), c AS MATERIALIZED (
  SELECT clock_timestamp() AS now WHERE (SELECT count(*) FROM m) >= 0
), s AS MATERIALIZED (
  SELECT m.id, m.unit, m."limit" AS lim, m.held, m.total, w.start, n.amount, CASE WHEN m.window_start < w.start THEN 0 ELSE m.used END AS used,
    (m.unit = 'requests') = n.counted AS expected
  FROM unnest($4::bigint[], $5::bigint[], $6::boolean[]) AS n(id, amount, counted) JOIN m ON m.id = n.id CROSS JOIN c
  CROSS JOIN LATERAL (SELECT greatest(m.window_start, meter_window_start(m.period, m.period_seconds, m.anchor, c.now)) AS start) w
), ok AS MATERIALIZED (
  SELECT c.now FROM c
  WHERE (SELECT count(*) FROM k WHERE status = 'active' AND version = ($2::bigint[])[array_position($1::text[], k.id)]) = cardinality($1::text[])
    AND (SELECT count(*) FROM s WHERE expected AND (lim IS NULL OR used + held + amount <= lim)) = cardinality($4::bigint[])
    AND ($3::float8 IS NULL OR to_timestamp($3::float8) > c.now)
), u AS (
  UPDATE meter SET
    held = s.held + CASE WHEN s.unit = 'requests' THEN 0 ELSE s.amount END,
    used = s.used + CASE WHEN s.unit = 'requests' THEN s.amount ELSE 0 END,
    total = s.total + CASE WHEN s.unit = 'requests' THEN s.amount ELSE 0 END,
    window_start = s.start
  FROM ok CROSS JOIN s WHERE meter.id = s.id
), h AS (
  INSERT INTO hold (request_id, created_at, organization_id, project_id, api_key_id, environment, endpoint, model, meter_ids, amounts, amount, instance, deadline)
  SELECT r.request_id, to_timestamp(r.created_at), r.organization_id, r.project_id, r.key_id, r.environment, r.endpoint, r.model, r.meter_ids::bigint[], r.amounts::bigint[],
    r.amount, $18, ok.now + make_interval(secs => $19)
  FROM ok CROSS JOIN unnest($7::text[], $8::float8[], $9::text[], $10::text[], $11::text[], $12::"KeyEnvironment"[], $13::text[], $14::text[], $15::text[], $16::text[], $17::bigint[])
    AS r(request_id, created_at, key_id, organization_id, project_id, environment, endpoint, model, meter_ids, amounts, amount)
  RETURNING 1
)
SELECT (SELECT count(*) FROM h) AS held, array(SELECT id FROM s WHERE unit <> 'usd') AS rates, array(SELECT lim - used - held FROM s WHERE unit <> 'usd') AS lefts`;

/**
 * Decides a batch one by one, in one statement and one commit: a request is admitted when every meter has room for it
 * beside all that came before it in the batch.
 */
const ADMIT_EACH = `
WITH r AS MATERIALIZED (
  SELECT * FROM ROWS FROM (generate_series(0, $1::int), unnest($2::text[]), unnest($3::text[]), unnest($4::bigint[]), unnest($5::float8[]), unnest($6::text[]),
    unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]), unnest($11::bigint[]), unnest($12::float8[]))
    AS t(i, request_id, key_id, version, valid_until, organization_id, project_id, environment, endpoint, model, amount, created_at)
), n AS MATERIALIZED (
  SELECT * FROM ROWS FROM (generate_series(0, $13::int), unnest($14::int[]), unnest($15::bigint[]), unnest($16::bigint[])) AS t(ord, i, meter_id, amount)
), k AS MATERIALIZED (
  SELECT id, version, status FROM api_key WHERE id = ANY ($17::text[]) ORDER BY id FOR SHARE
), m AS MATERIALIZED (
  SELECT id, unit, "limit", used, held, total, period, period_seconds, anchor, window_start
  FROM meter WHERE id = ANY ($18::bigint[]) AND (SELECT count(*) FROM k) >= 0 ORDER BY id FOR UPDATE
), c AS MATERIALIZED (
  SELECT clock_timestamp() AS now WHERE (SELECT count(*) FROM m) >= 0
), s AS MATERIALIZED (
  SELECT m.id, m.unit, m."limit" AS lim, m.held, m.total, w.start, m.period, m.period_seconds,
    CASE WHEN m.window_start < w.start THEN 0 ELSE m.used END AS used
  FROM m CROSS JOIN c
  CROSS JOIN LATERAL (SELECT greatest(m.window_start, meter_window_start(m.period, m.period_seconds, m.anchor, c.now)) AS start) w
), g AS MATERIALIZED (
  SELECT r.i, coalesce(k.version = r.version AND k.status = 'active', false) AS fresh,
    r.valid_until IS NULL OR to_timestamp(r.valid_until) > c.now AS timely
  FROM r CROSS JOIN c LEFT JOIN k ON k.id = r.key_id
), p AS MATERIALIZED (
  SELECT n.i, n.ord, n.meter_id, n.amount, s.unit, s.lim, s.used, s.held, s.start, s.period, s.period_seconds, s.id IS NOT NULL AS known,
    sum(n.amount) OVER (PARTITION BY n.meter_id ORDER BY n.ord ROWS UNBOUNDED PRECEDING) AS running
  FROM n JOIN g ON g.i = n.i AND g.fresh AND g.timely LEFT JOIN s ON s.id = n.meter_id
), v AS MATERIALIZED (
  SELECT p.*, bool_and(known AND (lim IS NULL OR used + held + running <= lim)) OVER (PARTITION BY i) AS admitted,
    bool_and(known) OVER (PARTITION BY i) AS complete
  FROM p
), a AS MATERIALIZED (
  SELECT meter_id, sum(amount)::bigint AS amount FROM v WHERE admitted GROUP BY meter_id
), u AS (
  UPDATE meter SET
    held = s.held + CASE WHEN s.unit = 'requests' THEN 0 ELSE a.amount END,
    used = s.used + CASE WHEN s.unit = 'requests' THEN a.amount ELSE 0 END,
    total = s.total + CASE WHEN s.unit = 'requests' THEN a.amount ELSE 0 END,
    window_start = s.start
  FROM a JOIN s ON s.id = a.meter_id WHERE meter.id = a.meter_id
), q AS MATERIALIZED (
  SELECT i, bool_and(admitted) AS admitted, bool_and(complete) AS complete,
    array_agg(meter_id ORDER BY ord) FILTER (WHERE unit <> 'requests') AS meter_ids,
    array_agg(amount ORDER BY ord) FILTER (WHERE unit <> 'requests') AS amounts,
    max(lim - used - held - running) FILTER (WHERE unit = 'requests') AS requests_left,
    max(lim - used - held - running) FILTER (WHERE unit = 'tokens') AS tokens_left
  FROM v GROUP BY i
), h AS (
  INSERT INTO hold (request_id, created_at, organization_id, project_id, api_key_id, environment, endpoint, model, meter_ids, amounts, amount, instance, deadline)
  SELECT r.request_id, to_timestamp(r.created_at), r.organization_id, r.project_id, r.key_id, r.environment::"KeyEnvironment", r.endpoint, r.model,
    coalesce(q.meter_ids, '{}'), coalesce(q.amounts, '{}'), r.amount, $19, c.now + make_interval(secs => $20)
  FROM r CROSS JOIN c JOIN q ON q.i = r.i WHERE q.admitted
  RETURNING 1
), f AS MATERIALIZED (
  SELECT DISTINCT ON (v.i) v.i, v.meter_id, v.lim, v.amount, meter_window_end(v.period, v.period_seconds, v.start) AS resets_at,
    v.used + CASE WHEN v.unit = 'requests' THEN coalesce(a.amount, 0) ELSE 0 END AS used,
    v.held + CASE WHEN v.unit = 'requests' THEN 0 ELSE coalesce(a.amount, 0) END AS held
  FROM v LEFT JOIN a ON a.meter_id = v.meter_id
  WHERE NOT v.admitted AND v.lim IS NOT NULL AND v.used + v.held + coalesce(a.amount, 0) + v.amount > v.lim
  ORDER BY v.i, v.ord
)
SELECT (SELECT count(*) FROM h) AS held, e.*
FROM (VALUES (1)) AS one LEFT JOIN (
  SELECT g.i, CASE WHEN NOT g.fresh OR NOT coalesce(q.complete, true) THEN 'stale' WHEN NOT g.timely THEN 'expired' WHEN q.admitted THEN 'admitted'
      WHEN f.i IS NOT NULL THEN 'refused' ELSE 'crowded' END AS verdict,
    q.requests_left, q.tokens_left, f.meter_id, f.lim, f.used, f.held AS meter_held, f.amount,
    extract(epoch FROM f.resets_at) * 1000 AS resets_at, extract(epoch FROM c.now) * 1000 AS at
  FROM g CROSS JOIN c LEFT JOIN q ON q.i = g.i LEFT JOIN f ON f.i = g.i
  WHERE NOT coalesce(q.admitted, false) OR q.requests_left IS NOT NULL OR q.tokens_left IS NOT NULL
) e ON true`;

/** How many were admitted in all, beside each that was not, or has a rate to tell of; one row where there is none. */
interface AdmissionRow {
  held: bigint;
  i: number | null;
  verdict: "admitted" | "refused" | "stale" | "expired" | "crowded";
  requests_left: string | null;
  tokens_left: string | null;
  meter_id: bigint | null;
  lim: bigint | null;
  used: bigint | null;
  meter_held: bigint | null;
  amount: bigint | null;
  resets_at: string | null;
  at: string;
}

const ADMITTED: Admitted = { kind: "admitted", requestsLeft: null, tokensLeft: null };

/** Decides a batch in one commit; one verdict for each admission, in order. All of one instance. */
export async function admitBatch(batch: readonly Admission[]): Promise<AdmissionVerdict[]> {
  return (await admitAll(batch)) ?? (await admitEach(batch));
}

/** What the batch needs of one meter, in all. */
interface Sum {
  amount: bigint;
  counted: boolean;
}

/** The verdicts where the whole batch is admitted; null where it is not, and nothing has changed then. */
async function admitAll(batch: readonly Admission[]): Promise<AdmissionVerdict[] | null> {
  const versions = new Map<string, bigint>();
  const sums = new Map<bigint, Sum>();
  let validUntil: number | null = null;
  for (const { keyId, keyVersion, validUntil: until, needs } of batch) {
    const version = versions.get(keyId);
    if (version === undefined) versions.set(keyId, keyVersion);
    // Of two versions of a key at least one is stale.
    else if (version !== keyVersion) return null;
    if (until !== null && (validUntil === null || until < validUntil)) validUntil = until;
    for (const { meterId, amount, counted = false } of needs) {
      const sum = sums.get(meterId);
      if (sum === undefined) sums.set(meterId, { amount, counted });
      else sum.amount += amount;
    }
  }
  const first = batch[0];
  const startedAt = performance.now();
  const result = await admissionPool().query<{ held: bigint; rates: string[]; lefts: (string | null)[] }>({
    name: "admit_all",
    text: ADMIT_ALL,
    values: [
      plainArray([...versions.keys()]),
      plainArray([...versions.values()]),
      validUntil === null ? null : validUntil / 1000,
      plainArray([...sums.keys()]),
      plainArray([...sums.values()].map((sum) => sum.amount)),
      plainArray([...sums.values()].map((sum) => (sum.counted ? "t" : "f"))),
      plainArray(batch.map((admission) => admission.requestId)),
      plainArray(batch.map((admission) => admission.createdAt / 1000)),
      plainArray(batch.map((admission) => admission.keyId)),
      plainArray(batch.map((admission) => admission.organizationId)),
      plainArray(batch.map((admission) => admission.projectId)),
      plainArray(batch.map((admission) => admission.environment)),
      plainArray(batch.map((admission) => admission.endpoint)),
      textArray(batch.map((admission) => admission.model)),
      arrayOfArrays(batch, (need) => need.meterId),
      arrayOfArrays(batch, (need) => need.amount),
      plainArray(batch.map((admission) => admission.amount)),
      first?.instance ?? "",
      first?.holdSeconds ?? 0,
    ],
  });
  const [row] = result.rows;
  const held = Number(row?.held ?? 0);
  if (held === 0) return null;
  if (held !== batch.length) throw new Error(`the admission statement held ${held} of ${batch.length}`);
  committedDurably(startedAt);
  return row && row.rates.length > 0
    ? verdictsWithRates(batch, row)
    : new Array<AdmissionVerdict>(batch.length).fill(ADMITTED);
}

/** What is left of each rate after each request of an admitted batch, from what was left of it before the first. */
function verdictsWithRates(
  batch: readonly Admission[],
  { rates, lefts }: { rates: readonly string[]; lefts: readonly (string | null)[] },
): AdmissionVerdict[] {
  const left = new Map<bigint, bigint>();
  rates.forEach((id, index) => {
    const before = lefts[index];
    if (before !== null && before !== undefined) left.set(BigInt(id), BigInt(before));
  });
  return batch.map(({ needs }) => {
    let requestsLeft: number | null = null;
    let tokensLeft: number | null = null;
    for (const { meterId, amount, counted = false } of needs) {
      const before = left.get(meterId);
      if (before === undefined) continue;
      left.set(meterId, before - amount);
      if (counted) requestsLeft = Math.max(requestsLeft ?? 0, Number(before - amount));
      else tokensLeft = Math.max(tokensLeft ?? 0, Number(before - amount));
    }
    return { kind: "admitted", requestsLeft, tokensLeft };
  });
}

/** A PostgreSQL array of the array literals that a hold keeps: one of each admission, of the needs that are held. */
function arrayOfArrays(batch: readonly Admission[], of: (need: Need) => bigint): string {
  return `{${batch.map(({ needs }) => `"{${needs.flatMap((need) => (need.counted ? [] : [of(need)])).join(",")}}"`).join(",")}}`;
}

async function admitEach(batch: readonly Admission[]): Promise<AdmissionVerdict[]> {
  const needIndex: number[] = [];
  const needMeter: bigint[] = [];
  const needAmount: bigint[] = [];
  const keyIds = new Set<string>();
  const meterIds = new Set<bigint>();
  batch.forEach((admission, index) => {
    keyIds.add(admission.keyId);
    for (const need of admission.needs) {
      needIndex.push(index);
      needMeter.push(need.meterId);
      needAmount.push(need.amount);
      meterIds.add(need.meterId);
    }
  });
  const first = batch[0];
  const startedAt = performance.now();
  const result = await admissionPool().query<AdmissionRow>({
    name: "admit_each",
    text: ADMIT_EACH,
    values: [
      batch.length - 1,
      plainArray(batch.map((admission) => admission.requestId)),
      plainArray(batch.map((admission) => admission.keyId)),
      plainArray(batch.map((admission) => admission.keyVersion)),
      plainArray(batch.map((admission) => (admission.validUntil === null ? "NULL" : admission.validUntil / 1000))),
      plainArray(batch.map((admission) => admission.organizationId)),
      plainArray(batch.map((admission) => admission.projectId)),
      plainArray(batch.map((admission) => admission.environment)),
      plainArray(batch.map((admission) => admission.endpoint)),
      textArray(batch.map((admission) => admission.model)),
      plainArray(batch.map((admission) => admission.amount)),
      plainArray(batch.map((admission) => admission.createdAt / 1000)),
      needIndex.length - 1,
      plainArray(needIndex),
      plainArray(needMeter),
      plainArray(needAmount),
      plainArray([...keyIds]),
      plainArray([...meterIds]),
      first?.instance ?? "",
      first?.holdSeconds ?? 0,
    ],
  });
  const verdicts = new Array<AdmissionVerdict>(batch.length).fill(ADMITTED);
  let refused = 0;
  for (const row of result.rows) {
    if (row.i === null) continue;
    const verdict = toVerdict(row);
    verdicts[row.i] = verdict;
    if (verdict.kind !== "admitted") refused += 1;
  }
  const held = Number(result.rows[0]?.held ?? 0);
  if (held + refused !== batch.length)
    throw new Error(`the admission statement held ${held} and refused ${refused} of ${batch.length}`);
  // A batch that held nothing may have written nothing, and then it has waited for no disk either.
  if (held > 0) committedDurably(startedAt);
  return verdicts;
}

function toVerdict(row: AdmissionRow): AdmissionVerdict {
  switch (row.verdict) {
    case "admitted":
      return {
        kind: "admitted",
        requestsLeft: row.requests_left === null ? null : Number(row.requests_left),
        tokensLeft: row.tokens_left === null ? null : Number(row.tokens_left),
      };
    case "refused":
      return {
        kind: "refused",
        meterId: row.meter_id ?? 0n,
        limit: row.lim ?? 0n,
        used: row.used ?? 0n,
        held: row.meter_held ?? 0n,
        amount: row.amount ?? 0n,
        resetsAt: row.resets_at === null ? null : Number(row.resets_at),
        at: Number(row.at),
      };
    default:
      return { kind: row.verdict };
  }
}
