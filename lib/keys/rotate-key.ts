import type { Actor } from "@/lib/audit/actor";
import { recordAudit } from "@/lib/audit/record";
import { GatewayError } from "@/lib/core/errors";
import { keyReach, notFound } from "@/lib/identity/permit";
import { readClock } from "@/lib/infra/clock-store";
import { transaction } from "@/lib/infra/db";
import type { KeyView } from "@/lib/keys/key-view";
import { requireKey } from "@/lib/keys/read-keys";
import { GRACE_SECONDS_MAX } from "@/lib/keys/schemas";
import { generateSecret } from "@/lib/keys/secret";
import { insertSecret, lockKey, retireSecrets, saveKey } from "@/lib/keys/store";

export interface KeyRotation {
  organizationId: string;
  keyId: string;
  /** How long the old secret goes on working; 0: it is dead at once. At most 30 days. */
  gracePeriodSeconds: number;
  actor: Actor;
}

/** When an old secret stops working: after the grace period, and never later than the key itself. */
export function graceEnd(now: Date, gracePeriodSeconds: number, keyExpiresAt: Date | null): Date {
  const end = new Date(now.getTime() + gracePeriodSeconds * 1000);
  return keyExpiresAt !== null && keyExpiresAt < end ? keyExpiresAt : end;
}

/**
 * Gives a key a new secret; id, usage, limits and rules run on (CONTRACT section 10). The old secret works until the
 * grace period ends. A key has at most two secrets: one that was still in grace from an earlier rotation ends now.
 * @throws GatewayError not_found (also for keys that the actor may not change), forbidden, invalid_fields.
 */
export async function rotateKey({
  organizationId,
  keyId,
  gracePeriodSeconds,
  actor,
}: KeyRotation): Promise<{ key: KeyView; secret: string }> {
  if (!Number.isInteger(gracePeriodSeconds) || gracePeriodSeconds < 0 || gracePeriodSeconds > GRACE_SECONDS_MAX) {
    const message = `The grace period is a whole number of seconds from 0 to ${GRACE_SECONDS_MAX}`;
    throw new GatewayError("invalid_fields", message, { metadata: { fields: { gracePeriodSeconds: message } } });
  }
  const secret = await transaction(async (tx) => {
    const createdById = await keyReach(tx, organizationId, actor);
    const key = await lockKey(tx, { organizationId, keyId, createdById });
    if (!key) throw notFound("API key");
    const old = key.secrets[0];
    // By the clock that ends it: this instance's own may be another.
    const until = graceEnd(await readClock(tx), gracePeriodSeconds, key.expiresAt);
    // Without grace the old secret's row goes, so that no instance's slow clock keeps it alive.
    const keepId = old && gracePeriodSeconds > 0 ? old.id : null;
    await retireSecrets(tx, keyId, keepId, until);
    const fresh = generateSecret(key.environment);
    await insertSecret(tx, keyId, fresh);
    await saveKey(tx, keyId, {});
    await recordAudit(tx, {
      organizationId,
      actor,
      action: "key.rotate",
      target: `key:${keyId}`,
      before: { preview: old ? `${old.prefix}…${old.lastFour}` : null },
      after: {
        preview: `${fresh.prefix}…${fresh.lastFour}`,
        old_works_until: keepId === null ? null : until.toISOString(),
      },
    });
    return fresh.secret;
  });
  return { key: await requireKey({ organizationId, keyId }), secret };
}
