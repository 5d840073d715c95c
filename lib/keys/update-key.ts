import type { Actor } from "@/lib/audit/actor";
import { type AuditValue, storedJson } from "@/lib/audit/canonical-json";
import { recordAudit } from "@/lib/audit/record";
import { formatUsd, type Usd } from "@/lib/core/money";
import { cleanText } from "@/lib/core/text";
import { auditedRule, type NewRule } from "@/lib/iam/rule-schema";
import { ruleView } from "@/lib/iam/rule-view";
import { replaceRules } from "@/lib/iam/store";
import { keyReach, notFound, permit } from "@/lib/identity/permit";
import { type Tx, transaction } from "@/lib/infra/db";
import type { Meter, Prisma } from "@/lib/infra/prisma-client/client";
import { refuseExpired } from "@/lib/keys/expiry";
import type { KeyView } from "@/lib/keys/key-view";
import { requireKey } from "@/lib/keys/read-keys";
import { KEY_NAME_CHARACTERS_MAX, type UsageLimitReset } from "@/lib/keys/schemas";
import type { Scope } from "@/lib/keys/scopes";
import { type KeyRow, lockKey, lockKeyMeters, saveKey } from "@/lib/keys/store";
import { createMeter, setMeterLimit } from "@/lib/meters/store";

/** What is left out stays as it is; null clears. */
export interface KeyChangeSet {
  name?: string;
  status?: "active" | "inactive";
  expiresAt?: Date | null;
  scopes?: readonly Scope[];
  usageLimit?: Usd | null;
  usageLimitReset?: UsageLimitReset;
  /** Requests and tokens a minute. */
  rateLimitRpm?: number | null;
  rateLimitTpm?: number | null;
  /** In place of all that it had. */
  rules?: readonly NewRule[];
  metadata?: Prisma.InputJsonObject;
}

export interface KeyUpdate {
  organizationId: string;
  keyId: string;
  changes: KeyChangeSet;
  /** Whether an expiry that has passed is taken as it is; refused when left out. */
  acceptsPastExpiry?: boolean;
  actor: Actor;
}

/**
 * Changes a key. A limit below what is used already refuses what comes next and takes nothing back. Every request
 * admitted after the commit is decided under the change.
 * @throws GatewayError not_found (also for keys that the actor may not change), forbidden, invalid_fields for an expiry
 * that has passed.
 */
export async function updateKey({
  organizationId,
  keyId,
  changes,
  acceptsPastExpiry = false,
  actor,
}: KeyUpdate): Promise<KeyView> {
  if (!acceptsPastExpiry) refuseExpired(changes.expiresAt);
  await transaction(async (tx) => {
    const createdById = await keyReach(tx, organizationId, actor);
    if (changes.scopes?.includes("admin:*")) await permit(tx, organizationId, actor, "organization.update");
    if (changes.rules !== undefined) await permit(tx, organizationId, actor, "rules.manage");
    const key = await lockKey(tx, { organizationId, keyId, createdById });
    if (!key) throw notFound("API key");
    const meters = await lockKeyMeters(tx, keyId);
    await saveKey(tx, keyId, {
      ...(changes.name === undefined ? {} : { name: cleanText(changes.name, KEY_NAME_CHARACTERS_MAX) }),
      ...(changes.status === undefined ? {} : { status: changes.status }),
      ...(changes.expiresAt === undefined ? {} : { expiresAt: changes.expiresAt }),
      ...(changes.metadata === undefined ? {} : { metadata: changes.metadata }),
      ...(changes.scopes === undefined ? {} : { scopes: [...new Set(changes.scopes)] }),
    });
    if (changes.rules !== undefined) await replaceRules(tx, { apiKeyId: keyId }, changes.rules);
    await changeSpendLimit(tx, meters, changes);
    await changeRate(tx, key, meters, "requests", changes.rateLimitRpm);
    await changeRate(tx, key, meters, "tokens", changes.rateLimitTpm);
    const { before, after } = described(key, meters, changes);
    await recordAudit(tx, { organizationId, actor, action: "key.update", target: `key:${keyId}`, before, after });
  });
  return requireKey({ organizationId, keyId });
}

function spendMeter(meters: readonly Meter[]): Meter | undefined {
  return meters.find((meter) => meter.kind === "spend" && meter.unit === "usd");
}

function rateMeter(meters: readonly Meter[], unit: "requests" | "tokens"): Meter | undefined {
  return meters.find((meter) => meter.kind === "rate" && meter.unit === unit);
}

async function changeSpendLimit(tx: Tx, meters: readonly Meter[], changes: KeyChangeSet): Promise<void> {
  if (changes.usageLimit === undefined && changes.usageLimitReset === undefined) return;
  const current = spendMeter(meters);
  const limit = changes.usageLimit === undefined ? (current?.limit ?? null) : changes.usageLimit;
  const period = changes.usageLimitReset ?? current?.period ?? "none";
  if (current) await setMeterLimit(tx, current.id, limit, period);
}

async function changeRate(
  tx: Tx,
  key: KeyRow,
  meters: readonly Meter[],
  unit: "requests" | "tokens",
  perMinute: number | null | undefined,
): Promise<void> {
  if (perMinute === undefined) return;
  const limit = perMinute === null ? null : BigInt(perMinute);
  const name = { subject: "api_key", subjectId: key.id, kind: "rate", unit } as const;
  const current = rateMeter(meters, unit);
  if (current) await setMeterLimit(tx, current.id, limit, "minute");
  else if (limit !== null) {
    await createMeter(tx, { ...name, organizationId: key.organizationId, limit, period: "minute" });
  }
}

/** The changed fields as they were and as they are, for the audit trail. */
function described(key: KeyRow, meters: readonly Meter[], changes: KeyChangeSet) {
  const spend = spendMeter(meters);
  const rate = (unit: "requests" | "tokens") => rateMeter(meters, unit)?.limit?.toString() ?? null;
  const amount = (value: bigint | null | undefined) => (value == null ? null : formatUsd(value));
  const all: [keyof KeyChangeSet, string, AuditValue, () => AuditValue][] = [
    ["name", "name", key.name, () => changes.name ?? null],
    ["status", "status", key.status, () => changes.status ?? null],
    ["expiresAt", "expires_at", key.expiresAt?.toISOString() ?? null, () => changes.expiresAt?.toISOString() ?? null],
    ["scopes", "scopes", key.scopes, () => [...(changes.scopes ?? [])]],
    ["usageLimit", "usage_limit", amount(spend?.limit), () => amount(changes.usageLimit)],
    ["usageLimitReset", "usage_limit_reset", spend?.period ?? "none", () => changes.usageLimitReset ?? null],
    ["rateLimitRpm", "rate_limit_rpm", rate("requests"), () => changes.rateLimitRpm?.toString() ?? null],
    ["rateLimitTpm", "rate_limit_tpm", rate("tokens"), () => changes.rateLimitTpm?.toString() ?? null],
    [
      "rules",
      "iam_rules",
      key.iamRules.map((row) => auditedRule(ruleView(row))),
      () => (changes.rules ?? []).map(auditedRule),
    ],
    ["metadata", "metadata", storedJson.parse(key.metadata), () => storedJson.parse(changes.metadata)],
  ];
  const changed = all.filter(([field]) => changes[field] !== undefined);
  return {
    before: Object.fromEntries(changed.map(([, name, was]) => [name, was])),
    after: Object.fromEntries(changed.map(([, name, , is]) => [name, is()])),
  };
}
