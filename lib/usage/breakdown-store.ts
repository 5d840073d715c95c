import { prisma } from "@/lib/infra/db";
import { Prisma } from "@/lib/infra/prisma-client/client";

export type BreakdownBy = "model" | "provider" | "key";
export type BucketSize = "hour" | "day" | "week";

/** Sums of one group in one bucket; what test keys did counts as requests and costs nothing. */
export interface BreakdownRow {
  bucket: Date;
  /** A model, a provider, a key's id; empty: none was chosen, as for a call that was refused. */
  group: string;
  /** The key's name; null where the group is no key, or its row is gone. */
  name: string | null;
  requests: bigint;
  errors: bigint;
  prompt_tokens: bigint;
  completion_tokens: bigint;
  cost: bigint;
}

const COLUMNS: Readonly<Record<BreakdownBy, Prisma.Sql>> = {
  model: Prisma.sql`model`,
  provider: Prisma.sql`provider`,
  key: Prisma.sql`api_key_id`,
};

const BINS: Readonly<Record<BucketSize, Prisma.Sql>> = {
  hour: Prisma.sql`interval '1 hour'`,
  day: Prisma.sql`interval '1 day'`,
  week: Prisma.sql`interval '7 days'`,
};

/** A Monday, 00:00 UTC: where weeks, and with them days and hours, are counted from. */
const ORIGIN = Prisma.sql`'2024-01-01T00:00:00Z'::timestamptz`;

export interface BreakdownQuery {
  organizationId: string;
  projectId: string;
  /** Only what one key used. */
  keyId?: string;
  by: BreakdownBy;
  size: BucketSize;
  from: Date;
  /** Not included. */
  to: Date;
}

/** A project's hourly rollups, summed by bucket and group, oldest first. One query. */
export function sumBreakdown({
  organizationId,
  projectId,
  keyId,
  by,
  size,
  from,
  to,
}: BreakdownQuery): Promise<BreakdownRow[]> {
  return prisma().$queryRaw<BreakdownRow[]>`
    SELECT sums.*, api_key.name
    FROM (
      SELECT date_bin(${BINS[size]}, hour, ${ORIGIN}) AS bucket, ${COLUMNS[by]} AS "group",
        sum(requests)::bigint AS requests, sum(errors)::bigint AS errors,
        sum(prompt_tokens)::bigint AS prompt_tokens, sum(completion_tokens)::bigint AS completion_tokens,
        coalesce(sum(cost) FILTER (WHERE environment = 'live'), 0)::bigint AS cost
      FROM usage_hour
      WHERE organization_id = ${organizationId} AND project_id = ${projectId}
        ${keyId === undefined ? Prisma.empty : Prisma.sql`AND api_key_id = ${keyId}`}
        AND hour >= ${from}::timestamptz AND hour < ${to}::timestamptz
      GROUP BY 1, 2
    ) AS sums
    LEFT JOIN api_key ON api_key.id = sums."group" AND api_key.project_id = ${projectId}
    ORDER BY sums.bucket, sums."group"`;
}

/** The sums of one key's newest receipts, at most `most` of them, by endpoint; the hourly rollups know none. One query. */
export function sumKeyEndpoints(
  { projectId, keyId, size, from, to }: Omit<BreakdownQuery, "by" | "organizationId"> & { keyId: string },
  most: number,
): Promise<BreakdownRow[]> {
  return prisma().$queryRaw<BreakdownRow[]>`
    SELECT date_bin(${BINS[size]}, created_at, ${ORIGIN}) AS bucket, endpoint AS "group", NULL AS name,
      count(*) AS requests, count(*) FILTER (WHERE status >= 400) AS errors,
      sum(prompt_tokens)::bigint AS prompt_tokens, sum(completion_tokens)::bigint AS completion_tokens,
      coalesce(sum(cost) FILTER (WHERE environment = 'live'), 0)::bigint AS cost
    FROM (
      SELECT * FROM request
      WHERE api_key_id = ${keyId} AND project_id = ${projectId}
        AND created_at >= ${from}::timestamptz AND created_at < ${to}::timestamptz
      ORDER BY created_at DESC LIMIT ${most}
    ) AS newest
    GROUP BY 1, 2 ORDER BY 1, 2`;
}

/** How often a key was called on one UTC day. */
export interface KeyDayRow {
  key_id: string;
  day: Date;
  requests: bigint;
}

/** The days since `from` on which keys of a project were called. One query. */
export function sumKeyDays(organizationId: string, projectId: string, from: Date): Promise<KeyDayRow[]> {
  return prisma().$queryRaw<KeyDayRow[]>`
    SELECT api_key_id AS key_id, date_bin('1 day', hour, 'epoch'::timestamptz) AS day, sum(requests)::bigint AS requests
    FROM usage_hour
    WHERE organization_id = ${organizationId} AND project_id = ${projectId} AND hour >= ${from}::timestamptz
    GROUP BY 1, 2`;
}
