import { saveOldSecretUses } from "@/lib/keys/old-secret-store";

/** Old secrets that were used since the last flush. Only a secret in its grace period costs a request this entry. */
let used = new Set<string>();

/** Notes that a secret was used which its key has a newer one for; `flushOldSecretUses` writes it down. */
export function noteOldSecretUse(secretId: string): void {
  used.add(secretId);
}

/**
 * Writes down which old secrets were used since the last time, with the database's time; nothing is asked of it when none
 * was. What a process that dies has not written yet comes with the next use: it is a hint for people, no decision.
 */
export async function flushOldSecretUses(): Promise<void> {
  if (used.size === 0) return;
  const noted = used;
  used = new Set();
  try {
    await saveOldSecretUses([...noted]);
  } catch (error) {
    for (const id of noted) used.add(id);
    throw error;
  }
}
