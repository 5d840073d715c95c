import { z } from "zod";
import type { Usage } from "@/lib/catalog/price";
import { type KeptAnswer, KeptHeaders } from "@/lib/gateway/kept-answer";
import { pool } from "@/lib/infra/db";

/** A kept answer of a project's response cache: what was given, who made it, and of how many tokens. */
export interface CachedAnswer extends KeptAnswer {
  /** The request that was served. */
  requestId: string;
  provider: string;
  /** Bare catalogue name. */
  model: string;
  finishReason: string | null;
  usage: Usage;
}

const tokens = z.number().int().min(0);
const StoredUsage = z.object({
  promptTokens: tokens,
  cachedTokens: tokens,
  cacheWriteTokens: tokens,
  completionTokens: tokens,
  reasoningTokens: tokens,
  estimated: z.boolean(),
});

/** What a project may have kept at once; beyond it, the oldest go. */
export interface CacheBounds {
  answers: number;
  /** Of bodies. */
  bytes: number;
}

/** The answer that a project has under this hash, no older than `seconds`; null when there is none. */
export async function readCached(projectId: string, hash: string, seconds: number): Promise<CachedAnswer | null> {
  const result = await pool().query<{
    request_id: string;
    provider: string;
    model: string;
    finish_reason: string | null;
    usage: unknown;
    headers: unknown;
    body: Buffer;
  }>({
    name: "cache-read",
    text: `SELECT request_id, provider, model, finish_reason, usage, headers, body FROM cached_answer
     WHERE project_id = $1 AND request_hash = $2 AND expires_at > clock_timestamp()
       AND created_at > clock_timestamp() - make_interval(secs => $3)`,
    values: [projectId, hash, seconds],
  });
  const [row] = result.rows;
  if (!row) return null;
  return {
    status: 200,
    requestId: row.request_id,
    provider: row.provider,
    model: row.model,
    finishReason: row.finish_reason,
    usage: StoredUsage.parse(row.usage),
    headers: KeptHeaders.parse(row.headers),
    body: row.body,
  };
}

/**
 * Keeps an answer for `seconds`, in place of an older one, as long as its key is what it was at admission: so nothing is
 * kept once the cache was cleared, switched off or set otherwise while the request ran. The key is held as it is
 * meanwhile, and who clears bumps it first, so one of the two comes after the other.
 */
export async function keepCached(
  key: { id: string; version: bigint; projectId: string },
  hash: string,
  answer: CachedAnswer,
  seconds: number,
): Promise<void> {
  await pool().query({
    name: "cache-keep",
    text: `WITH k AS MATERIALIZED (SELECT id FROM api_key WHERE id = $1 AND version = $2 FOR SHARE)
     INSERT INTO cached_answer (project_id, request_hash, request_id, provider, model, finish_reason, usage, headers, body, created_at, expires_at)
     SELECT $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11, t.now, t.now + make_interval(secs => $12)
     FROM k CROSS JOIN (SELECT clock_timestamp() AS now) t
     ON CONFLICT (project_id, request_hash) DO UPDATE SET request_id = excluded.request_id, provider = excluded.provider, model = excluded.model,
       finish_reason = excluded.finish_reason, usage = excluded.usage, headers = excluded.headers, body = excluded.body,
       created_at = excluded.created_at, expires_at = excluded.expires_at`,
    values: [
      key.id,
      key.version,
      key.projectId,
      hash,
      answer.requestId,
      answer.provider,
      answer.model,
      answer.finishReason,
      JSON.stringify(answer.usage),
      JSON.stringify(answer.headers),
      answer.body,
      seconds,
    ],
  });
}

/**
 * Deletes a project's oldest answers until what is left is within the bounds. To be called after each keeping, as a
 * statement of its own: the last of several at once sees what all of them kept. One that was counted as old and is kept
 * anew meanwhile stays.
 */
export async function evictOldest(projectId: string, bounds: CacheBounds): Promise<void> {
  await pool().query({
    name: "cache-evict",
    text: `DELETE FROM cached_answer WHERE project_id = $1 AND request_hash IN (
       SELECT old.request_hash FROM cached_answer old JOIN (
         SELECT request_hash, created_at, row_number() OVER newest AS place, sum(octet_length(body)) OVER newest AS bytes
         FROM cached_answer WHERE project_id = $1
         WINDOW newest AS (ORDER BY created_at DESC, request_hash ROWS UNBOUNDED PRECEDING)
       ) AS counted ON counted.request_hash = old.request_hash AND counted.created_at = old.created_at
       WHERE old.project_id = $1 AND (counted.place > $2 OR counted.bytes > $3)
       FOR UPDATE OF old SKIP LOCKED)`,
    values: [projectId, bounds.answers, bounds.bytes],
  });
}

/**
 * Deletes cached answers whose time is over, oldest first.
 * @returns how many were deleted.
 */
export async function purgeCached(limit: number): Promise<number> {
  const result = await pool().query(
    `DELETE FROM cached_answer WHERE (project_id, request_hash) IN (
       SELECT project_id, request_hash FROM cached_answer WHERE expires_at < clock_timestamp()
       ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
  return result.rowCount ?? 0;
}
