import { compileRules, type StoredRule } from "@/lib/iam/compile-rules";
import { pool } from "@/lib/infra/db";
import type { Caller, CallerMeter, CallerProviderKey } from "@/lib/keys/caller";

const CALLER = `
SELECT k.id, k.name, k.version, k.status, k.environment, k.scopes, k.organization_id, k.project_id, k.end_user_id, p.mode, p.cache_ttl_seconds, p.deleted_at IS NOT NULL AS project_deleted,
  extract(epoch FROM least(k.expires_at, s.expires_at)) * 1000 AS valid_until,
  (SELECT coalesce(json_agg(json_build_object('id', m.id::text, 'subject', m.subject, 'kind', m.kind, 'unit', m.unit, 'perMinute', CASE WHEN m.kind = 'rate' THEN m."limit" END) ORDER BY m.id), '[]')
   FROM meter m WHERE (m.subject = 'api_key' AND m.subject_id = k.id) OR (m.subject = 'project' AND m.subject_id = k.project_id)
     OR (m.subject = 'organization' AND m.subject_id = k.organization_id) OR (m.subject = 'end_user' AND m.subject_id = k.end_user_id)
     OR (m.subject = 'member' AND m.subject_id = (SELECT mb.id FROM membership mb WHERE mb.organization_id = k.organization_id AND mb.user_id = k.created_by_id))) AS meters,
  (SELECT coalesce(json_agg(json_build_object('id', v.id, 'provider', v.provider, 'sealed', v.sealed, 'baseUrl', v.base_url, 'models', v.models, 'priority', v.priority)
     ORDER BY v.project_id IS NULL, v.priority, v.created_at), '[]')
   FROM provider_key v WHERE v.organization_id = k.organization_id AND (v.project_id = k.project_id OR v.project_id IS NULL) AND v.is_active) AS provider_keys,
  (SELECT json_agg(json_build_object('id', r.id, 'level', CASE WHEN r.api_key_id IS NOT NULL THEN 'key' WHEN r.project_id IS NOT NULL THEN 'project' ELSE 'member' END, 'type', r.type, 'value', r.value) ORDER BY r.created_at, r.id)
   FROM iam_rule r WHERE r.is_active AND (r.api_key_id = k.id OR r.project_id = k.project_id
     OR r.membership_id = (SELECT mb.id FROM membership mb WHERE mb.organization_id = k.organization_id AND mb.user_id = k.created_by_id))) AS rules
FROM api_key_secret s JOIN api_key k ON k.id = s.api_key_id JOIN project p ON p.id = k.project_id
WHERE s.hash = $1 AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())`;

interface CallerRow {
  id: string;
  name: string;
  version: bigint;
  status: Caller["status"];
  environment: Caller["environment"];
  scopes: string[];
  organization_id: string;
  project_id: string;
  end_user_id: string | null;
  mode: Caller["mode"];
  cache_ttl_seconds: number | null;
  project_deleted: boolean;
  valid_until: string | null;
  meters: (Omit<CallerMeter, "id"> & { id: string })[];
  provider_keys: CallerProviderKey[];
  /** null: none. */
  rules: StoredRule[] | null;
}

/** Reads who a secret belongs to, by its SHA-256; null when nobody. One query. */
export async function readCaller(secretHash: string): Promise<Caller | null> {
  const result = await pool().query<CallerRow>({ name: "caller", text: CALLER, values: [secretHash] });
  const row = result.rows[0];
  if (!row) return null;
  return {
    keyId: row.id,
    keyName: row.name,
    version: row.version,
    status: row.project_deleted ? "deleted" : row.status,
    environment: row.environment,
    scopes: row.scopes,
    organizationId: row.organization_id,
    projectId: row.project_id,
    mode: row.mode,
    cacheTtlSeconds: row.cache_ttl_seconds,
    endUserId: row.end_user_id,
    validUntil: row.valid_until === null ? null : Math.floor(Number(row.valid_until)),
    meters: row.meters.map((meter) => ({ ...meter, id: BigInt(meter.id) })),
    providerKeys: row.provider_keys,
    rules: compileRules(row.rules ?? []),
  };
}
