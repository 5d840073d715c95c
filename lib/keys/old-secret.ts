/** Near its end is the last quarter of a grace period, a day at most: time to act, and no warning on the first evening. */
const NEAR_END_SHARE = 4;
const NEAR_END_MS_MAX = 86_400_000;

/** A secret that its key has a newer one for, while it still works. Times are ISO 8601. */
export interface OldSecretView {
  /** First 12 and last 4 characters. */
  preview: string;
  /** When it stops working. */
  expiresAt: string;
  /** A call with it since the rotation, a few seconds late; null: none was seen. */
  lastUsedAt: string | null;
  /** Whether it was used although its end is near: whoever uses it will be refused soon. */
  isLate: boolean;
}

/** From when on the end of an old secret is near. */
export function nearEndSince(rotatedAt: Date, expiresAt: Date): Date {
  const grace = expiresAt.getTime() - rotatedAt.getTime();
  return new Date(expiresAt.getTime() - Math.min(grace / NEAR_END_SHARE, NEAR_END_MS_MAX));
}

interface Secret {
  prefix: string;
  lastFour: string;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
}

/** Of a key's secrets, newest first, the one before the newest as it is shown; null where it does not work any more. */
export function oldSecretView([newest, old]: readonly Secret[], now: Date): OldSecretView | null {
  if (!newest || !old?.expiresAt || old.expiresAt <= now) return null;
  return {
    preview: `${old.prefix}…${old.lastFour}`,
    expiresAt: old.expiresAt.toISOString(),
    lastUsedAt: old.lastUsedAt?.toISOString() ?? null,
    isLate: old.lastUsedAt !== null && old.lastUsedAt >= nearEndSince(newest.createdAt, old.expiresAt),
  };
}
