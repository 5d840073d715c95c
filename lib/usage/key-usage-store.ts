import { prisma } from "@/lib/infra/db";
import { BINS, type BreakdownRow, ORIGIN } from "@/lib/usage/rollup-store";
import type { BucketSize } from "@/lib/usage/span";

export interface KeyUsageQuery {
  organizationId: string;
  projectId: string;
  keyId: string;
  size: BucketSize;
  from: Date;
  to: Date;
}

/** The sums of one key in each bucket, by model, out of what settlement adds up by hour. One query. */
export function sumKeyModels({
  organizationId,
  projectId,
  keyId,
  size,
  from,
  to,
}: KeyUsageQuery): Promise<BreakdownRow[]> {
  return prisma().$queryRaw<BreakdownRow[]>`
    SELECT date_bin(${BINS[size]}, hour, ${ORIGIN}) AS bucket, model AS "group", NULL AS name,
      sum(requests)::bigint AS requests, sum(errors)::bigint AS errors,
      sum(prompt_tokens)::bigint AS prompt_tokens, sum(completion_tokens)::bigint AS completion_tokens,
      coalesce(sum(cost) FILTER (WHERE environment = 'live'), 0)::bigint AS cost
    FROM usage_hour
    WHERE organization_id = ${organizationId} AND project_id = ${projectId} AND api_key_id = ${keyId}
      AND hour >= ${from}::timestamptz AND hour < ${to}::timestamptz
    GROUP BY 1, 2 ORDER BY 1, 2`;
}

/** The sums of one key's newest receipts, at most `most` of them, by endpoint; the hourly sums know none. One query. */
export function sumKeyEndpoints(
  { projectId, keyId, size, from, to }: Omit<KeyUsageQuery, "organizationId">,
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
