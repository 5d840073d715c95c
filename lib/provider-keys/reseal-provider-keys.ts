import { config } from "@/lib/infra/config";
import { transaction } from "@/lib/infra/db";
import { isSealedUnderFirst, open, seal } from "@/lib/infra/secrets";
import { lockSealedAfter, replaceSealed, type SealedRow } from "@/lib/provider-keys/store";

/** As many as are locked for the blink of an eye only. */
const BATCH = 100;

export interface Resealing {
  /** Sealed anew now. */
  resealed: number;
  /** Under the first key before. */
  alreadyUnderFirst: number;
  /** Ids of provider keys that no key of `ENCRYPTION_KEY` opens, or that are damaged; they stay as they are. */
  unopened: string[];
}

/** null: it does not open. */
function opened(sealed: string): string | null {
  try {
    return open(sealed);
  } catch {
    return null;
  }
}

/**
 * Seals every provider key of the installation under the first key of `ENCRYPTION_KEY`, and opens those that are already,
 * so that what it does not name does open. Batches are transactions of their own: broken off, it is simply run again.
 *
 * It bumps no key's version: the secret inside is the same, so no decision changes, and a server that lists both keys
 * opens either envelope.
 * @throws Error when `ENCRYPTION_KEY` is not set.
 */
export async function resealProviderKeys(): Promise<Resealing> {
  if (config().encryptionKeys.length === 0) throw new Error("ENCRYPTION_KEY is not set: nothing can be sealed");
  const result: Resealing = { resealed: 0, alreadyUnderFirst: 0, unopened: [] };
  for (let after: string | null = ""; after !== null; ) after = await resealBatch(after, result);
  return result;
}

/** The id up to which it went; null: to the end. */
async function resealBatch(after: string, result: Resealing): Promise<string | null> {
  const batch = await transaction(async (tx) => {
    const rows = await lockSealedAfter(tx, after, BATCH);
    const anew: SealedRow[] = [];
    const unopened: string[] = [];
    for (const { id, sealed } of rows) {
      const secret = opened(sealed);
      if (secret === null) unopened.push(id);
      else if (!isSealedUnderFirst(sealed)) anew.push({ id, sealed: seal(secret) });
    }
    if (anew.length > 0) await replaceSealed(tx, anew);
    return { rows, resealed: anew.length, unopened };
  });
  // Counted when it is committed.
  result.resealed += batch.resealed;
  result.unopened.push(...batch.unopened);
  result.alreadyUnderFirst += batch.rows.length - batch.resealed - batch.unopened.length;
  return batch.rows.at(-1)?.id ?? null;
}
