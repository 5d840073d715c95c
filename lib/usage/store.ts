import { prisma } from "@/lib/infra/db";
import { type BilledTo, type KeyEnvironment, type Outcome, Prisma } from "@/lib/infra/prisma-client/client";

/** A receipt as the database has it, with the name of its key. */
export interface ReceiptRow {
  id: string;
  created_at: Date;
  api_key_id: string;
  key_name: string | null;
  end_user_id: string | null;
  environment: KeyEnvironment;
  endpoint: string;
  outcome: Outcome;
  status: number;
  error_code: string | null;
  error_message: string | null;
  refusal: unknown;
  requested_model: string;
  model: string | null;
  provider: string | null;
  provider_key_id: string | null;
  streamed: boolean;
  cancelled: boolean;
  finish_reason: string | null;
  is_byok: boolean;
  billed_to: BilledTo;
  prompt_tokens: bigint;
  cached_tokens: bigint;
  cache_write_tokens: bigint;
  completion_tokens: bigint;
  reasoning_tokens: bigint;
  usage_estimated: boolean;
  input_price: bigint | null;
  output_price: bigint | null;
  cached_input_price: bigint | null;
  cache_write_price: bigint | null;
  hold: bigint;
  cost: bigint | null;
  charged: bigint;
  operator_loss: bigint;
  attempts: unknown;
  latency_ms: number;
  first_token_ms: number | null;
  client_request_id: string | null;
  client_address: string | null;
  cached_from: string | null;
  settled_at: Date;
}

/** With the name that our customer gave the end user. */
export interface FullReceiptRow extends ReceiptRow {
  end_user: string | null;
}

/** What stands for one request in a list sorted by time. */
export interface Position {
  createdAt: Date;
  id: string;
}

export interface RequestFilters {
  keyId?: string;
  /** error: an HTTP status of 400 or more. */
  status?: "ok" | "error";
  /** As the caller asked for it, or as the catalogue names it. */
  model?: string;
  provider?: string;
  /** As our customer names them. */
  endUser?: string;
  from?: Date;
  /** Not included. */
  to?: Date;
}

/**
 * Of filters that no index serves, a statement looks at this many receipts at most, and says how far it came: a name that
 * is nowhere must not read a year.
 */
export const SCAN_ROWS = 20_000;

/** Days back from where a page starts, one after the other: most pages need a few partitions, and plan no more. */
const WINDOW_DAYS = [2, 14, 90, 400];
const DAY_MS = 86_400_000;

/**
 * The statement behind `findRequestPage`, over the receipts from `since` on. The plain condition on the time is what the
 * index and the daily partitions can use; the pair after it makes pages neither skip nor repeat a row of the same
 * millisecond.
 */
export function requestPage(
  projectId: string,
  before: Position,
  since: Date | null,
  limit: number,
  filters: RequestFilters,
): Prisma.Sql {
  const { model, provider } = filters;
  const scanned = [
    ...(model ? [Prisma.sql`(model = ${model} OR requested_model = ${model})`] : []),
    ...(provider ? [Prisma.sql`provider = ${provider}`] : []),
  ];
  const rows = (columns: Prisma.Sql, count: number) =>
    Prisma.sql`SELECT ${columns} FROM request WHERE ${indexed(projectId, before, since, filters)} ORDER BY created_at DESC, id DESC LIMIT ${count}`;
  const page =
    scanned.length === 0
      ? rows(Prisma.sql`*`, limit)
      : Prisma.sql`SELECT * FROM (${rows(Prisma.sql`*`, SCAN_ROWS)}) AS scanned WHERE ${Prisma.join(scanned, " AND ")} LIMIT ${limit}`;
  return Prisma.sql`
    SELECT page.*, api_key.name AS key_name
    FROM (${page}) AS page
    LEFT JOIN api_key ON api_key.id = page.api_key_id
    ORDER BY page.created_at DESC, page.id DESC`;
}

/** The conditions that an index serves. */
function indexed(
  projectId: string,
  { createdAt, id }: Position,
  since: Date | null,
  { keyId, status, endUser }: RequestFilters,
): Prisma.Sql {
  return Prisma.join(
    [
      Prisma.sql`project_id = ${projectId}`,
      Prisma.sql`created_at <= ${createdAt}::timestamptz AND (created_at, id) < (${createdAt}::timestamptz, ${id})`,
      ...(since ? [Prisma.sql`created_at >= ${since}::timestamptz`] : []),
      ...(keyId ? [Prisma.sql`api_key_id = ${keyId}`] : []),
      ...(status ? [status === "ok" ? Prisma.sql`status < 400` : Prisma.sql`status >= 400`] : []),
      ...(endUser
        ? [
            Prisma.sql`end_user_id = (SELECT e.id FROM end_user e JOIN project p ON p.organization_id = e.organization_id
              WHERE p.id = ${projectId} AND e.external_id = ${endUser})`,
          ]
        : []),
    ],
    " AND ",
  );
}

/** The oldest receipt that a statement of `requestPage` looked at, where it stopped before it was through. */
async function findScanEnd(
  projectId: string,
  before: Position,
  since: Date | null,
  filters: RequestFilters,
): Promise<Position | null> {
  const [end] = await prisma().$queryRaw<{ created_at: Date; id: string }[]>`
    SELECT created_at, id FROM request WHERE ${indexed(projectId, before, since, filters)}
    ORDER BY created_at DESC, id DESC OFFSET ${SCAN_ROWS - 1} LIMIT 1`;
  return end ? { createdAt: end.created_at, id: end.id } : null;
}

/**
 * Receipts of a project before a position, newest first. `searchedTo` is where the search stopped before it had as many
 * as asked for: there may be more beyond.
 */
export async function findRequestPage(
  projectId: string,
  before: Position | null,
  limit: number,
  filters: RequestFilters,
): Promise<{ rows: ReceiptRow[]; searchedTo: Position | null }> {
  // Ids are longer than the empty text, so that nothing of that very millisecond is in.
  const newest = { createdAt: filters.to ?? new Date(Date.now() + DAY_MS), id: "" };
  let place = before !== null && before.createdAt < newest.createdAt ? before : newest;
  const start = place.createdAt.getTime();
  const rows: ReceiptRow[] = [];
  for (const days of [...WINDOW_DAYS, null]) {
    const bound = days === null ? null : new Date(start - days * DAY_MS);
    const isLast = bound === null || (filters.from !== undefined && bound <= filters.from);
    const since = isLast ? (filters.from ?? null) : bound;
    const missing = limit - rows.length;
    const found = await prisma().$queryRaw<ReceiptRow[]>(requestPage(projectId, place, since, missing, filters));
    rows.push(...found);
    if (rows.length >= limit) break;
    if (filters.model || filters.provider) {
      const searchedTo = await findScanEnd(projectId, place, since, filters);
      if (searchedTo) return { rows, searchedTo };
    }
    if (isLast) break;
    // Everything from the bound on was looked at.
    place = { createdAt: since ?? place.createdAt, id: "" };
  }
  return { rows, searchedTo: null };
}

/** One receipt of a project. The time span, which the id tells, leads to the one partition that can have it. */
export async function findReceipt(projectId: string, id: string, from: Date, to: Date): Promise<FullReceiptRow | null> {
  const rows = await prisma().$queryRaw<FullReceiptRow[]>`
    SELECT request.*, api_key.name AS key_name, end_user.external_id AS end_user
    FROM request LEFT JOIN api_key ON api_key.id = request.api_key_id LEFT JOIN end_user ON end_user.id = request.end_user_id
    WHERE request.id = ${id} AND request.project_id = ${projectId}
      AND request.created_at BETWEEN ${from}::timestamptz AND ${to}::timestamptz
    LIMIT 1`;
  return rows[0] ?? null;
}

/** Sums over one key's rollups, in nano-dollars: since ever and since three times, all and what own provider keys served. */
export interface KeyUsageRow {
  ever: bigint;
  daily: bigint;
  weekly: bigint;
  monthly: bigint;
  byok_ever: bigint;
  byok_daily: bigint;
  byok_weekly: bigint;
  byok_monthly: bigint;
}

/** The sums of a key's rollups, all at one moment; zeroes when it has none. */
export async function sumKeyUsage(
  { organizationId, projectId, keyId }: { organizationId: string; projectId: string; keyId: string },
  since: { day: Date; week: Date; month: Date },
): Promise<KeyUsageRow> {
  const [row] = await prisma().$queryRaw<[KeyUsageRow]>`
    SELECT coalesce(sum(cost), 0)::bigint AS ever,
      coalesce(sum(cost) FILTER (WHERE hour >= ${since.day}::timestamptz), 0)::bigint AS daily,
      coalesce(sum(cost) FILTER (WHERE hour >= ${since.week}::timestamptz), 0)::bigint AS weekly,
      coalesce(sum(cost) FILTER (WHERE hour >= ${since.month}::timestamptz), 0)::bigint AS monthly,
      coalesce(sum(byok_cost), 0)::bigint AS byok_ever,
      coalesce(sum(byok_cost) FILTER (WHERE hour >= ${since.day}::timestamptz), 0)::bigint AS byok_daily,
      coalesce(sum(byok_cost) FILTER (WHERE hour >= ${since.week}::timestamptz), 0)::bigint AS byok_weekly,
      coalesce(sum(byok_cost) FILTER (WHERE hour >= ${since.month}::timestamptz), 0)::bigint AS byok_monthly
    FROM usage_hour
    WHERE organization_id = ${organizationId} AND project_id = ${projectId} AND api_key_id = ${keyId}`;
  return row;
}

/** What a project's calls with own provider keys would have cost since a time, by provider, in nano-dollars. */
export function findByokCosts(
  { organizationId, projectId }: { organizationId: string; projectId: string },
  since: Date,
): Promise<{ provider: string; cost: bigint }[]> {
  return prisma().$queryRaw<{ provider: string; cost: bigint }[]>`
    SELECT provider, sum(byok_cost)::bigint AS cost FROM usage_hour
    WHERE organization_id = ${organizationId} AND project_id = ${projectId} AND hour >= ${since}::timestamptz
    GROUP BY provider HAVING sum(byok_cost) > 0`;
}

/** An end user's receipts, of one project where it is named, newest first. */
export function findEndUserRequests(
  { endUserId, projectId }: { endUserId: string; projectId?: string | undefined },
  skip: number,
  limit: number,
): Promise<ReceiptRow[]> {
  const inProject = projectId === undefined ? Prisma.empty : Prisma.sql`AND project_id = ${projectId}`;
  return prisma().$queryRaw<ReceiptRow[]>`
    SELECT page.*, api_key.name AS key_name
    FROM (
      SELECT * FROM request WHERE end_user_id = ${endUserId} ${inProject} ORDER BY created_at DESC, id DESC LIMIT ${limit} OFFSET ${skip}
    ) AS page
    LEFT JOIN api_key ON api_key.id = page.api_key_id
    ORDER BY page.created_at DESC, page.id DESC`;
}

export type GroupBy = "day" | "hour" | "model" | "provider" | "key" | "user";

/** What of all usage is summed; what is left out narrows nothing. */
export interface UsageFilter {
  organizationId?: string | undefined;
  projectId?: string | undefined;
  keyId?: string | undefined;
  model?: string | undefined;
  /** As our customer names them. */
  endUser?: string | undefined;
  from?: Date | undefined;
  /** Not included. */
  to?: Date | undefined;
}

export interface GroupRow {
  group: string | null;
  requests: bigint;
  errors: bigint;
  prompt_tokens: bigint;
  completion_tokens: bigint;
  cost: bigint;
  charged: bigint;
}

/** ISO 8601 of UTC, whatever the session's time zone is. */
const dayOf = (time: Prisma.Sql) => Prisma.sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`;
const hourOf = (time: Prisma.Sql) => Prisma.sql`to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:00:00"Z"')`;

function narrowed(time: Prisma.Sql, { organizationId, projectId, keyId, model, from, to }: UsageFilter): Prisma.Sql[] {
  return [
    Prisma.sql`true`,
    ...(organizationId === undefined ? [] : [Prisma.sql`u.organization_id = ${organizationId}`]),
    ...(projectId === undefined ? [] : [Prisma.sql`u.project_id = ${projectId}`]),
    ...(keyId === undefined ? [] : [Prisma.sql`u.api_key_id = ${keyId}`]),
    ...(model === undefined ? [] : [Prisma.sql`u.model = ${model}`]),
    ...(from === undefined ? [] : [Prisma.sql`${time} >= ${from}::timestamptz`]),
    ...(to === undefined ? [] : [Prisma.sql`${time} < ${to}::timestamptz`]),
  ];
}

function groupOf(groupBy: Exclude<GroupBy, "user">, time: Prisma.Sql): Prisma.Sql {
  switch (groupBy) {
    case "day":
      return dayOf(time);
    case "hour":
      return hourOf(time);
    case "model":
      return Prisma.sql`u.model`;
    case "provider":
      return Prisma.sql`u.provider`;
    case "key":
      return Prisma.sql`u.api_key_id`;
  }
}

/** Times newest first, others dearest first. */
function orderOf(groupBy: GroupBy): Prisma.Sql {
  return groupBy === "day" || groupBy === "hour" ? Prisma.sql`1 DESC` : Prisma.sql`6 DESC, 2 DESC, 1`;
}

/** Sums over the hourly rollups, by anything but the end user, of whom they know nothing. */
export function sumUsageBy(groupBy: GroupBy, filter: UsageFilter, skip: number, limit: number): Promise<GroupRow[]> {
  if (groupBy === "user") return sumReceiptsBy(groupBy, filter, skip, limit);
  const time = Prisma.sql`u.hour`;
  return prisma().$queryRaw<GroupRow[]>`
    SELECT ${groupOf(groupBy, time)} AS "group", sum(requests)::bigint AS requests, sum(errors)::bigint AS errors,
      sum(prompt_tokens)::bigint AS prompt_tokens, sum(completion_tokens)::bigint AS completion_tokens,
      sum(cost)::bigint AS cost, sum(charged)::bigint AS charged
    FROM usage_hour u WHERE ${Prisma.join(narrowed(time, filter), " AND ")}
    GROUP BY 1 ORDER BY ${orderOf(groupBy)} LIMIT ${limit} OFFSET ${skip}`;
}

/** Sums over the receipts themselves, by anything. */
export function sumReceiptsBy(groupBy: GroupBy, filter: UsageFilter, skip: number, limit: number): Promise<GroupRow[]> {
  const time = Prisma.sql`u.created_at`;
  const group = groupBy === "user" ? Prisma.sql`e.external_id` : groupOf(groupBy, time);
  const conditions = [
    ...narrowed(time, filter),
    ...(filter.endUser === undefined ? [] : [Prisma.sql`e.external_id = ${filter.endUser}`]),
  ];
  return prisma().$queryRaw<GroupRow[]>`
    SELECT ${group} AS "group", count(*) AS requests, count(*) FILTER (WHERE u.status >= 400) AS errors,
      sum(u.prompt_tokens)::bigint AS prompt_tokens, sum(u.completion_tokens)::bigint AS completion_tokens,
      coalesce(sum(u.cost), 0)::bigint AS cost, sum(u.charged)::bigint AS charged
    FROM request u LEFT JOIN end_user e ON e.id = u.end_user_id
    WHERE ${Prisma.join(conditions, " AND ")}
    GROUP BY 1 ORDER BY ${orderOf(groupBy)} LIMIT ${limit} OFFSET ${skip}`;
}
