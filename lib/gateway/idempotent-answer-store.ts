import { type KeptAnswer, KeptHeaders } from "@/lib/gateway/kept-answer";
import { pool } from "@/lib/infra/db";

/** Which claim of an `Idempotency-Key` is meant: another request's on the same key is never touched. */
export interface ClaimId {
  apiKeyId: string;
  key: string;
  requestId: string;
}

/** What the database has under a key: `answer` is null while the first request is running. */
export interface KeptRow {
  requestId: string;
  bodyHash: string;
  answer: KeptAnswer | null;
}

/**
 * Takes a key for this request, for `leaseSeconds` at first; whoever comes later, on whatever instance, is told false. A
 * key whose time is over is taken from the one before, but not from a request that still holds something.
 */
export async function claimKey(claim: ClaimId, bodyHash: string, leaseSeconds: number): Promise<boolean> {
  const result = await pool().query({
    name: "idempotency-claim",
    text: `INSERT INTO idempotent_answer AS kept (api_key_id, key, request_id, body_hash, expires_at)
     VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
     ON CONFLICT (api_key_id, key) DO UPDATE SET request_id = excluded.request_id, body_hash = excluded.body_hash,
       status = NULL, headers = NULL, body = NULL, created_at = clock_timestamp(), expires_at = excluded.expires_at
     WHERE kept.expires_at < clock_timestamp()
       AND (kept.status IS NOT NULL OR NOT EXISTS (SELECT 1 FROM hold WHERE hold.request_id = kept.request_id))`,
    values: [claim.apiKeyId, claim.key, claim.requestId, bodyHash, leaseSeconds],
  });
  return result.rowCount === 1;
}

/** What is under a key now; null when nothing is. */
export async function readKept(apiKeyId: string, key: string): Promise<KeptRow | null> {
  const result = await pool().query<{
    request_id: string;
    body_hash: string;
    status: number | null;
    headers: unknown;
    body: Buffer | null;
  }>({
    name: "idempotency-read",
    text: "SELECT request_id, body_hash, status, headers, body FROM idempotent_answer WHERE api_key_id = $1 AND key = $2",
    values: [apiKeyId, key],
  });
  const [row] = result.rows;
  if (!row) return null;
  return {
    requestId: row.request_id,
    bodyHash: row.body_hash,
    answer:
      row.status === null || row.body === null
        ? null
        : { status: row.status, headers: KeptHeaders.parse(row.headers), body: row.body },
  };
}

/** Puts the answer in the claim's place, for `seconds` from now; without the claim, nothing happens. */
export async function keepAnswer(claim: ClaimId, answer: KeptAnswer, seconds: number): Promise<void> {
  await pool().query({
    name: "idempotency-keep",
    text: `UPDATE idempotent_answer
     SET status = $4, headers = $5::jsonb, body = $6, expires_at = clock_timestamp() + make_interval(secs => $7)
     WHERE api_key_id = $1 AND key = $2 AND request_id = $3 AND status IS NULL`,
    values: [
      claim.apiKeyId,
      claim.key,
      claim.requestId,
      answer.status,
      JSON.stringify(answer.headers),
      answer.body,
      seconds,
    ],
  });
}

/** Gives the key back, where nothing was kept; without the claim, nothing happens. */
export async function freeKey(claim: ClaimId): Promise<void> {
  await pool().query({
    name: "idempotency-free",
    text: `DELETE FROM idempotent_answer WHERE api_key_id = $1 AND key = $2 AND request_id = $3 AND status IS NULL`,
    values: [claim.apiKeyId, claim.key, claim.requestId],
  });
}

/** Moves the claims of requests that are running to `seconds` from now, as their holds are. */
export async function extendClaims(requestIds: readonly string[], seconds: number): Promise<void> {
  await pool().query(
    `UPDATE idempotent_answer SET expires_at = clock_timestamp() + make_interval(secs => $2)
     WHERE status IS NULL AND request_id = ANY ($1::text[])`,
    [requestIds, seconds],
  );
}

/**
 * Deletes answers and claims whose time is over, oldest first; a claim whose request still holds something stays.
 * @returns how many were deleted.
 */
export async function purgeExpired(limit: number): Promise<number> {
  const result = await pool().query(
    `DELETE FROM idempotent_answer WHERE (api_key_id, key) IN (
       SELECT api_key_id, key FROM idempotent_answer kept
       WHERE expires_at < clock_timestamp()
         AND (status IS NOT NULL OR NOT EXISTS (SELECT 1 FROM hold WHERE hold.request_id = kept.request_id))
       ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
  return result.rowCount ?? 0;
}
