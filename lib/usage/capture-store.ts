import { pool, prisma } from "@/lib/infra/db";

/** The bodies of one request, as the database keeps them. */
export interface CaptureRow {
  requestId: string;
  projectId: string;
  /** The receipt's time; ms since 1970. */
  createdAt: number;
  requestBody: string;
  requestCut: boolean;
  answerBody: string;
  answerCut: boolean;
}

/**
 * Keeps bodies, of those projects that keep them now: of one that was deleted or changed its mind while the request ran,
 * nothing is kept afterwards. The projects are held as they are meanwhile, as a change of theirs holds them.
 */
export async function insertCaptures(rows: readonly CaptureRow[]): Promise<void> {
  await pool().query({
    name: "capture-keep",
    text: `WITH p AS MATERIALIZED (
       SELECT id FROM project WHERE id = ANY ($2::text[]) AND retention = 'full' AND deleted_at IS NULL ORDER BY id FOR SHARE)
     INSERT INTO capture (request_id, project_id, created_at, request_body, request_cut, answer_body, answer_cut)
     SELECT c.request_id, c.project_id, to_timestamp(c.created_at / 1000.0), c.request_body, c.request_cut, c.answer_body, c.answer_cut
     FROM unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::bool[], $6::text[], $7::bool[])
       AS c (request_id, project_id, created_at, request_body, request_cut, answer_body, answer_cut)
     JOIN p ON p.id = c.project_id
     ON CONFLICT (request_id) DO NOTHING`,
    values: [
      rows.map(({ requestId }) => requestId),
      rows.map(({ projectId }) => projectId),
      rows.map(({ createdAt }) => createdAt),
      rows.map(({ requestBody }) => requestBody),
      rows.map(({ requestCut }) => requestCut),
      rows.map(({ answerBody }) => answerBody),
      rows.map(({ answerCut }) => answerCut),
    ],
  });
}

/** What is kept of a request, no older than `days`; null where its project keeps nothing now. */
export async function findCapture(projectId: string, requestId: string, days: number): Promise<CaptureRow | null> {
  const [row] = await prisma().$queryRaw<(Omit<CaptureRow, "createdAt"> & { createdAt: Date })[]>`
    SELECT c.request_id AS "requestId", c.project_id AS "projectId", c.created_at AS "createdAt",
      c.request_body AS "requestBody", c.request_cut AS "requestCut", c.answer_body AS "answerBody", c.answer_cut AS "answerCut"
    FROM capture c JOIN project p ON p.id = c.project_id AND p.retention = 'full' AND p.deleted_at IS NULL
    WHERE c.request_id = ${requestId} AND c.project_id = ${projectId}
      AND c.created_at > clock_timestamp() - make_interval(days => ${days}::int)`;
  return row ? { ...row, createdAt: row.createdAt.getTime() } : null;
}

/**
 * Deletes bodies that are older than `days`, oldest first.
 * @returns how many were deleted.
 */
export async function purgeOldCaptures(limit: number, days: number): Promise<number> {
  const result = await pool().query(
    `DELETE FROM capture WHERE request_id IN (
       SELECT request_id FROM capture WHERE created_at < clock_timestamp() - make_interval(days => $2)
       ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit, days],
  );
  return result.rowCount ?? 0;
}

/**
 * Deletes bodies of projects that were deleted, or keep bodies no more. The projects that have any are found one by one in
 * the index, however many bodies each has.
 * @returns how many were deleted.
 */
export async function purgeUnkeptCaptures(limit: number): Promise<number> {
  const result = await pool().query(
    `WITH RECURSIVE kept AS (
       (SELECT project_id AS id FROM capture ORDER BY project_id LIMIT 1)
       UNION ALL
       SELECT (SELECT c.project_id FROM capture c WHERE c.project_id > kept.id ORDER BY c.project_id LIMIT 1)
       FROM kept WHERE kept.id IS NOT NULL
     )
     DELETE FROM capture WHERE request_id IN (
       SELECT c.request_id FROM kept JOIN project p ON p.id = kept.id AND (p.retention <> 'full' OR p.deleted_at IS NOT NULL)
       JOIN capture c ON c.project_id = p.id LIMIT $1 FOR UPDATE OF c SKIP LOCKED)`,
    [limit],
  );
  return result.rowCount ?? 0;
}
