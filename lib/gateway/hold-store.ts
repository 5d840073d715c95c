import { pool } from "@/lib/infra/db";

/** A hold past its deadline, with what its receipt needs. */
export interface ExpiredHold {
  requestId: string;
  createdAt: number;
  organizationId: string;
  projectId: string;
  apiKeyId: string;
  environment: "live" | "test";
  endpoint: string;
  model: string;
  amount: bigint;
  instance: string;
}

/** Moves the deadlines of the given holds to `seconds` from now; those that a settle has locked are left alone. */
export async function extendHolds(requestIds: readonly string[], seconds: number): Promise<void> {
  await pool().query(
    `UPDATE hold SET deadline = clock_timestamp() + make_interval(secs => $2)
     WHERE request_id IN (SELECT request_id FROM hold WHERE request_id = ANY ($1::text[]) ORDER BY request_id FOR UPDATE SKIP LOCKED)`,
    [requestIds, seconds],
  );
}

/**
 * Holds whose deadline has passed, oldest first. After a restart of the database a living process gets the whole time
 * once more, since it could not move deadlines while the database was away.
 */
export async function readExpiredHolds(limit: number, graceSeconds: number): Promise<ExpiredHold[]> {
  const result = await pool().query<{
    request_id: string;
    created_at: Date;
    organization_id: string;
    project_id: string;
    api_key_id: string;
    environment: "live" | "test";
    endpoint: string;
    model: string;
    amount: bigint;
    instance: string;
  }>(
    `SELECT request_id, created_at, organization_id, project_id, api_key_id, environment, endpoint, model, amount, instance
     FROM hold WHERE deadline < clock_timestamp() AND clock_timestamp() > pg_postmaster_start_time() + make_interval(secs => $2)
     ORDER BY deadline LIMIT $1`,
    [limit, graceSeconds],
  );
  return result.rows.map((row) => ({
    requestId: row.request_id,
    createdAt: row.created_at.getTime(),
    organizationId: row.organization_id,
    projectId: row.project_id,
    apiKeyId: row.api_key_id,
    environment: row.environment,
    endpoint: row.endpoint,
    model: row.model,
    amount: row.amount,
    instance: row.instance,
  }));
}

/** Whether a hold for this request is still open anywhere. */
export async function isHeld(requestId: string): Promise<boolean> {
  const result = await pool().query("SELECT 1 FROM hold WHERE request_id = $1", [requestId]);
  return result.rows.length > 0;
}

/** Makes the receipts' partitions from yesterday to a week ahead. */
export async function ensurePartitions(): Promise<void> {
  await pool().query(
    "SELECT request_ensure_partitions((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + 7)",
  );
}
