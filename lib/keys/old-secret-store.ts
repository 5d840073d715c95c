import { prisma, type Tx } from "@/lib/infra/db";

/**
 * Notes that these secrets were used now. One that a rotation is just ending is passed over, so this waits for nothing and
 * nothing that holds locks waits for it long; no version is bumped, because nothing is decided by it.
 */
export async function saveOldSecretUses(secretIds: readonly string[]): Promise<void> {
  await prisma().$executeRaw`
    UPDATE api_key_secret SET last_used_at = clock_timestamp()
    FROM (SELECT id FROM api_key_secret WHERE id = ANY (${[...secretIds]}::text[]) FOR UPDATE SKIP LOCKED) AS free
    WHERE api_key_secret.id = free.id`;
}

/** An old secret that was used near the end of its grace period. */
export interface LateUse {
  keyId: string;
  keyName: string;
  organizationId: string;
  projectId: string;
  createdById: string | null;
  prefix: string;
  lastFour: string;
  expiresAt: Date;
  lastUsedAt: Date;
}

/**
 * Takes the old secrets that were used near their end (`nearEndSince` in `old-secret.ts` says the same) and of which nobody
 * was told, at most `limit`; each is given to one caller only, who tells about it in this transaction.
 */
export function takeLateUses(tx: Tx, limit: number): Promise<LateUse[]> {
  return tx.$queryRaw<LateUse[]>`
    WITH late AS MATERIALIZED (
      SELECT s.id FROM api_key_secret s
      JOIN api_key k ON k.id = s.api_key_id AND k.kind = 'issued' AND k.status = 'active'
      JOIN project p ON p.id = k.project_id AND p.deleted_at IS NULL
      CROSS JOIN LATERAL (SELECT max(n.created_at) AS rotated_at FROM api_key_secret n WHERE n.api_key_id = k.id AND n.id <> s.id) n
      WHERE s.expires_at > clock_timestamp() AND s.warned_at IS NULL
        AND s.last_used_at >= s.expires_at - least((s.expires_at - n.rotated_at) / 4, interval '1 day')
      ORDER BY s.id LIMIT ${limit} FOR UPDATE OF s SKIP LOCKED
    )
    UPDATE api_key_secret s SET warned_at = clock_timestamp() FROM late, api_key k
    WHERE s.id = late.id AND k.id = s.api_key_id
    RETURNING k.id AS "keyId", k.name AS "keyName", k.organization_id AS "organizationId", k.project_id AS "projectId",
      k.created_by_id AS "createdById", s.prefix, s.last_four AS "lastFour", s.expires_at AS "expiresAt", s.last_used_at AS "lastUsedAt"`;
}
