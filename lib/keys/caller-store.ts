import { compileRules, type StoredRule } from "@/lib/iam/compile-rules";
import { pool } from "@/lib/infra/db";
import type { Caller, CallerMeter, CallerProviderKey } from "@/lib/keys/caller";

/**
 * `source` joins the key (k), its project (p) and the end user (e) of a request; `validUntil` is the end of the credential,
 * `oldSecretId` the secret that was used, where it was rotated away.
 */
const callerFrom = (source: string, validUntil: string, oldSecretId: string) => `
SELECT k.id, k.name, k.kind, k.version, k.status, k.environment, k.scopes, k.organization_id, k.project_id, p.mode, p.cache_ttl_seconds, p.retention = 'full' AS keeps_bodies, p.deleted_at IS NOT NULL AS project_deleted,
  k.kind <> 'master' AND (p.paused_at IS NOT NULL OR EXISTS (SELECT FROM organization o WHERE o.id = k.organization_id AND o.paused_at IS NOT NULL)) AS paused,
  e.id AS end_user_id, e.external_id AS end_user, e.blocked OR e.deleted_at IS NOT NULL AS end_user_blocked,
  extract(epoch FROM ${validUntil}) * 1000 AS valid_until, coalesce(${validUntil} <= clock_timestamp(), false) AS expired, ${oldSecretId} AS old_secret_id,
  (SELECT coalesce(json_agg(json_build_object('id', m.id::text, 'subject', m.subject, 'kind', m.kind, 'unit', m.unit, 'period', m.period, 'perMinute', CASE WHEN m.kind = 'rate' THEN m."limit" END) ORDER BY m.id), '[]')
   FROM meter m WHERE (m.subject = 'api_key' AND m.subject_id = k.id) OR (m.subject = 'project' AND m.subject_id = k.project_id)
     OR (m.subject = 'end_user' AND m.subject_id = e.id)
     OR (m.subject = 'organization' AND m.subject_id = k.organization_id AND (m.kind = 'credits' OR m."limit" IS NOT NULL))
     OR (m.subject = 'member' AND m."limit" IS NOT NULL AND m.subject_id = (SELECT mb.id FROM membership mb WHERE mb.organization_id = k.organization_id AND mb.user_id = k.created_by_id))) AS meters,
  (SELECT coalesce(json_agg(json_build_object('id', v.id, 'provider', v.provider, 'sealed', v.sealed, 'baseUrl', v.base_url, 'models', v.models, 'priority', v.priority)
     ORDER BY v.project_id IS NULL, v.priority, v.created_at), '[]')
   FROM provider_key v WHERE v.organization_id = k.organization_id AND (v.project_id = k.project_id OR v.project_id IS NULL) AND v.is_active) AS provider_keys,
  (SELECT json_agg(json_build_object('id', r.id, 'level', CASE WHEN r.api_key_id IS NOT NULL THEN 'key' WHEN r.project_id IS NOT NULL THEN 'project' ELSE 'member' END, 'type', r.type, 'value', r.value) ORDER BY r.created_at, r.id)
   FROM iam_rule r WHERE r.is_active AND (r.api_key_id = k.id OR r.project_id = k.project_id
     OR r.membership_id = (SELECT mb.id FROM membership mb WHERE mb.organization_id = k.organization_id AND mb.user_id = k.created_by_id))) AS rules
FROM ${source}`;

const CALLER = callerFrom(
  `api_key_secret s JOIN api_key k ON k.id = s.api_key_id JOIN project p ON p.id = k.project_id LEFT JOIN end_user e ON e.id = k.end_user_id
   WHERE s.hash = $1 AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())`,
  "least(k.expires_at, s.expires_at)",
  "CASE WHEN k.kind = 'issued' AND s.expires_at IS NOT NULL THEN s.id END",
);

const MASTER = callerFrom(
  `api_key k JOIN project p ON p.id = k.project_id
   LEFT JOIN end_user e ON e.organization_id = k.organization_id AND e.external_id = $1 AND e.deleted_at IS NULL
   WHERE k.kind = 'master'`,
  "k.expires_at",
  "NULL",
);

const LOCAL = callerFrom(
  `api_key k JOIN project p ON p.id = k.project_id LEFT JOIN end_user e ON e.id = k.end_user_id WHERE k.kind = 'local'`,
  "k.expires_at",
  "NULL",
);

interface CallerRow {
  id: string;
  name: string;
  kind: "issued" | "master" | "local";
  version: bigint;
  status: Caller["status"];
  environment: Caller["environment"];
  scopes: string[];
  organization_id: string;
  project_id: string;
  end_user_id: string | null;
  end_user: string | null;
  end_user_blocked: boolean | null;
  mode: Caller["mode"];
  cache_ttl_seconds: number | null;
  keeps_bodies: boolean;
  project_deleted: boolean;
  paused: boolean;
  valid_until: string | null;
  expired: boolean;
  old_secret_id: string | null;
  meters: (Omit<CallerMeter, "id"> & { id: string })[];
  provider_keys: CallerProviderKey[];
  /** null: none. */
  rules: StoredRule[] | null;
}

/** A pause of the project or the organisation is, for a request, a key that was disabled; the master key is neither's. */
function statusOf({ status, paused, project_deleted: projectDeleted, expired }: CallerRow): Caller["status"] {
  if (projectDeleted) return "deleted";
  if (status !== "active") return status;
  if (paused) return "inactive";
  return expired ? "expired" : "active";
}

/** Reads who a secret belongs to, by its SHA-256; null when nobody. One query. */
export async function readCaller(secretHash: string): Promise<Caller | null> {
  const result = await pool().query<CallerRow>({ name: "caller", text: CALLER, values: [secretHash] });
  return result.rows[0] ? callerOf(result.rows[0]) : null;
}

/**
 * The installation's own key, asking for one of the default organisation's end users, by the name that our customer gave
 * them; `endUser` is left out where nobody has that name. Null before `ensureDefaultProject`. One query.
 */
export async function readMasterCaller(endUser: string | null): Promise<Caller | null> {
  const result = await pool().query<CallerRow>({ name: "master", text: MASTER, values: [endUser] });
  return result.rows[0] ? callerOf(result.rows[0]) : null;
}

/** The local user, whom everyone is where authentication is off. Null before `ensureLocalUser`. One query. */
export async function readLocalCaller(): Promise<Caller | null> {
  const result = await pool().query<CallerRow>({ name: "local", text: LOCAL, values: [] });
  return result.rows[0] ? callerOf(result.rows[0]) : null;
}

function callerOf(row: CallerRow): Caller {
  return {
    keyId: row.id,
    keyName: row.name,
    version: row.version,
    status: statusOf(row),
    environment: row.environment,
    scopes: row.scopes,
    organizationId: row.organization_id,
    projectId: row.project_id,
    mode: row.mode,
    cacheTtlSeconds: row.cache_ttl_seconds,
    keepsBodies: row.keeps_bodies,
    endUserId: row.end_user_id,
    endUser: row.end_user === null ? undefined : { name: row.end_user, isBlocked: row.end_user_blocked === true },
    isMaster: row.kind === "master",
    validUntil: row.valid_until === null ? null : Math.floor(Number(row.valid_until)),
    oldSecretId: row.old_secret_id,
    meters: row.meters.map((meter) => ({ ...meter, id: BigInt(meter.id) })),
    providerKeys: row.provider_keys,
    rules: compileRules(row.rules ?? []),
  };
}
