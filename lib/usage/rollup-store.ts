import { prisma } from "@/lib/infra/db";
import { Prisma } from "@/lib/infra/prisma-client/client";
import type { BreakdownBy, Measure } from "@/lib/usage/measures";
import { BUCKET_MS, type BucketSize, bucketStart, HOURS_KEPT_DAYS } from "@/lib/usage/span";

/**
 * A receipt is visible at the latest this long after the time that stands in it: its statement may take 15 s
 * (`makePool` in lib/infra/db.ts). What is younger is not rolled up yet; pages read it from the receipts.
 */
const SETTLING_SECONDS = 20;
/** How much settled time one round takes at most, so that catching up never makes one long transaction. */
const STEP = Prisma.sql`interval '1 hour'`;
/** What settles later than this after it began is in the books, but in no rollup: looking for it costs a partition a day. */
const LATE_DAYS = 7;
/** A Monday, 00:00 UTC: where weeks, and with them days and hours, are counted from. */
export const ORIGIN = Prisma.sql`'2024-01-01T00:00:00Z'::timestamptz`;
const ROUND_TIMEOUT_MS = 120_000;

/**
 * Adds the receipts that were settled since the last round to the rollups, each once, and moves the mark on: one
 * transaction. Does nothing where another process is at it.
 * @returns whether there may be more to do at once.
 */
export function rollUpNext(): Promise<boolean> {
  return prisma().$transaction(
    async (tx) => {
      const [span] = await tx.$queryRaw<{ since: Date; until: Date; behind: boolean }[]>`
        SELECT since, until, until < ready AS behind FROM (
          SELECT settled_before AS since, ready, least(ready, settled_before + ${STEP}) AS until
          FROM rollup_mark, LATERAL (SELECT date_trunc('milliseconds', clock_timestamp()) - make_interval(secs => ${SETTLING_SECONDS}) AS ready) AS now
          FOR UPDATE OF rollup_mark SKIP LOCKED
        ) AS mark WHERE until > since`;
      if (!span) return false;
      await tx.$executeRaw(usageOf(span.since, span.until));
      await tx.$executeRaw(latencyOf(span.since, span.until));
      await tx.$executeRaw`UPDATE rollup_mark SET settled_before = ${span.until}::timestamptz`;
      return span.behind;
    },
    { maxWait: 5_000, timeout: ROUND_TIMEOUT_MS },
  );
}

/**
 * Adds all receipts of a project to the rollups that the mark has passed already: for receipts that were written with
 * settling times of the past, as a seed writes them, and for nobody who has any in the rollups.
 */
export async function rollUpPast(projectId: string, timeoutMs: number): Promise<void> {
  await prisma().$transaction(
    async (tx) => {
      const [mark] = await tx.$queryRaw<{ settled_before: Date }[]>`SELECT settled_before FROM rollup_mark FOR UPDATE`;
      if (!mark) return;
      await tx.$executeRaw(usageOf(new Date(0), mark.settled_before, projectId));
      await tx.$executeRaw(latencyOf(new Date(0), mark.settled_before, projectId));
    },
    { timeout: timeoutMs },
  );
}

/** The receipts that were settled in a span; the bounds on when they began leave few partitions to look into. */
function settledIn(since: Date, until: Date, projectId?: string): Prisma.Sql {
  return Prisma.sql`${projectId === undefined ? Prisma.empty : Prisma.sql`project_id = ${projectId} AND`} settled_at >= ${since}::timestamptz AND settled_at < ${until}::timestamptz
    AND created_at >= ${since}::timestamptz - make_interval(days => ${LATE_DAYS}) AND created_at < ${until}::timestamptz + interval '1 day'`;
}

/** A row for the hour, where that is kept, one for the day and one for the week. */
function sizes(until: Date): Prisma.Sql {
  return Prisma.sql`LATERAL (VALUES ('hour'::"RollupSize", f.hour), ('day', date_bin('1 day', f.hour, ${ORIGIN})), ('week', date_bin('7 days', f.hour, ${ORIGIN}))) AS s(size, starts_at)
    WHERE s.size <> 'hour' OR f.hour >= ${until}::timestamptz - make_interval(days => ${HOURS_KEPT_DAYS})`;
}

function usageOf(since: Date, until: Date, projectId?: string): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO usage_rollup AS t (project_id, dimension, size, starts_at, "group", requests, errors, prompt_tokens, completion_tokens, cost)
    SELECT f.project_id, d.dimension, s.size, s.starts_at, d."group", sum(f.requests), sum(f.errors), sum(f.prompt_tokens), sum(f.completion_tokens), sum(f.cost)
    FROM (
      SELECT project_id, api_key_id, coalesce(model, '') AS model, coalesce(provider, '') AS provider, coalesce(end_user_id, '') AS end_user_id,
        date_bin('1 hour', created_at, ${ORIGIN}) AS hour, count(*) AS requests, count(*) FILTER (WHERE status >= 400) AS errors,
        sum(prompt_tokens) AS prompt_tokens, sum(completion_tokens) AS completion_tokens, coalesce(sum(cost) FILTER (WHERE environment = 'live'), 0) AS cost
      FROM request WHERE ${settledIn(since, until, projectId)}
      GROUP BY 1, 2, 3, 4, 5, 6
    ) AS f,
    LATERAL (VALUES ('total'::"RollupDimension", ''), ('model', f.model), ('provider', f.provider), ('api_key', f.api_key_id), ('end_user', f.end_user_id)) AS d(dimension, "group"),
    ${sizes(until)}
    GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (project_id, dimension, size, starts_at, "group") DO UPDATE SET
      requests = t.requests + excluded.requests, errors = t.errors + excluded.errors, prompt_tokens = t.prompt_tokens + excluded.prompt_tokens,
      completion_tokens = t.completion_tokens + excluded.completion_tokens, cost = t.cost + excluded.cost`;
}

/** Requests whose time says something about speed: a provider answered them. */
const TIMED = Prisma.sql`outcome = 'settled' AND status < 400 AND cached_from IS NULL`;
const MEASURED = Prisma.sql`LATERAL (VALUES ('total'::"LatencyMeasure", latency_ms), ('first_token', first_token_ms)) AS m(measure, ms)`;

function latencyOf(since: Date, until: Date, projectId?: string): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO latency_rollup AS t (project_id, measure, size, starts_at, bucket, requests)
    SELECT f.project_id, f.measure, s.size, s.starts_at, f.bucket, sum(f.requests)
    FROM (
      SELECT project_id, m.measure, date_bin('1 hour', created_at, ${ORIGIN}) AS hour, latency_bucket(m.ms) AS bucket, count(*) AS requests
      FROM request, ${MEASURED}
      WHERE ${settledIn(since, until, projectId)} AND ${TIMED} AND m.ms IS NOT NULL
      GROUP BY 1, 2, 3, 4
    ) AS f, ${sizes(until)}
    GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (project_id, measure, size, starts_at, bucket) DO UPDATE SET requests = t.requests + excluded.requests`;
}

/** Throws away hours that are older than they are kept, of a bounded number. @returns how many of the usage's. */
export function purgeHours(limit: number): Promise<number> {
  return prisma().$transaction(async (tx) => {
    const old = Prisma.sql`SELECT ctid FROM`;
    const age = Prisma.sql`WHERE size = 'hour' AND starts_at < now() - make_interval(days => ${HOURS_KEPT_DAYS}) LIMIT ${limit}`;
    await tx.$executeRaw`DELETE FROM latency_rollup WHERE ctid = ANY (ARRAY(${old} latency_rollup ${age}))`;
    return tx.$executeRaw`DELETE FROM usage_rollup WHERE ctid = ANY (ARRAY(${old} usage_rollup ${age}))`;
  });
}

/**
 * The condition on receipts that are not in the rollups yet. The mark as a value lets the planner choose well; the mark as
 * the statement itself sees it makes rollups and receipts add up, whatever another process does meanwhile.
 */
function unrolled(mark: Date, from: Date, to: Date): Prisma.Sql {
  const late = new Date(mark.getTime() - LATE_DAYS * 86_400_000);
  return Prisma.sql`settled_at >= ${mark}::timestamptz AND settled_at >= (SELECT settled_before FROM rollup_mark)
    AND created_at >= ${late > from ? late : from}::timestamptz AND created_at < ${to}::timestamptz`;
}

/** Whose usage is read. */
export interface Tenant {
  organizationId: string;
  projectId: string;
}

interface Scope {
  mark: Date;
  projectIds: string[];
}

/** What is summed: the one project, if it is the organisation's, or all of the organisation's (null). */
async function readScope({
  organizationId,
  projectId,
}: {
  organizationId: string;
  projectId: string | null;
}): Promise<Scope> {
  const [scope] = await prisma().$queryRaw<Scope[]>`
    SELECT settled_before AS mark,
      ARRAY(SELECT id FROM project WHERE organization_id = ${organizationId} AND (${projectId}::text IS NULL OR id = ${projectId})) AS "projectIds"
    FROM rollup_mark`;
  if (!scope) throw new Error("the table rollup_mark lost its row");
  return scope;
}

export interface Sums {
  requests: bigint;
  errors: bigint;
  prompt_tokens: bigint;
  completion_tokens: bigint;
  /** Nano-dollars at list price, whoever paid; what test keys did costs nothing. */
  cost: bigint;
}

/** Sums of one group in one bucket. */
export interface BreakdownRow extends Sums {
  bucket: Date;
  /** A model, a provider, an id; empty: none, as for a call that was refused. Null: all groups beyond the largest ones. */
  group: string | null;
  /** As people read the id; null where there is nothing to read. */
  name: string | null;
}

interface Way {
  dimension: Prisma.Sql;
  /** Of a receipt, what the rollup has as `group`. */
  receipt: Prisma.Sql;
  /** From `x`, rollups and receipts in one form, to the group that is asked for. */
  group: Prisma.Sql;
  join: Prisma.Sql;
  /** Of the sums `s`. */
  name: Prisma.Sql;
}

const PLAIN = { group: Prisma.sql`x."group"`, join: Prisma.empty } as const;

/** A name is only ever one of the same organisation's: `projects` are the projects that are summed. */
const WAYS: Readonly<Record<BreakdownBy, Way>> = {
  model: { ...PLAIN, dimension: Prisma.sql`'model'`, receipt: Prisma.sql`coalesce(model, '')`, name: Prisma.sql`NULL` },
  provider: {
    ...PLAIN,
    dimension: Prisma.sql`'provider'`,
    receipt: Prisma.sql`coalesce(provider, '')`,
    name: Prisma.sql`NULL`,
  },
  key: {
    ...PLAIN,
    dimension: Prisma.sql`'api_key'`,
    receipt: Prisma.sql`api_key_id`,
    name: Prisma.sql`(SELECT k.name FROM api_key k WHERE k.id = s."group" AND k.project_id = ANY (s.projects))`,
  },
  project: {
    ...PLAIN,
    dimension: Prisma.sql`'total'`,
    receipt: Prisma.sql`''`,
    group: Prisma.sql`x.project_id`,
    name: Prisma.sql`(SELECT p.name FROM project p WHERE p.id = s."group")`,
  },
  user: {
    ...PLAIN,
    dimension: Prisma.sql`'end_user'`,
    receipt: Prisma.sql`coalesce(end_user_id, '')`,
    name: Prisma.sql`(SELECT e.external_id FROM end_user e JOIN project p ON p.organization_id = e.organization_id AND p.id = s.projects[1] WHERE e.id = s."group")`,
  },
  member: {
    dimension: Prisma.sql`'api_key'`,
    receipt: Prisma.sql`api_key_id`,
    group: Prisma.sql`coalesce(k.created_by_id, '')`,
    join: Prisma.sql`LEFT JOIN api_key k ON k.id = x."group"`,
    name: Prisma.sql`(SELECT coalesce(nullif(u.name, ''), u.email) FROM "user" u WHERE u.id = s."group")`,
  },
};

/** How long a bucket is, for `date_bin`. */
export const BINS: Readonly<Record<BucketSize, Prisma.Sql>> = {
  hour: Prisma.sql`interval '1 hour'`,
  day: Prisma.sql`interval '1 day'`,
  week: Prisma.sql`interval '7 days'`,
};

/**
 * The rollups of a span: as it has whole weeks of them those, and days for what is left at its ends. `from` and `to` are
 * whole hours or days, as `size` says.
 */
function rolledIn(size: BucketSize, from: Date, to: Date): Prisma.Sql {
  const within = (part: BucketSize, start: number, end: number) =>
    Prisma.sql`(size = ${part}::"RollupSize" AND starts_at >= ${new Date(start)}::timestamptz AND starts_at < ${new Date(end)}::timestamptz)`;
  const [start, end] = [from.getTime(), to.getTime()];
  if (size !== "week") return within(size, start, end);
  const firstWeek = Math.min(end, bucketStart(start - 1, "week") + BUCKET_MS.week);
  const lastEnd = Math.max(firstWeek, bucketStart(end, "week"));
  return Prisma.sql`(${within("day", start, firstWeek)} OR ${within("week", firstWeek, lastEnd)} OR ${within("day", lastEnd, end)})`;
}

const SUMS = Prisma.sql`sum(requests)::bigint AS requests, sum(errors)::bigint AS errors, sum(prompt_tokens)::bigint AS prompt_tokens,
  sum(completion_tokens)::bigint AS completion_tokens, sum(cost)::bigint AS cost`;

/** Rollups of a span, and the receipts that are not in them yet, in one form. */
function usageIn({ projectIds, mark }: Scope, by: Way, size: BucketSize, from: Date, to: Date): Prisma.Sql {
  return Prisma.sql`
    SELECT project_id, starts_at, "group", requests, errors, prompt_tokens, completion_tokens, cost FROM usage_rollup
    WHERE project_id = ANY (${projectIds}::text[]) AND dimension = ${by.dimension}::"RollupDimension" AND ${rolledIn(size, from, to)}
    UNION ALL
    SELECT project_id, created_at, ${by.receipt}, 1, (status >= 400)::int, prompt_tokens, completion_tokens,
      CASE WHEN environment = 'live' THEN coalesce(cost, 0) ELSE 0 END
    FROM request WHERE project_id = ANY (${projectIds}::text[]) AND ${unrolled(mark, from, to)}`;
}

export interface BreakdownQuery extends Tenant {
  /** By project, those of the whole organisation are summed. */
  by: BreakdownBy;
  size: BucketSize;
  from: Date;
  /** Not included. */
  to: Date;
}

const RANKED: Readonly<Record<Measure, Prisma.Sql>> = {
  cost: Prisma.sql`sum(cost)`,
  tokens: Prisma.sql`sum(prompt_tokens + completion_tokens)`,
  requests: Prisma.sql`sum(requests)`,
  errors: Prisma.sql`sum(errors)`,
};

/**
 * Sums by bucket and group, oldest first: the `limit` groups that are largest by a measure, all others as one without a
 * name, and how many groups there are in all.
 */
export async function sumBreakdown(
  { organizationId, projectId, by, size, from, to }: BreakdownQuery,
  { largest, limit }: { largest: Measure; limit: number },
): Promise<{ rows: BreakdownRow[]; groups: number }> {
  const way = WAYS[by];
  const scope = await readScope({ organizationId, projectId: by === "project" ? null : projectId });
  const rows = await prisma().$queryRaw<(BreakdownRow & { groups: bigint })[]>`
    WITH sums AS MATERIALIZED (
      SELECT date_bin(${BINS[size]}, x.starts_at, ${ORIGIN}) AS bucket, ${way.group} AS "group", ${SUMS}
      FROM (${usageIn(scope, way, size, from, to)}) AS x ${way.join}
      GROUP BY 1, 2
    ), ranked AS MATERIALIZED (
      SELECT "group", row_number() OVER (ORDER BY ${RANKED[largest]} DESC, sum(requests) DESC, "group") AS place FROM sums GROUP BY "group"
    ), s AS (
      SELECT bucket, CASE WHEN place <= ${limit} THEN "group" END AS "group", ${scope.projectIds}::text[] AS projects, ${SUMS}
      FROM sums JOIN ranked USING ("group") GROUP BY 1, 2
    ), named AS MATERIALIZED (
      SELECT "group", ${way.name} AS name FROM (SELECT DISTINCT "group", projects FROM s WHERE "group" IS NOT NULL) AS s
    )
    SELECT s.bucket, s."group", named.name, s.requests, s.errors, s.prompt_tokens, s.completion_tokens, s.cost, (SELECT count(*) FROM ranked) AS groups
    FROM s LEFT JOIN named ON named."group" = s."group" ORDER BY s.bucket, s."group"`;
  return { rows, groups: Number(rows[0]?.groups ?? 0) };
}

/** Sums by bucket over all groups, oldest first. */
export async function sumBuckets(
  tenant: Tenant,
  { size, from, to }: Pick<BreakdownQuery, "size" | "from" | "to">,
): Promise<(Sums & { bucket: Date })[]> {
  const usage = usageIn(await readScope(tenant), WAYS.project, size, from, to);
  return prisma().$queryRaw`
    SELECT date_bin(${BINS[size]}, x.starts_at, ${ORIGIN}) AS bucket, ${SUMS} FROM (${usage}) AS x GROUP BY 1 ORDER BY 1`;
}

/** The groups of a span that are largest by cost, then by requests; those without a name of their own are left out. */
export async function sumLargest(
  tenant: Tenant,
  by: BreakdownBy,
  { size, from, to, limit }: { size: BucketSize; from: Date; to: Date; limit: number },
): Promise<(Sums & { group: string; name: string | null })[]> {
  const way = WAYS[by];
  const scope = await readScope(tenant);
  return prisma().$queryRaw`
    WITH s AS MATERIALIZED (
      SELECT ${way.group} AS "group", ${scope.projectIds}::text[] AS projects, ${SUMS}
      FROM (${usageIn(scope, way, size, from, to)}) AS x ${way.join}
      GROUP BY 1 HAVING ${way.group} <> '' ORDER BY sum(cost) DESC, sum(requests) DESC, 1 LIMIT ${limit}
    )
    SELECT s."group", ${way.name} AS name, s.requests, s.errors, s.prompt_tokens, s.completion_tokens, s.cost
    FROM s ORDER BY s.cost DESC, s.requests DESC, s."group"`;
}

export type LatencyMeasure = "total" | "first_token";

/** Requests of one bucket of the histogram. */
export interface LatencyRow {
  measure: LatencyMeasure;
  bucket: number;
  requests: bigint;
}

/** Rollups of how long served requests took, and the receipts that are not in them yet, in one form. */
function latencyIn({ projectIds, mark }: Scope, { size, from, to }: LatencyQuery): Prisma.Sql {
  return Prisma.sql`
    SELECT measure, starts_at, bucket, requests FROM latency_rollup
    WHERE project_id = ANY (${projectIds}::text[]) AND measure = ANY ('{total,first_token}'::"LatencyMeasure"[]) AND ${rolledIn(size, from, to)}
    UNION ALL
    SELECT m.measure, created_at, latency_bucket(m.ms), 1 FROM request, ${MEASURED}
    WHERE project_id = ANY (${projectIds}::text[]) AND ${unrolled(mark, from, to)} AND ${TIMED} AND m.ms IS NOT NULL`;
}

interface LatencyQuery {
  size: BucketSize;
  from: Date;
  /** Not included. */
  to: Date;
}

/** How long a project's served requests of a span took. */
export async function sumLatency(tenant: Tenant, query: LatencyQuery): Promise<LatencyRow[]> {
  const scope = await readScope(tenant);
  return prisma().$queryRaw<LatencyRow[]>`
    SELECT measure, bucket, sum(requests)::bigint AS requests FROM (${latencyIn(scope, query)}) AS x GROUP BY 1, 2 ORDER BY 1, 2`;
}

/** The histogram of one measure in one hour, day or week: how many requests each bucket holds, side by side. */
export interface LatencySeriesRow {
  startsAt: Date;
  measure: LatencyMeasure;
  buckets: number[];
  requests: bigint[];
}

/** The same by hour, day or week: a row for each, since one for each bucket of each would be thousands. */
export async function sumLatencySeries(tenant: Tenant, query: LatencyQuery): Promise<LatencySeriesRow[]> {
  const scope = await readScope(tenant);
  return prisma().$queryRaw<LatencySeriesRow[]>`
    SELECT "startsAt", measure, array_agg(bucket::int) AS buckets, array_agg(requests) AS requests FROM (
      SELECT date_bin(${BINS[query.size]}, starts_at, ${ORIGIN}) AS "startsAt", measure, bucket, sum(requests)::bigint AS requests
      FROM (${latencyIn(scope, query)}) AS x GROUP BY 1, 2, 3
    ) AS sums GROUP BY 1, 2`;
}
